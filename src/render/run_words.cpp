#include "render/run_words.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string_view>

#include "file/sha256.hpp"
#include "render/refusal_words.hpp"
#include "text/list.hpp"
#include "verify/run_summary.hpp"

namespace immure::render {
namespace {

/// A word that a shell would not take for anything else.
bool is_plain_word(std::string_view word) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  return !word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos;
}

std::string quoted(std::string_view word) {
  if (is_plain_word(word)) return std::string(word);
  if (!word.contains('\'')) return "'" + std::string(word) + "'";
  if (word.find_first_of("\"$`\\!") == std::string_view::npos) return "\"" + std::string(word) + "\"";
  std::string out = "'";
  for (const char c : word) c == '\'' ? out.append("'\\''") : out.append(1, c);
  return out + "'";
}

std::string signal_words(int number) {
  const char* name = ::sigabbrev_np(number);
  return "signal " + std::to_string(number) + (name != nullptr ? " (SIG" + std::string(name) + ")" : std::string());
}

void add_lost_outputs(std::vector<std::string>& words, const evidence::Output& output) {
  constexpr std::size_t kNamed = 3;
  if (!output.refused.empty())
    words.push_back(counted(output.refused.size(), "output") + " lost (" + text::list_text(output.refused, kNamed) +
                    ")");
  if (output.perhaps_cut)
    words.push_back("/out was full, and the end of " + counted(output.perhaps_cut->size(), "output") +
                    " may be missing (" + text::list_text(*output.perhaps_cut, kNamed) + ")");
}

}  // namespace

std::string counted(std::uint64_t count, std::string_view noun) {
  const bool y = noun.ends_with("y");
  std::string text = std::to_string(count) + " ";
  if (count == 1) return text.append(noun);
  return text.append(y ? noun.substr(0, noun.size() - 1) : noun).append(y ? "ies" : "s");
}

std::string short_digests(std::string_view text) {
  constexpr std::size_t kShown = 12;
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::string out;
  while (!text.empty()) {
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_letter) - text.begin());
    if (const std::string word(text.substr(0, end)); file::is_sha256_hex(word)) {
      out.append(word, 0, kShown).append("…");
    } else {
      out += word;
    }
    text.remove_prefix(end);
    if (text.empty()) break;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

std::string command_words(const evidence::Evidence& evidence) {
  if (!evidence.payload || evidence.payload->argv.empty()) return quoted(evidence.program.name);
  std::string text;
  for (const std::string& word : evidence.payload->argv) text::append_item(text, quoted(word), " ");
  if (evidence.payload->argv.front() != evidence.program.name) text += " (file " + quoted(evidence.program.name) + ")";
  return text;
}

std::vector<std::string> helper_words(const evidence::Evidence& evidence) {
  std::vector<std::string> words;
  if (!evidence.acceptance || !evidence.acceptance->helpers) return words;
  const evidence::Helpers& helpers = *evidence.acceptance->helpers;
  if (helpers.whole_image) words.emplace_back("every file of the image");
  for (const evidence::Artifact& file : helpers.files) words.push_back(file.name + " (SHA-256 " + file.sha256 + ")");
  return words;
}

std::string end_words(const evidence::Evidence& evidence) {
  if (evidence.fault) return "never started: " + *evidence.fault;
  if (!evidence.payload) return "never started";
  const evidence::Payload& payload = *evidence.payload;
  if (payload.signal) return "killed by " + signal_words(*payload.signal);
  if (payload.exit_code) return "exit code " + std::to_string(*payload.exit_code);
  return "the evidence does not say how";
}

std::string input_words(const evidence::Evidence& evidence) {
  const evidence::Input& input = evidence.input;
  std::string text = input.name.empty() ? std::string("none") : input.name;
  text += ": " + counted(input.files, "file") + ", " + counted(input.bytes, "byte");
  if (!input.manifest_sha256.empty()) text += "; manifest " + short_digests(input.manifest_sha256);
  if (!input.left_out.empty()) text += "; " + counted(input.left_out.size(), "entry") + " left out of the copy";
  if (input.standard_input) text += "; standard input " + input.standard_input->name;
  return text;
}

std::vector<std::string> attention_words(const evidence::Evidence& evidence) {
  std::vector<std::string> words;
  if (!evidence.unsafe.empty()) words.push_back("the profile widened the cell: " + text::list_text(evidence.unsafe));
  if (!evidence.payload) return words;
  const evidence::Payload& payload = *evidence.payload;
  if (!payload.limits_hit.empty())
    words.push_back((payload.limits_hit.size() == 1 ? "limit hit: " : "limits hit: ") +
                    text::list_text(payload.limits_hit));
  add_lost_outputs(words, evidence.output);
  if (const std::uint64_t calls = verify::refused_calls(evidence); calls != 0) {
    const std::vector<std::string> sentences = refusal_sentences(evidence);
    words.push_back(counted(calls, "call") + " could not succeed: " + sentences.front());
  }
  if (payload.signal) words.emplace_back("the outputs may be incomplete");
  if (payload.exit_code && *payload.exit_code != 0)
    words.push_back("the program ended with exit code " + std::to_string(*payload.exit_code) +
                    ", by which most programs say that they failed");
  if (payload.left_running.value_or(false))
    words.emplace_back("processes of the program still ran at its end, and were killed");
  return words;
}

std::string command_words(const evidence::Statement& statement) {
  std::string text;
  for (const evidence::Evidence* stage : evidence::stages_of(statement))
    text::append_item(text, command_words(*stage), " | ");
  return text;
}

std::string end_words(const evidence::Statement& statement) {
  const std::vector<const evidence::Evidence*> stages = evidence::stages_of(statement);
  if (stages.size() == 1) return end_words(*stages.front());
  std::string text;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto& payload = stages[i]->payload;
    if (!payload || payload->exit_code != 0)
      text::append_item(text, "stage " + std::to_string(i + 1) + ": " + end_words(*stages[i]), "; ");
  }
  return text.empty() ? "exit code 0 of each of " + std::to_string(stages.size()) + " stages" : text;
}

std::vector<std::string> attention_words(const evidence::Statement& statement) {
  const std::vector<const evidence::Evidence*> stages = evidence::stages_of(statement);
  if (stages.size() == 1) return attention_words(*stages.front());
  std::vector<std::string> all;
  for (std::size_t i = 0; i < stages.size(); ++i)
    for (const std::string& words : attention_words(*stages[i]))
      all.push_back("stage " + std::to_string(i + 1) + ": " + words);
  return all;
}

std::string pipe_words(const evidence::Evidence& stage) {
  std::string text;
  if (!stage.stage) return text;
  if (const auto& read = stage.stage->read) {
    text = "read " + counted(read->taken, "byte");
    if (read->taken != read->bytes) text += " of " + std::to_string(read->bytes) + " that it got";
    if (!read->whole) text += ", not all that the stage before wrote";
    text += " (SHA-256 " + read->sha256 + ")";
  }
  if (const auto& written = stage.stage->written)
    text::append_item(text, "wrote " + counted(written->bytes, "byte") + " (SHA-256 " + written->sha256 + ")", "; ");
  return text;
}

}  // namespace immure::render
