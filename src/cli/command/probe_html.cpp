#include "cli/command/probe_survey.hpp"
#include "cli/command/probe_words.hpp"
#include "judge/judge.hpp"
#include "judge/text.hpp"
#include "render/html/html_page.hpp"

namespace immure::cli {
namespace {

using probe::Found;
using render::Markup;
using render::Page;

// Says the result by a symbol and a word. The colour only repeats them.
void append_found(Page& page, Found found) {
  switch (found) {
    case Found::kHolds: page.markup("<span class=\"outcome holds\"><span aria-hidden=\"true\">✓ </span>"); break;
    case Found::kWeak: page.markup("<span class=\"outcome open\"><span aria-hidden=\"true\">~ </span>"); break;
    case Found::kLeaks: page.markup("<span class=\"outcome open\"><span aria-hidden=\"true\">✗ </span>"); break;
    case Found::kNotTestable:
      page.markup("<span class=\"outcome unproved\"><span aria-hidden=\"true\">? </span>");
      break;
  }
  page.text(probe::name(found)).markup("</span>");
}

void append_count(Page& page, std::size_t count) { page.markup("<td>").number(std::uint64_t{count}).markup("</td>"); }

void append_sum(Page& page, std::string_view what, const Tally& tally) {
  page.markup("<tr><th scope=\"row\">").text(what).markup("</th><td>");
  append_found(page, tally.found);
  page.markup("</td>");
  for (const Found found : {Found::kHolds, Found::kWeak, Found::kLeaks, Found::kNotTestable})
    append_count(page, tally[found]);
  page.markup("</tr>\n");
}

void begin_sums(Page& page, Markup title, Markup first) {
  page.markup("<section>\n<h2>").markup(title).markup("</h2>\n<div class=\"wide\"><table>\n<thead><tr>");
  page.markup("<th scope=\"col\">").markup(first).markup("</th><th scope=\"col\">Found</th>");
  page.markup(
      "<th scope=\"col\">Hold</th><th scope=\"col\">Weak</th><th scope=\"col\">Leak</th>"
      "<th scope=\"col\">Not testable</th></tr></thead>\n<tbody>\n");
}

void end_sums(Page& page) { page.markup("</tbody></table></div></section>\n"); }

void append_sums(Page& page, const Survey& survey) {
  begin_sums(page, "Requirements", "A sandbox for hostile input has");
  for (std::size_t r = 0; r < std::size(kRequirements); ++r)
    append_sum(page, kRequirements[r].title, survey.requirements.at(r));
  end_sums(page);
  begin_sums(page, "Tests", "Test of the acceptance matrix");
  for (const judge::SandboxTest number : judge::SandboxTest::all()) {
    const std::string title = "#" + std::to_string(number) + " " + std::string(judge::test_of(number).title);
    append_sum(page, title, survey.tests[number.index()]);
  }
  end_sums(page);
  begin_sums(page, "Boundaries", "Boundary");
  for (int i = 0; i < kBoundaries; ++i)
    append_sum(page, boundary_name(i), survey.boundaries.at(static_cast<std::size_t>(i)));
  end_sums(page);
}

void append_probe(Page& page, const Survey& survey, std::size_t i) {
  const probe::Row& row = probe::catalogue()[i];
  page.markup("<tr><th scope=\"row\">").value(row.id).markup("</th><td>").text(probe_tries(row)).markup("</td><td>");
  page.text(observed(survey, i)).markup("</td><td>").text(judge::answers_text(row.cell)).markup("</td><td>#");
  page.number(std::int64_t{row.test}).markup("</td><td>");
  append_found(page, survey.found[i]);
  page.markup("</td></tr>\n");
}

// Open the section if a probe leaks, so that nobody has to search for the leak.
void append_boundary(Page& page, const Survey& survey, int boundary) {
  const Tally& tally = survey.boundaries.at(static_cast<std::size_t>(boundary));
  const bool open = tally.found == Found::kLeaks || tally.found == Found::kWeak;
  page.markup(open ? Markup("<details open><summary><h3>") : Markup("<details><summary><h3>"));
  page.text(boundary_name(boundary)).markup("</h3>: ").text(probe::name(tally.found)).markup("</summary>\n");
  page.markup(
      "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Probe</th><th scope=\"col\">Tries</th>"
      "<th scope=\"col\">Answer here</th><th scope=\"col\">Means denied</th><th scope=\"col\">For</th>"
      "<th scope=\"col\">Found</th></tr></thead>\n<tbody>\n");
  for (std::size_t i = 0; i < survey.found.size(); ++i)
    if (static_cast<int>(probe::catalogue()[i].boundary) == boundary) append_probe(page, survey, i);
  page.markup("</tbody></table></div></details>\n");
}

}  // namespace

std::string survey_html(const Survey& survey) {
  Page page;
  append_head(page, "immure probe: what this sandbox holds");
  page.markup(
      "<body>\n<header><h1>immure probe</h1></header>\n<main>\n<p>Each probe made one call from inside this sandbox, "
      "and a sandbox for hostile input has to refuse each of the calls. <strong>Holds</strong>: every call was "
      "refused. "
      "<strong>Weak</strong>: only the kernel’s check of the arguments refused the call; no wall of the sandbox did. "
      "<strong>Leaks</strong>: at least one call was not refused. This proves nothing to others: the evidence of a run "
      "does.</p>\n");
  append_sums(page, survey);
  page.markup("<section>\n<h2>Probes</h2>\n");
  for (int i = 0; i < kBoundaries; ++i) append_boundary(page, survey, i);
  page.markup("</section>\n</main>\n<footer><p>immure ")
      .text(IMMURE_VERSION)
      .markup("</p></footer>\n</body>\n</html>\n");
  return page.take();
}

}  // namespace immure::cli
