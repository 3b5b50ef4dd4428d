#include <algorithm>
#include <array>

#include "render/html/html_parts.hpp"

namespace immure::render {
namespace {

struct Level {
  std::string_view name;
  std::string_view about;
};
/// The tests that this evidence decides come first.
constexpr std::array kLevels = std::to_array<Level>({
    {"L1", "the sandbox: decided by this evidence"},
    {"EV", "the evidence itself: tests that this verification asked for"},
    {"P1", "the gate: no program starts without a proof; decided by immure's own tests"},
    {"L3", "the inspector and hostile input: decided by immure's own tests"},
    {"L2", "the inspector's own walls: decided by immure's own tests"},
});

void append_finding(Page& page, const judge::MatrixTest& test, const judge::Row& row, const judge::Finding* finding,
                    bool first) {
  page.markup("<tr><th scope=\"row\">#").number(std::int64_t{test.number}).markup(" ");
  page.text(test.title);
  if (test.sandbox_only && first) page.markup(" <small>only a real sandbox can pass it</small>");
  if (!first) page.markup(" <small>also</small>");
  page.markup("</th><td>");
  append_outcome(page, row.outcome);
  page.markup("</td>");
  if (finding == nullptr) {
    page.markup("<td>").text(row.expected).markup("</td><td>").text(row.observed).markup("</td>");
    page.markup("<td>–</td><td>–</td></tr>\n");
    return;
  }
  page.markup("<td>").value(finding->expected).markup("</td><td>").value(finding->observed).markup("</td><td>");
  page.value(finding->where).markup("</td>").cell(finding->code.text()).markup("</tr>\n");
}

void append_test(Page& page, const judge::MatrixTest& test, const verify::AttestationResult& result) {
  const judge::Row* row = row_of(result, test.number);
  // A test that takes the place of another test applies only to a run that claims it.
  if (row == nullptr && test.in_place_of != 0) return;
  if (row == nullptr) {
    page.markup("<tr><th scope=\"row\">#").number(std::int64_t{test.number}).markup(" ").text(test.title);
    page.markup("</th><td class=\"quiet\">– not asked</td><td>").text(test.passes_when);
    page.markup("</td><td>–</td><td>–</td><td>–</td></tr>\n");
    return;
  }
  if (row->findings.empty()) return append_finding(page, test, *row, nullptr, true);
  for (const judge::Finding& finding : row->findings)
    append_finding(page, test, *row, &finding, &finding == row->findings.data());
}

void append_judged(Page& page, const Level& level, const verify::AttestationResult& result) {
  page.markup("<h3>")
      .text(level.name)
      .markup("</h3>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"");
  page.text(level.name)
      .markup(" tests\"><table class=\"tests\">\n<caption>")
      .text(level.name)
      .markup(", ")
      .text(level.about);
  page.markup(
      "</caption>\n<thead><tr><th scope=\"col\">Test</th><th scope=\"col\">Outcome</th>"
      "<th scope=\"col\">Expected</th><th scope=\"col\">Observed</th><th scope=\"col\">Where</th>"
      "<th scope=\"col\">Code</th></tr></thead>\n<tbody>\n");
  for (const judge::MatrixTest& test : judge::matrix())
    if (test.level == level.name) append_test(page, test, result);
  page.markup("</tbody></table></div>\n");
}

/// Lists the tests that no evidence of a run decides, folded, so that nobody takes their absence for success.
void append_undecided(Page& page, const Level& level) {
  page.markup("<details><summary><h3>").text(level.name).markup("</h3> ").text(level.about);
  page.markup("</summary>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"");
  page.text(level.name).markup(", undecided\"><table>\n<caption>").text(level.name);
  page.markup(
      ": this evidence neither passes nor fails these</caption>\n<thead><tr><th scope=\"col\">Test</th>"
      "<th scope=\"col\">Passes when</th></tr></thead>\n<tbody>\n");
  for (const judge::MatrixTest& test : judge::matrix()) {
    if (test.level != level.name) continue;
    page.markup("<tr><th scope=\"row\">#").number(std::int64_t{test.number}).markup(" ").text(test.title);
    page.markup("</th><td>").text(test.passes_when).markup("</td></tr>\n");
  }
  page.markup("</tbody></table></div></details>\n");
}

}  // namespace

void append_tests(Page& page, const verify::AttestationResult& result) {
  page.markup("<section aria-labelledby=\"tests\">\n<h2 id=\"tests\">Acceptance tests</h2>\n<p>Sandbox: ");
  append_counts(page, result.judgement.rows);
  page.markup(".<br>Evidence: ");
  append_counts(page, result.evidence_rows);
  page.markup(".</p>\n");
  for (const Level& level : kLevels) {
    const bool judged = std::ranges::any_of(judge::matrix(), [&](const judge::MatrixTest& test) {
      return test.level == level.name && row_of(result, test.number) != nullptr;
    });
    judged ? append_judged(page, level, result) : append_undecided(page, level);
  }
  page.markup("</section>\n");
}

}  // namespace immure::render
