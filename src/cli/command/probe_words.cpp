#include "cli/command/probe_words.hpp"

#include <algorithm>

#include "cli/print.hpp"
#include "judge/judge.hpp"
#include "judge/text.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"

namespace immure::cli {
namespace {

using probe::Row;

std::string source_text(const Row& row) {
  return row.source.empty() ? std::string(row.syscall) + "(2)" : std::string(row.source);
}

std::string since_text(const Row& row) { return row.since == "2.6" ? "2.6 or older" : std::string(row.since); }

std::string control_text(const Row& row) {
  if ((row.flags & probe::kNoControl) != 0) return "none: " + std::string(row.no_control);
  return "in a separate root directory, with every capability and without a filter, the same call must not answer " +
         judge::answers_text(row.cell);
}

std::string walls_text(const Row& row) {
  if (row.walls.empty()) return "not asked";
  return "mounts, ids and limits alone must answer " + judge::answers_text(row.walls);
}

std::string effects_text(const Row& row) {
  std::string text;
  const auto add = [&](std::uint32_t effect, std::string_view words) {
    if ((row.forbidden & effect) == 0) return;
    text::append_item(text, words);
  };
  add(probe::kCreated, "no name appears");
  add(probe::kRead, "no byte comes back");
  add(probe::kWritten, "no byte arrives");
  return text;
}

std::string place_text(const Row& row) {
  std::string text = (row.flags & (probe::kOwnChild | probe::kFatal)) != 0
                         ? "a separate child process, because the call may kill it"
                         : "the task that becomes the program";
  return text + ((row.flags & probe::kHarmless) != 0 ? "; also tried by `immure probe`, anywhere"
                                                     : "; never tried outside of a cell");
}

using Facts = std::vector<std::pair<std::string_view, std::string>>;

Facts facts(const Row& row) {
  const judge::MatrixTest& test = judge::test_of(row.test);
  Facts facts = {{"boundary", std::string(probe::name(row.boundary))},
                 {"test", "#" + std::to_string(row.test) + " " + std::string(test.title)}};
  if (!row.tries.empty()) facts.emplace_back("tries", row.tries);
  facts.emplace_back("call", probe_call(row));
  facts.emplace_back("denied", judge::answers_text(row.cell));
  facts.emplace_back("effects", effects_text(row));
  facts.emplace_back("control", control_text(row));
  facts.emplace_back("walls", walls_text(row));
  facts.emplace_back("runs in", place_text(row));
  if (!row.unless.empty()) facts.emplace_back("unless", "the profile has " + std::string(row.unless));
  facts.emplace_back("kernel", since_text(row));
  if (row.only.value_or(sys::kThisMachine) != sys::kThisMachine)
    facts.emplace_back("machine", std::string(sys::name(*row.only)) + " only; not tried on this machine");
  facts.emplace_back("source", source_text(row));
  return facts;
}

// Escapes text for a cell of a Markdown table.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

constexpr std::string_view kMarkdownHead = R"(# Probes

`immure probe --list --format markdown` writes this page; a test fails if the page differs from what the program says.

Each row is a probe: one thing that a program in a sandbox must not be able to do. immure tries it in each cell before
the program starts.

- `denied` has the answers that mean that the call was denied.
- A denial proves nothing by itself. So the same call is made where it is allowed, and must answer something else there:
  the control. Rows marked ° have no control; `immure probe show ID` says why.
- `kernel` is the first kernel with the call or the flag that the probe tries (2.6 means 2.6 or older).
- Rows marked * are tried in cells only: where nothing denies them, they could change something. All others are harmless
  wherever they succeed, and `immure probe` tries them in any container, under any sandbox, or on the bare machine.
- Rows marked † exist on x86_64 alone.
- A probe of #29 proves #47, a probe of #25 #48, and a probe of #33 #46, in a run that claims this test in its place
  ([scratch.md](scratch.md)). There, some of them demand that a call succeeds.
)";

constexpr std::string_view kMarkdownColumns =
    "| id | test | call | tries | denied | kernel | source |\n|---|---|---|---|---|---|---|\n";

std::string markdown_row(const Row& row) {
  return "| " + std::string(row.id) + ((row.flags & probe::kNoControl) != 0 ? "°" : "") +
         ((row.flags & probe::kHarmless) == 0 ? "*" : "") + (row.only == sys::Machine::kX86_64 ? "†" : "") + " | #" +
         std::to_string(row.test) + " | `" + cell(probe_call(row)) + "` | " + cell(std::string(row.tries)) + " | " +
         judge::answers_text(row.cell) + " | " + std::string(row.since) + " | " + cell(source_text(row)) + " |\n";
}

}  // namespace

