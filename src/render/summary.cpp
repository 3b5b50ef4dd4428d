#include "render/summary.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "render/reason_words.hpp"
#include "render/run_words.hpp"
#include "text/list.hpp"
#include "text/visible.hpp"
#include "text/wrap.hpp"
#include "verify/artifacts.hpp"

namespace immure::render {
namespace {

constexpr std::size_t kLabelWidth = 11;

/// One entry of the answer before it is broken into lines.
struct Part {
  std::string_view label;
  std::vector<std::string> items;  ///< safe to show
  std::string_view separator = ", ";
  std::size_t most = 1;   ///< how many lines the entry may have at the most
  std::size_t lines = 1;  ///< how many lines it gets
};

std::string seconds_words(std::uint64_t microseconds) {
  constexpr std::uint64_t kTenth = 100'000;
  const std::uint64_t tenths = (microseconds + kTenth / 2) / kTenth;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string run_line(const evidence::Evidence& evidence) {
  return evidence.run_id + ", " + evidence.started_on + ", " + evidence.host.venue;
}

std::string comparison_words(judge::Outcome outcome, const std::vector<std::string>& not_compared) {
  if (outcome != judge::Outcome::kHolds) return "the files at hand are not the signed ones";
  if (not_compared.empty()) return "the files at hand are the signed ones";
  return "files at hand are signed; " + text::list_text(not_compared) + " not compared";
}

std::string outputs_line(const verify::AttestationResult& result) {
  const evidence::Statement& statement = *result.statement;
  const bool none = verify::without_output(statement);
  const std::string held =
      none ? "none"
           : counted(statement.subjects.size(), "file") + " in " +
                 (statement.predicate.output.name.empty() ? std::string("/out") : statement.predicate.output.name);
  for (const judge::Row& row : result.evidence_rows)
    if (row.number == 44) return held + "; " + comparison_words(row.outcome, result.not_compared);
  return held + "; files at hand were not compared (--artifacts)";
}

std::string input_line(const verify::AttestationResult& result) {
  const std::string text = input_words(result.statement->predicate);
  if (!result.same_input) return text;
  return (*result.same_input ? "same as at hand: " : "NOT as at hand: ") + text;
}

std::string end_line(const evidence::Statement& statement) {
  const evidence::Evidence& evidence = statement.predicate;
  std::string text = end_words(statement);
  if (evidence.payload) text += "; the run took " + seconds_words(evidence.duration_us);
  return text;
}

/// The tests that do not hold, beside the one of which the verdict speaks.
std::string failing_tests(const verify::AttestationResult& result) {
  std::string open;
  std::string unproved;
  for (const judge::Row& row : result.judgement.rows) {
    if (row.outcome == judge::Outcome::kHolds) continue;
    text::append_item(row.outcome == judge::Outcome::kDoesNotHold ? open : unproved, "#" + std::to_string(row.number));
  }
  std::string text;
  if (!open.empty()) text += "tests that do not hold: " + open;
  if (!unproved.empty()) text::append_item(text, "tests that are not proved: " + unproved, "; ");
  return text;
}

std::vector<std::string> attention_items(const verify::AttestationResult& result) {
  const evidence::Evidence& evidence = result.statement->predicate;
  std::vector<std::string> items;
  if (std::string failing = failing_tests(result); !failing.empty()) items.push_back(std::move(failing));
  for (const std::string& words : attention_words(*result.statement)) items.push_back(text::visible(words));
  if (!items.empty()) return items;
  const bool observed = evidence.payload && evidence.payload->refused;
  return {observed ? "none: no limit hit, no refused write seen, no output lost, no widening key"
                   : "none: no limit hit, no output lost, no widening key; refused writes were not observed"};
}

/// The first part of each sentence, which names what is not proved.
std::vector<std::string> unproved_items(const verify::AttestationResult& result) {
  std::vector<std::string> items;
  for (const std::string& sentence : result.not_proved) {
    std::string brief = text::escaped(sentence.substr(0, sentence.find(':')));
    constexpr std::string_view kBegins = "TWA";
    if (!brief.empty() && kBegins.contains(brief.front())) brief.front() = static_cast<char>(brief.front() - 'A' + 'a');
    items.push_back(std::move(brief));
  }
  return items;
}

/// `line` with `…` and `end` behind it, in at most `room` columns.
std::string cut(const std::string& line, std::size_t room, const std::string& end) {
  const std::size_t taken = text::columns(end);
  return text::shortened(line + " …", room > taken ? room - taken : 1) + end;
}

std::size_t room_of(std::size_t width) { return width > kLabelWidth + 1 ? width - kLabelWidth : 1; }

/// The first `count` items, and how many more there are.
std::string joined(const Part& part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text::append_item(text, part.items[i], part.separator);
  if (count < part.items.size())
    text::append_item(text, "and " + std::to_string(part.items.size() - count) + " more (-v)", part.separator);
  return text;
}

/// As many items as fit into the lines of the part. The first item is there in any case, cut if need be.
std::vector<std::string> lines_of(const Part& part, std::size_t width) {
  const std::size_t room = room_of(width);
  std::vector<std::string> lines;
  for (std::size_t count = part.items.size(); count > 0; --count) {
    lines = text::wrapped(joined(part, count), room);
    if (lines.size() <= part.lines) break;
  }
  if (lines.size() > part.lines) {
    lines.resize(part.lines);
    lines.back() = cut(lines.back(), room, " (-v)");
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string label(i == 0 ? part.label : std::string_view());
    label.append(kLabelWidth - label.size(), ' ');
    lines[i].insert(0, label);
  }
  return lines;
}

/// Gives each part as many lines as there are; the first of the parts that want more get them first.
void share_lines(std::span<Part> parts, std::size_t lines, std::size_t width) {
  std::size_t left = lines > parts.size() ? lines - parts.size() : 0;
  constexpr std::array<std::string_view, 7> kFirst = {"attention", "program", "not proved", "input",
                                                      "outputs",   "ended",   "run"};
  for (const std::string_view label : kFirst) {
    const auto part = std::ranges::find(parts, label, &Part::label);
    if (part == parts.end()) continue;
    const std::size_t wanted =
        std::min(text::wrapped(joined(*part, part->items.size()), room_of(width)).size(), part->most);
    const std::size_t more = std::min(wanted - 1, left);
    part->lines += more;
    left -= more;
  }
}

std::string_view color_of(verify::Verdict verdict) {
  switch (verdict) {
    case verify::Verdict::kAccepted: return "\x1b[1;32m";
    case verify::Verdict::kRejected: return "\x1b[1;31m";
    case verify::Verdict::kBlocked: return "\x1b[1;33m";
  }
  return "";
}

}  // namespace

std::string painted_verdict(verify::Verdict verdict, bool color) {
  const std::string_view word = name(verdict);
  return color ? std::string(color_of(verdict)).append(word).append("\x1b[0m") : std::string(word);
}

std::string verdict_words(const verify::AttestationResult& result) {
  return std::string(name(result.verdict)) + ": " + reason_words(result) + " [" + std::string(result.code.text()) + "]";
}

std::string summary_text(const verify::AttestationResult& result, const TextStyle& style) {
  constexpr std::size_t kVerdictLines = 3;
  const evidence::Evidence& evidence = result.statement->predicate;
  std::vector<std::string> lines = text::wrapped(verdict_words(result), style.width);
  if (!style.whole && lines.size() > kVerdictLines) {
    lines.resize(kVerdictLines);
    lines.back() = cut(lines.back(), style.width, " [" + std::string(result.code.text()) + "]");
  }
  const std::string_view word = name(result.verdict);
  lines.front().replace(0, word.size(), painted_verdict(result.verdict, style.color));
  std::vector<Part> parts = {
      {.label = "run", .items = {text::escaped(run_line(evidence))}, .most = 2},
      {.label = "program", .items = {text::visible(command_words(*result.statement))}, .most = 2},
      {.label = "input", .items = {text::escaped(input_line(result))}, .most = 2},
      {.label = "outputs", .items = {text::escaped(outputs_line(result))}, .most = 2},
      {.label = "ended", .items = {text::escaped(end_line(*result.statement))}, .most = 2},
      {.label = "attention", .items = attention_items(result), .separator = "; ", .most = 4},
      {.label = "not proved", .items = unproved_items(result), .most = 3},
  };
  constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max() / 2;
  if (style.whole)
    for (Part& part : parts) part.most = kAnyNumber;
  share_lines(parts, style.whole ? kAnyNumber : kSummaryLines - lines.size(), style.width);
  for (const Part& part : parts)
    for (std::string& line : lines_of(part, style.width)) lines.push_back(std::move(line));
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

}  // namespace immure::render
