#include "cli/explain/explanation.hpp"

#include <algorithm>
#include <map>
#include <span>

#include "cli/explain/ranking.hpp"
#include "cli/print.hpp"
#include "render/call_names.hpp"
#include "sys/machine.hpp"
#include "text/list.hpp"

namespace immure::cli {
namespace {

using attest::Obstacle;

constexpr std::size_t kColumns = 80, kIndent = 11, kShown = 20, kShownOfOneCall = 3;

/// Appends `text` after the words that stand in the line already, and begins each further line with `indent` blanks.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  std::size_t column = out.size() - (out.rfind('\n') + 1);
  bool first = true;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (!first && column + 1 + word.size() > kColumns) {
      out.append("\n").append(indent, ' ');
      column = indent;
      first = true;
    }
    if (!first) out += ' ';
    column += word.size() + (first ? 0 : 1);
    out += word;
    first = false;
  }
  out += '\n';
}

void append_row(std::string& out, std::string_view label, std::string_view text) {
  std::string start = "   " + std::string(label);
  start.resize(kIndent, ' ');
  out += start;
  append_wrapped(out, text, kIndent);
}

std::string times(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " time" : " times"); }

std::string who(const Obstacle& obstacle) {
  std::string text = obstacle.doer.is_program ? "the program itself" : "a child of the program";
  text += ", process " + std::to_string(obstacle.doer.number) + " (" + obstacle.doer.name + ")";
  return text + (obstacle.others ? ", and other processes" : "");
}

std::string_view kind_name(Obstacle::Kind kind) {
  switch (kind) {
    case Obstacle::Kind::kCall: return "call";
    case Obstacle::Kind::kWrite: return "write";
    case Obstacle::Kind::kLookup: return "lookup";
  }
  return "call";
}

void append_finding(std::string& out, std::size_t number, const Finding& finding) {
  out += "\n" + std::to_string(number) + ". ";
  append_wrapped(out, finding.what, 3);
  const bool is_lookup = finding.obstacle.kind == Obstacle::Kind::kLookup;
  append_row(out, is_lookup ? "missing" : "refused", times(finding.obstacle.count) + ", to " + who(finding.obstacle));
  append_row(out, "why", finding.why);
  append_row(out, "help", finding.remedy);
  if (finding.ended_after) append_row(out, "", "This was the last refusal before the program failed.");
}

/// The options that give the program all that can be given; each of them once.
std::vector<std::string> options_of(const std::vector<Finding>& findings) {
  std::vector<std::string> options;
  for (const Finding& finding : findings)
    if (finding.weight >= kWorthSeeing && !finding.option.empty() &&
        std::ranges::find(options, finding.option) == options.end())
      options.push_back(finding.option);
  return options;
}

/// Names what is refused to many programs, which then go on, and counts the files that programs do without.
std::string harmless_line(std::span<const Finding> harmless, bool failed) {
  constexpr std::size_t kNamed = 3;
  std::string names;
  std::size_t named = 0;
  for (const Finding& finding : harmless)
    if (finding.weight >= weight::kSurvived && named < kNamed) {
      text::append_item(names, finding.what);
      ++named;
    }
  if (const std::size_t more = harmless.size() - named; more != 0 && named != 0)
    text::append_item(names, "and " + std::to_string(more) + " more");
  else if (more != 0)
    names = std::to_string(more) + (more == 1 ? " file or call" : " files or calls");
  return std::string("Also refused or missing, and ") + (failed ? "most likely " : "") + "harmless here: " + names +
         ". --json lists everything.";
}

/// `like_these`: findings that are worth seeing, but like those that are shown already.
void append_rest(std::string& out, std::size_t like_these, std::span<const Finding> harmless, const ExplainedEnd& end) {
  if (like_these + harmless.size() + end.uncounted != 0) out += '\n';
  if (like_these != 0) append_wrapped(out, "More that are like these: " + std::to_string(like_these) + ".", 0);
  if (!harmless.empty()) append_wrapped(out, harmless_line(harmless, end.failed), 0);
  if (end.uncounted != 0)
    append_wrapped(out, "Refusals of too many different kinds to be listed: " + std::to_string(end.uncounted) + ".", 0);
}

}  // namespace

std::string explanation_text(const std::vector<Finding>& findings, const ExplainedEnd& end) {
  const auto worth = static_cast<std::size_t>(
      std::ranges::count_if(findings, [](const Finding& one) { return one.weight >= kWorthSeeing; }));
  std::string out;
  if (worth == 0) {
    append_wrapped(out,
                   end.sentence + ". The cell refused it nothing that matters" +
                       (end.failed ? ", so the reason lies in the program or its input." : "."),
                   0);
  } else {
    append_wrapped(out,
                   end.sentence + ". " + (worth == 1 ? "One thing" : std::to_string(worth) + " things") +
                       (end.failed ? " stood in its way, the most likely culprit first:"
                                   : std::string(worth == 1 ? " was" : " were") +
                                         " refused, but the program may have done its job all the same:"),
                   0);
  }
  std::size_t number = 0;
  std::map<std::uint32_t, std::size_t> of_call;
  for (const Finding& finding : std::span(findings).first(worth)) {
    const bool is_call = finding.obstacle.kind == Obstacle::Kind::kCall;
    if (number == kShown || (is_call && ++of_call[finding.obstacle.number] > kShownOfOneCall)) continue;
    append_finding(out, ++number, finding);
  }
  append_rest(out, worth - number, std::span(findings).subspan(worth), end);
  const std::vector<std::string> options = options_of(findings);
  if (!options.empty()) {
    out += '\n';
    append_wrapped(out, "To give the program what can be given, add: " + text::list_text(options, text::kAllItems), 0);
  }
  return out;
}

std::string explanation_json(const std::vector<Finding>& findings, const ExplainedEnd& end) {
  return json_line([&](text::JsonWriter& json) {
    json.object().member("end", end.end).member("exitCode", end.exit_code).key("findings").array();
    for (const Finding& finding : findings) {
      const Obstacle& obstacle = finding.obstacle;
      json.object().key("call");
      obstacle.kind == Obstacle::Kind::kCall
          ? json.value(render::call_name(sys::name(sys::kThisMachine), obstacle.number))
          : json.null();
      json.member("count", obstacle.count).member("detail", obstacle.detail);
      json.member("endedAfter", finding.ended_after).member("kind", kind_name(obstacle.kind)).key("option");
      finding.option.empty() ? json.null() : json.value(finding.option);
      json.member("otherProcesses", obstacle.others).key("process").object();
      json.member("isProgram", obstacle.doer.is_program).member("name", obstacle.doer.name);
      json.member("number", obstacle.doer.number).close();
      json.member("remedy", finding.remedy).key("test");
      finding.test == 0 ? json.null() : json.value(int{finding.test});
      json.member("what", finding.what).member("why", finding.why);
      json.member("worthSeeing", finding.weight >= kWorthSeeing).close();
    }
    json.close().member("uncounted", end.uncounted).close();
  });
}

}  // namespace immure::cli
