#include "render/html/html.hpp"

#include <algorithm>

#include "judge/claim.hpp"
#include "render/html/html_parts.hpp"
#include "render/run_words.hpp"

namespace immure::render {
namespace {

void append_verdict(Page& page, const verify::AttestationResult& result) {
  switch (result.verdict) {
    case verify::Verdict::kAccepted:
      page.markup("<div class=\"verdict holds\"><span aria-hidden=\"true\" class=\"word\">✓ ");
      break;
    case verify::Verdict::kRejected:
      page.markup("<div class=\"verdict open\"><span aria-hidden=\"true\" class=\"word\">✗ ");
      break;
    case verify::Verdict::kBlocked:
      page.markup("<div class=\"verdict unproved\"><span aria-hidden=\"true\" class=\"word\">■ ");
      break;
  }
  page.markup("</span><strong class=\"word\">").text(name(result.verdict)).markup("</strong>");
  page.markup("\n<p>")
      .sentence(result.reason)
      .markup("</p>\n<p>Reason code <code>")
      .text(result.code.text())
      .markup("</code></p>\n");
  if (result.statement)
    page.markup("<p>Acceptance profile <code>")
        .sentence(judge::claimed_by(evidence::stages_of(*result.statement)))
        .markup("</code></p>\n");
  switch (result.verdict) {
    case verify::Verdict::kAccepted:
      page.markup("<p>The evidence is authentic and complete, and every boundary of the cell held.</p>");
      break;
    case verify::Verdict::kRejected:
      page.markup(
          "<p>The evidence is authentic and complete, but at least one boundary of the cell did not hold, or the "
          "policy does not accept the run.</p>");
      break;
    case verify::Verdict::kBlocked:
      page.markup("<p>The run cannot be appraised. This is no acceptance, and says nothing good about the run.</p>");
      break;
  }
  page.markup("\n</div>\n");
}

/// What a reader has to know beside the verdict, which says nothing about the program itself.
void append_happened(Page& page, const evidence::Statement& statement) {
  page.markup("<p>The program ended: <strong>").sentence(end_words(statement)).markup("</strong></p>\n");
  const std::vector<std::string> attention = attention_words(statement);
  if (attention.empty()) return;
  page.markup("<p>What needs attention:</p>\n<ul>\n");
  for (const std::string& words : attention) page.markup("<li>").sentence(words).markup("</li>\n");
  page.markup("</ul>\n");
}

void append_contents(Page& page, bool inspected) {
  page.markup("<nav aria-label=\"Contents\"><ul>\n");
  if (inspected) page.markup("<li><a href=\"#inspection\">What the inspector found</a></li>\n");
  page.markup(R"(<li><a href="#run">The run</a></li>
<li><a href="#cell">The cell</a></li>
<li><a href="#tests">Tests</a></li>
<li><a href="#witnesses">Witnesses</a></li>
<li><a href="#probes">Probes</a></li>
<li><a href="#digests">Digests</a></li>
<li><a href="#limits">What was not proved</a></li>
</ul></nav>
)");
}

void append_not_proved(Page& page, const verify::AttestationResult& result) {
  page.markup("<section aria-labelledby=\"limits\">\n<h2 id=\"limits\">What was not proved</h2>\n");
  if (!result.not_proved.empty()) page.markup("<ul>\n");
  for (const std::string& sentence : result.not_proved) page.markup("<li>").sentence(sentence).markup("</li>\n");
  if (!result.not_proved.empty()) page.markup("</ul>\n");
  page.markup(R"(<h3>How far to trust this page</h3>
<ul>
<li>This page carries no signature. Anybody who can change this file can change what it says. Only the evidence is
signed: run <code>immure verify</code> when something depends on the answer.</li>
<li>The signature says who vouches for the run, not that the host was honest. The key is on this host.</li>
<li>The cell bounds what the program could reach. It says nothing about whether what the program wrote is right.</li>
<li>Names and texts from the evidence are shown as they were signed, with what could deceive an eye written out, like
⟨U+202E⟩. They are claims of the run, not of this page.</li>
</ul>
</section>
)");
}

void append_footer(Page& page, const verify::AttestationResult& result, const PageNotes& notes) {
  page.markup("<footer>\n<h2>The verdict once more</h2>\n");
  append_verdict(page, result);
  page.markup("<dl>\n").entry("Evidence", notes.evidence_path).entry("Appraised on", notes.appraised_on);
  page.entry("Page written by", "immure " + notes.version).entry("Matrix, SHA-256", judge::matrix_sha256());
  page.markup("</dl>\n<p>To check the evidence yourself: <code>immure verify ")
      .text("EVIDENCE --key HOST.pub --artifacts DIR");
  page.markup("</code></p>\n</footer>\n");
}

}  // namespace

std::string result_html(const verify::AttestationResult& result, const PageNotes& notes,
                        const Result<std::optional<Inspection>>& inspection) {
  Page page;
  append_head(page, std::string(name(result.verdict)) + ": immure report");
  page.markup("<body>\n<header>\n<h1>immure report on one run in a sandbox</h1>\n");
  append_verdict(page, result);
  if (result.statement) append_happened(page, *result.statement);
  if (result.statement) append_contents(page, inspection && *inspection);
  page.markup("</header>\n<main>\n");
  if (!inspection) {
    page.markup("<p><strong>What the inspector found cannot be shown:</strong> ");
    page.sentence(to_text(inspection.error())).markup("</p>\n");
  } else if (*inspection) {
    append_inspection(page, **inspection);
  }
  if (result.statement) {
    append_run(page, result);
    append_cell(page, result);
    append_tests(page, result);
    append_witnesses(page, result.statement->predicate);
    append_probes(page, result);
    append_digests(page, *result.statement);
  }
  append_not_proved(page, result);
  page.markup("</main>\n");
  append_footer(page, result, notes);
  page.markup("</body>\n</html>\n");
  return page.take();
}

const judge::Row* row_of(const verify::AttestationResult& result, judge::TestNumber test) {
  for (const std::vector<judge::Row>* rows : {&result.judgement.rows, &result.evidence_rows}) {
    const auto found = std::ranges::find(*rows, test, &judge::Row::number);
    if (found != rows->end()) return &*found;
  }
  return nullptr;
}

void append_outcome(Page& page, judge::Outcome outcome) {
  switch (outcome) {
    case judge::Outcome::kHolds:
      page.markup("<span class=\"outcome holds\"><span aria-hidden=\"true\">✓ </span>holds</span>");
      break;
    case judge::Outcome::kDoesNotHold:
      page.markup("<span class=\"outcome open\"><span aria-hidden=\"true\">✗ </span>DOES NOT HOLD</span>");
      break;
    case judge::Outcome::kNotProved:
      page.markup("<span class=\"outcome unproved\"><span aria-hidden=\"true\">? </span>NOT PROVED</span>");
      break;
  }
}

void append_counts(Page& page, const std::vector<judge::Row>& rows) {
  const auto count = [&](judge::Outcome outcome) {
    return static_cast<std::uint64_t>(std::ranges::count(rows, outcome, &judge::Row::outcome));
  };
  page.number(std::uint64_t{rows.size()}).markup(" tests = ").number(count(judge::Outcome::kHolds)).markup(" hold + ");
  page.number(count(judge::Outcome::kDoesNotHold)).markup(" do not hold + ");
  page.number(count(judge::Outcome::kNotProved)).markup(" not proved");
}

void append_list(Page& page, const std::vector<std::string>& list) {
  if (list.empty()) page.markup("<em>none</em>");
  const std::size_t shown = std::min(list.size(), kMaxListed);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i != 0) page.markup(", ");
    page.value(list[i]);
  }
  append_rest(page, shown, list.size());
}

void append_rest(Page& page, std::size_t shown, std::size_t total) {
  if (shown < total) page.markup(" <em>and ").number(std::uint64_t{total - shown}).markup(" more in the evidence</em>");
}

}  // namespace immure::render
