#include "render/batch.hpp"

#include <algorithm>

#include "text/json_writer.hpp"
#include "text/list.hpp"
#include "text/markup.hpp"
#include "text/visible.hpp"

namespace immure::render {
namespace {

std::string xml(std::string_view text) { return text::xml_escaped(text::escaped(text)); }

std::string seconds(std::uint64_t milliseconds) {
  std::string fraction = std::to_string(milliseconds % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return std::to_string(milliseconds / 1000) + "." + fraction;
}

/// The states in the order in which they first appear, the good ones first.
std::vector<std::string> states_of(const std::vector<BatchLine>& lines) {
  std::vector<std::string> states;
  for (const Standing standing : {Standing::kGood, Standing::kBad, Standing::kUnproved})
    for (const BatchLine& line : lines)
      if (line.standing == standing && std::ranges::find(states, line.state) == states.end())
        states.push_back(line.state);
  return states;
}

}  // namespace

std::string batch_sum(const BatchSummary& summary) {
  constexpr std::size_t kNamed = 5;
  if (!summary.problem.empty()) return "BLOCKED: " + text::visible(summary.problem);
  const auto inputs = std::ranges::count_if(summary.lines, [](const BatchLine& line) { return line.state != "extra"; });
  std::string counts;
  for (const std::string& state : states_of(summary.lines)) {
    std::vector<std::string> names;
    bool good = false;
    for (const BatchLine& line : summary.lines) {
      if (line.state != state) continue;
      names.push_back(text::visible(line.name));
      good = line.standing == Standing::kGood;
    }
    text::append_item(counts, std::to_string(names.size()) + " " + state +
                                  (good ? std::string() : " (" + text::list_text(names, kNamed) + ")"));
  }
  return std::to_string(inputs) + (inputs == 1 ? " input: " : " inputs: ") + counts;
}

std::string batch_table(const BatchSummary& summary, bool all) {
  constexpr std::size_t kWidestName = 40;
  std::size_t name_width = 4, state_width = 5;
  const auto is_shown = [all](const BatchLine& line) { return all || line.standing != Standing::kGood; };
  for (const BatchLine& line : summary.lines) {
    if (!is_shown(line)) continue;
    name_width = std::max(name_width, std::min(text::visible(line.name).size(), kWidestName));
    state_width = std::max(state_width, line.state.size());
  }
  const auto padded = [](std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text + "  ";
  };
  std::string table;
  for (const BatchLine& line : summary.lines) {
    if (!is_shown(line)) continue;
    if (table.empty()) table = padded("RUN", name_width) + padded("STATE", state_width) + "EXIT  SECONDS  WHY\n";
    table += padded(text::visible(line.name), name_width) + padded(line.state, state_width) +
             padded(line.exit_code ? std::to_string(*line.exit_code) : "-", 4) +
             padded(line.attempts != 0 ? seconds(line.duration_ms) : "-", 7) + text::visible(line.words);
    while (table.ends_with(' ')) table.pop_back();
    table += '\n';
  }
  return table;
}

std::string batch_json_lines(const BatchSummary& summary) {
  std::string out;
  for (const BatchLine& line : summary.lines) {
    text::JsonWriter json(out);
    json.object();
    if (line.attempts != 0) json.member("attempts", line.attempts).member("durationMs", line.duration_ms);
    if (!line.ended_on.empty()) json.member("endedOn", line.ended_on);
    if (line.exit_code) json.member("exitCode", *line.exit_code);
    json.member("input", line.input).member("name", line.name).member("state", line.state).member("words", line.words);
    json.close();
    out += '\n';
  }
  return out;
}

std::string batch_junit(const BatchSummary& summary) {
  std::size_t failures = 0, errors = 0;
  std::uint64_t all_ms = 0;
  std::string cases;
  if (!summary.problem.empty()) {
    ++errors;
    cases += "    <testcase classname=\"immure.batch\" name=\"manifest\">\n      <error message=\"" +
             xml(summary.problem) + "\"/>\n    </testcase>\n";
  }
  for (const BatchLine& line : summary.lines) {
    cases += "    <testcase classname=\"immure.batch\" name=\"" + xml(line.name) + "\" time=\"" +
             seconds(line.duration_ms) + "\"";
    all_ms += line.duration_ms;
    if (line.standing == Standing::kGood) {
      cases += "/>\n";
      continue;
    }
    const bool failed = line.standing == Standing::kBad;
    ++(failed ? failures : errors);
    const std::string element = failed ? "failure" : "error";
    cases += ">\n      <" + element + " type=\"" + xml(line.state) + "\" message=\"" + xml(line.state) +
             (line.exit_code ? ", exit code " + std::to_string(*line.exit_code) : "") + "\">" + xml(line.words) + "</" +
             element + ">\n    </testcase>\n";
  }
  const std::string counts = " tests=\"" + std::to_string(summary.lines.size() + (summary.problem.empty() ? 0 : 1)) +
                             "\" failures=\"" + std::to_string(failures) + "\" errors=\"" + std::to_string(errors) +
                             "\" time=\"" + seconds(all_ms) + "\"";
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + counts + ">\n  <testsuite name=\"immure.batch\"" +
         counts + ">\n" + cases + "  </testsuite>\n</testsuites>\n";
}

}  // namespace immure::render
