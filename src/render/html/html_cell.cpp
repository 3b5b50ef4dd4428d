#include <algorithm>
#include <array>

#include "judge/claim.hpp"
#include "judge/demand.hpp"
#include "probe/catalogue.hpp"
#include "render/html/html_parts.hpp"
#include "render/outer_words.hpp"

namespace immure::render {
namespace {

/// One wall of the picture, from the outside inwards, with the tests that show whether it stands.
struct Wall {
  std::string_view name;
  std::string_view keeps_out;
  std::initializer_list<judge::SandboxTest> tests;
};
constexpr Wall kWalls[] = {
    {"namespaces", "the host's network, processes, users and names", {24, 34}},
    {"mounts", "every file of the host; writing anywhere but /out", {26, 27, 28, 30, 31}},
    {"no privilege", "capabilities, set-user-ID, nested user namespaces", {35}},
    {"Landlock", "reading the files of /out", {29}},
    {"seccomp filter", "sockets, a second exec, the rest of the kernel", {25, 33, 36}},
    {"limits and a clean start", "use of too many resources; inherited descriptors and variables", {32, 37}},
};

/// The row of the test, or of the test that the run claims in its place.
const judge::Row* row_in_place_of(const verify::AttestationResult& result, int test) {
  for (const judge::Row& row : result.judgement.rows)
    if (judge::place_of(row.number) == test) return &row;
  return nullptr;
}

/// A wall is as good as the worst of its tests; a test without a row is not proved.
judge::Outcome outcome_of(const Wall& wall, const verify::AttestationResult& result) {
  judge::Outcome worst = judge::Outcome::kHolds;
  for (const judge::SandboxTest test : wall.tests) {
    const judge::Row* row = row_in_place_of(result, test);
    const judge::Outcome outcome = row == nullptr ? judge::Outcome::kNotProved : row->outcome;
    if (outcome == judge::Outcome::kDoesNotHold) return outcome;
    if (outcome == judge::Outcome::kNotProved) worst = outcome;
  }
  return worst;
}

void append_tests_of(Page& page, const Wall& wall, const verify::AttestationResult& result) {
  for (const judge::SandboxTest& test : wall.tests) {
    const judge::Row* row = row_in_place_of(result, test);
    page.markup(&test == wall.tests.begin() ? Markup("#") : Markup(" #"));
    page.number(row == nullptr ? std::int64_t{test} : std::int64_t{row->number});
  }
}

void append_rectangle(Page& page, std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height) {
  page.markup(" x=\"").number(x).markup("\" y=\"").number(y).markup("\" width=\"").number(width);
  page.markup("\" height=\"").number(height).markup("\"/>\n");
}

void append_wall(Page& page, const Wall& wall, std::int64_t depth, const verify::AttestationResult& result) {
  const judge::Outcome outcome = outcome_of(wall, result);
  // Leave room for the label above each wall, and white space beside and below the wall.
  const std::int64_t x = 112 + 18 * depth;
  const std::int64_t y = 34 + 30 * depth;
  switch (outcome) {
    case judge::Outcome::kHolds: page.markup("<g class=\"holds\"><rect class=\"wall\""); break;
    case judge::Outcome::kDoesNotHold: page.markup("<g class=\"open\"><rect class=\"wall open\""); break;
    case judge::Outcome::kNotProved: page.markup("<g class=\"unproved\"><rect class=\"wall unproved\""); break;
  }
  append_rectangle(page, x, y, 800 - 2 * x, 368 - y - 14 * depth);
  page.markup("<text x=\"").number(x + 12).markup("\" y=\"").number(y + 21).markup("\">");
  switch (outcome) {
    case judge::Outcome::kHolds: page.markup("✓ ").text(wall.name).markup(": holds ("); break;
    case judge::Outcome::kDoesNotHold: page.markup("✗ ").text(wall.name).markup(": DOES NOT HOLD ("); break;
    case judge::Outcome::kNotProved: page.markup("? ").text(wall.name).markup(": NOT PROVED ("); break;
  }
  append_tests_of(page, wall, result);
  page.markup(")</text></g>\n");
}

void append_picture(Page& page, const verify::AttestationResult& result) {
  page.markup(R"(<figure>
<svg viewBox="0 0 800 400" role="img" aria-labelledby="picture about">
<title id="picture">The cell, its walls and its two openings</title>
<desc id="about">Six walls, one within the other, around the program; the table below says which of them hold. Two
openings lead through all of them: /in on the left, read-only, and /out on the right.</desc>
<rect class="host" x="0" y="0" width="800" height="400"/>
<text x="14" y="22">the host</text>
<rect class="room" x="112" y="34" width="576" height="334"/>
)");
  for (std::size_t i = 0; i < std::size(kWalls); ++i)
    append_wall(page, kWalls[i], static_cast<std::int64_t>(i), result);
  page.markup(R"(<rect class="way" x="70" y="233" width="260" height="30"/>
<rect class="way" x="470" y="233" width="260" height="30"/>
<rect class="program" x="318" y="220" width="164" height="56"/>
<text class="strong" x="400" y="254" text-anchor="middle">the program</text>
<path class="line" d="M24 248H298"/><path class="head" d="M312 248l-16-7v14z"/>
<path class="line" d="M488 248H756"/><path class="head" d="M776 248l-16-7v14z"/>
<text class="strong" x="16" y="206">/in</text><text x="16" y="225">read-only</text>
<text class="strong" x="784" y="206" text-anchor="end">/out</text>
<text x="784" y="225" text-anchor="end">)");
  page.text(judge::claim_of(result.statement->predicate).reads_output() ? "the program's own" : "write-only");
  page.markup(R"(</text>
</svg>
<figcaption class="quiet">Solid: the wall holds. Dashed: it does not. Dotted: it is not proved.</figcaption>
</figure>
)");
}

void append_walls(Page& page, const verify::AttestationResult& result) {
  page.markup(
      "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Walls\"><table>\n<caption>The walls, from "
      "the outermost inwards</caption>\n<thead><tr><th scope=\"col\">Wall</th><th scope=\"col\">Keeps out</th>"
      "<th scope=\"col\">Shown by tests</th><th scope=\"col\">Outcome</th></tr></thead>\n<tbody>\n");
  for (const Wall& wall : kWalls) {
    page.markup("<tr><th scope=\"row\">").text(wall.name).markup("</th><td>").text(wall.keeps_out).markup("</td><td>");
    append_tests_of(page, wall, result);
    page.markup("</td><td>");
    append_outcome(page, outcome_of(wall, result));
    page.markup("</td></tr>\n");
  }
  page.markup("</tbody></table></div>\n");
}

void append_outer(Page& page, const evidence::Evidence& evidence) {
  const std::vector<OuterFact> facts = outer_facts(evidence);
  if (facts.empty()) return;
  page.markup(
      "<h3>Around the cell</h3>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Around the "
      "cell\"><table>\n<caption>What the venue had around the cell, seen from outside before the cell was "
      "made</caption>\n"
      "<thead><tr><th scope=\"col\">What</th><th scope=\"col\">Seen</th></tr></thead>\n<tbody>\n");
  for (const OuterFact& fact : facts)
    page.markup("<tr><th scope=\"row\">").text(fact.name).markup("</th>").cell(fact.value).markup("</tr>\n");
  page.markup("</tbody></table></div>\n");
}

probe::Answer as_probe(const auto& answer) { return {answer.ret, answer.errno_value, answer.effect}; }

/// Shows which layer answered the probes: mounts and credentials alone, or all layers together.
void append_layers(Page& page, const evidence::Evidence& evidence) {
  std::uint64_t asked = 0;
  std::uint64_t by_walls = 0;
  std::uint64_t denied = 0;
  std::uint64_t attributed = 0;
  std::uint64_t by_filter = 0;
  const judge::ShownDemands demands(evidence);
  for (const evidence::ProbeRecord& record : evidence.probes) {
    const probe::Row* row = probe::find(record.id);
    if (row == nullptr) continue;
    ++asked;
    denied += demands.of(*row).met_by(as_probe(record)) ? 1 : 0;
    attributed += record.attribution ? 1 : 0;
    by_filter += record.attribution == probe::kFilterAnswer ? 1 : 0;
    by_walls += record.walls && !row->walls.empty() && row->walls.contains(as_probe(*record.walls)) ? 1 : 0;
  }
  page.markup("<p>").number(asked).markup(" known probes were recorded. In the finished cell, ").number(denied);
  page.markup(" probes got the expected answer. ").number(by_walls);
  page.markup(" probes were also denied by mounts and credentials alone, as demanded. For ").number(attributed);
  page.markup(" probes immure recorded which layer answered: the filter answered ").number(by_filter);
  page.markup(", the walls behind it ").number(attributed - by_filter);
  page.markup(". The same calls were made before any wall stood: see “Probes”.</p>\n");
}

}  // namespace

void append_cell(Page& page, const verify::AttestationResult& result) {
  page.markup("<section aria-labelledby=\"cell\">\n<h2 id=\"cell\">The cell</h2>\n");
  append_picture(page, result);
  append_layers(page, result.statement->predicate);
  append_walls(page, result);
  append_outer(page, result.statement->predicate);
  page.markup("</section>\n");
}

}  // namespace immure::render
