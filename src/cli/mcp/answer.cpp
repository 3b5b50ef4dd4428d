#include "cli/mcp/answer.hpp"

#include <csignal>
#include <utility>

#include "cli/exit_code.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"

namespace immure::cli::mcp {
namespace {

json member(const json& value, const char* name) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(name);
  return found == value.end() ? json() : *found;
}

std::string text_member(const json& value, const char* name) {
  const json found = member(value, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

/// Puts the paths that people know into every text of a result.
void put_paths(json& value, const std::vector<Grant>& grants) {
  if (value.is_string()) {
    value = with_paths(value.get<std::string>(), grants);
  } else if (value.is_structured()) {
    for (json& one : value) put_paths(one, grants);
  }
}

/// The JSON that the command wrote; null if it wrote none.
json result_of(const Work& work, const Ended& ended) {
  json value = json::parse(ended.result, nullptr, false);
  if (!value.is_object()) return nullptr;
  put_paths(value, work.grants);
  return value;
}

/// Why nothing was done, from the JSON of a command: its error, or the boundaries that do not hold.
std::string why_not(const json& result) {
  if (const json error = member(result, "error"); error.is_object()) {
    std::string why = text_member(error, "where");
    text::append_item(why, text_member(error, "what"), ": ");
    if (const std::string hint = text_member(error, "hint"); !hint.empty()) why += ". " + hint;
    return why;
  }
  std::string why;
  for (const json& one : member(result, "blocked"))
    if (one.is_string()) text::append_item(why, one.get<std::string>(), "; ");
  return why;
}

/// The last message of immure itself, for a call without a result.
std::string last_message(const std::string& error) {
  const std::size_t at = error.rfind("immure: ");
  if (at == std::string::npos) return {};
  return error.substr(at, error.find('\n', at) - at);
}

std::string signal_name(int code) {
  const char* name = ::sigabbrev_np(code - kSignalBase);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(code - kSignalBase);
}

/// How the program ended; `end` is what the result calls the end.
std::string end_sentence(const Work& work, int code, const std::string& end) {
  if (end == "time-limit") return "immure ended " + work.program + " at its time limit.";
  if (end == "signaled") return work.program + " was killed by " + signal_name(code) + ".";
  return work.program + " ended with exit code " + std::to_string(code) + ".";
}

std::string sentence_of(const Tool& tool, const Work& work, const Ended& ended, const json& result, bool blocked) {
  if (ended.too_late) return "The call was ended, because it took longer than the operator's --timeout allows.";
  if (blocked) {
    std::string why = why_not(result);
    if (why.empty()) why = last_message(with_paths(ended.error, work.grants));
    if (why.empty()) why = std::string(tool.name) + " ended with exit code " + std::to_string(ended.code);
    return (ended.code == kBlocked ? "BLOCKED: " : "") + why;
  }
  if (tool.name == "verify") return text_member(result, "verdict") + " [" + text_member(result, "code") + "]";
  if (tool.name == "doctor")
    return member(result, "holds") == true ? "A sandbox holds on this machine."
                                           : "BLOCKED: no sandbox holds on this machine.";
  if (work.program.empty()) return std::string(tool.name) + " ended with exit code " + std::to_string(ended.code) + ".";
  return end_sentence(work, ended.code, text_member(result, "end"));
}

/// True if no program was started, or if there is nothing to say about evidence.
bool is_blocked(const Tool& tool, const Work& work, const Ended& ended, const json& result) {
  if (!result.is_object() || result.contains("error")) return true;
  if (tool.name == "verify" || tool.name == "doctor") return ended.code == kBlocked;
  return !work.program.empty() && text_member(result, "end") == "blocked";
}

/// The outputs, and what is signed about them.
void add_outputs(json& content, const Work& work, const json& result, const std::optional<Verdict>& verdict) {
  json outputs = member(result, "subjects");
  content["outputs"] = outputs.is_array() ? std::move(outputs) : json::array();
  content["output"] = work.grants.at(*work.output).path;
  content["evidence"] = member(result, "evidence");
  content["verdict"] = verdict ? json(verdict->word) : json();
  content["verdictCode"] = verdict ? json(verdict->code) : json();
}

std::string outputs_text(const json& content) {
  std::string text;
  for (const json& output : content["outputs"])
    text += "output " + content["output"].get<std::string>() + "/" + text_member(output, "name") + " sha256 " +
            text_member(output, "sha256") + "\n";
  if (content["evidence"].is_string()) text += "evidence " + content["evidence"].get<std::string>() + "\n";
  if (content["verdict"].is_string())
    text +=
        "verdict " + content["verdict"].get<std::string>() + " [" + content["verdictCode"].get<std::string>() + "]\n";
  return text;
}

/// A stream as a part of the text, with a note if it was cut.
void add_stream(std::string& text, std::string_view title, const std::string& stream, std::uint64_t left_out) {
  if (stream.empty()) return;
  text.append("\n").append(title).append(":\n").append(stream);
  if (!text.ends_with('\n')) text += '\n';
  if (left_out != 0) text += "[" + std::to_string(left_out) + " further bytes were left out]\n";
}

json text_content(std::string text) { return {{{"type", "text"}, {"text", std::move(text)}}}; }

}  // namespace

Ended ended_of(const Child& child, const Work& work, bool too_late) {
  Ended ended{.code = child.code(),
              .too_late = too_late,
              .output = child.output.text,
              .error = child.error.text,
              .result = {},
              .output_left_out = child.output.left_out,
              .error_left_out = child.error.left_out};
  if (work.result == ResultPlace::kOwnPipe) {
    ended.result = child.result.text;
  } else if (work.result == ResultPlace::kOutput) {
    ended.result = std::exchange(ended.output, {});
  } else {
    std::string& all = ended.output;
    while (all.ends_with('\n')) all.pop_back();
    const std::size_t begin = all.rfind('\n') == std::string::npos ? 0 : all.rfind('\n') + 1;
    ended.result = all.substr(begin);
    all.erase(begin);
  }
  return ended;
}

bool has_evidence(const Ended& ended) {
  return member(json::parse(ended.result, nullptr, false), "evidence").is_string();
}

std::optional<Verdict> verdict_of(const Ended& ended) {
  const json result = json::parse(ended.result, nullptr, false);
  Verdict verdict{.word = text_member(result, "verdict"), .code = text_member(result, "code")};
  if (verdict.word.empty()) return std::nullopt;
  return verdict;
}

json answer(const Tool& tool, const Work& work, const Ended& ended, const std::optional<Verdict>& verdict) {
  const json result = result_of(work, ended);
  const bool blocked = ended.too_late || is_blocked(tool, work, ended, result);
  // A stream may hold any bytes, and JSON holds only UTF-8.
  const std::string error = with_paths(text::representable(ended.error), work.grants);
  json content = {{"sentence", sentence_of(tool, work, ended, result, blocked)},
                  {"exitCode", ended.too_late ? json() : json(ended.code)},
                  {"blocked", blocked},
                  {"stderr", error},
                  {"stderrLeftOut", ended.error_left_out},
                  {"result", result}};
  std::string text = content["sentence"].get<std::string>() + "\n";
  if (tool.runs) {
    const std::string output = text::representable(ended.output);
    content["stdout"] = output;
    content["stdoutLeftOut"] = ended.output_left_out;
    add_outputs(content, work, result, verdict);
    text += outputs_text(content);
    add_stream(text, "standard output", output, ended.output_left_out);
  } else if (!result.is_null()) {
    text += "\n" + result.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  }
  add_stream(text, "messages and standard error", error, ended.error_left_out);
  return {{"content", text_content(std::move(text))}, {"structuredContent", std::move(content)}, {"isError", blocked}};
}

json refusal(const std::string& why) { return {{"content", text_content(why)}, {"isError", true}}; }

}  // namespace immure::cli::mcp