std::string probe_call(const Row& row) {
  std::string call(row.syscall);
  call += '(';
  for (const probe::Arg& argument : row.args) {
    if (argument.kind == probe::Arg::Kind::kNone) break;
    if (call.back() != '(') call += ", ";
    call += judge::argument_text(argument);
  }
  return call + ")";
}

std::string probe_tries(const Row& row) { return row.tries.empty() ? probe_call(row) : std::string(row.tries); }

std::string probe_text(const Row& row) {
  std::string text = std::string(row.id) + "\n";
  for (const auto& [name, value] : facts(row)) {
    std::string label(name);
    label.resize(10, ' ');
    text += "  " + label + value + "\n";
  }
  return text;
}

void write_probe(text::JsonWriter& json, const Row& row) {
  json.object().member("boundary", probe::name(row.boundary)).member("call", probe_call(row));
  json.member("control", control_text(row)).member("denied", judge::answers_text(row.cell));
  json.member("edition", row.edition).member("harmless", (row.flags & probe::kHarmless) != 0).member("id", row.id);
  json.member("since", row.since).member("source", source_text(row)).member("syscall", row.syscall);
  json.member("test", int{row.test}).member("tries", probe_tries(row)).member("unless", row.unless);
  json.member("walls", row.walls.empty() ? "" : judge::answers_text(row.walls)).close();
}

std::string probe_json(const Row& row) {
  return json_line([&](text::JsonWriter& json) { write_probe(json, row); });
}

std::string probes_text() {
  std::size_t width = 0;
  for (const Row& row : probe::catalogue()) width = std::max(width, row.id.size());
  std::string text;
  for (const Row& row : probe::catalogue()) {
    std::string id(row.id);
    id.resize(width + 2, ' ');
    text += "#" + std::to_string(row.test) + "  " + id + probe_tries(row) + "\n";
  }
  return text;
}

std::string probes_json() {
  return json_line([](text::JsonWriter& json) {
    json.array();
    for (const Row& row : probe::catalogue()) write_probe(json, row);
    json.close();
  });
}

std::string probes_markdown() {
  std::string page(kMarkdownHead);
  // Write the same page on every machine.
  const auto rows = probe::catalogue(sys::Machine::kX86_64);
  const auto others = probe::catalogue(sys::Machine::kAarch64);
  page += "\nThere are " + std::to_string(rows.size()) + " probes on x86_64 and " + std::to_string(others.size()) +
          " on aarch64.\n";
  for (int i = 0; i <= static_cast<int>(probe::Boundary::kResources); ++i) {
    const auto boundary = static_cast<probe::Boundary>(i);
    const auto count = std::ranges::count(rows, boundary, &Row::boundary);
    page += "\n## " + std::string(probe::name(boundary)) + " (" + std::to_string(count) + ")\n\n";
    page += kMarkdownColumns;
    for (const Row& row : rows)
      if (row.boundary == boundary) page += markdown_row(row);
  }
  const auto alone = [](const Row& row) { return row.only == sys::Machine::kAarch64; };
  page += "\n## On aarch64 alone (" + std::to_string(std::ranges::count_if(others, alone)) + ")\n\n";
  page += kMarkdownColumns;
  for (const Row& row : others)
    if (alone(row)) page += markdown_row(row);
  return page;
}

}  // namespace immure::cli
