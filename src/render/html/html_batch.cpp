#include <algorithm>
#include <map>

#include "render/batch.hpp"
#include "render/html/html_page.hpp"

namespace immure::render {
namespace {

constexpr Markup kBatchStyle = R"(
.find { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .75rem 0; }
.find[hidden] { display: none; }
.find input { font: inherit; flex: 1 1 16rem; min-width: 0; padding: .4rem .6rem; color: inherit; background: var(--field);
  border: 1px solid var(--quiet); border-radius: 3px; }
.find select { font: inherit; padding: .4rem .6rem; color: inherit; background: var(--field);
  border: 1px solid var(--quiet); border-radius: 3px; max-width: 100%; }
.find output { color: var(--quiet); }
.runs td { overflow-wrap: anywhere; }
.runs td:first-child { min-width: 7rem; }
.runs td:last-child { min-width: 12rem; }
)";

// The script reads the text of the rows, and writes only whether a row is hidden and how many rows are shown. So no
// text of a run can become a part of the page.
constexpr Markup kBatchScript = R"(
'use strict';
const rows = Array.from(document.querySelectorAll('.runs tbody tr'));
const texts = rows.map(row => row.textContent.toLowerCase());
const words = document.getElementById('words'), state = document.getElementById('state');
const count = document.getElementById('count');
function show() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(word => word !== '');
  let shown = 0;
  rows.forEach((row, i) => {
    const fits = (state.value === '' || row.dataset.state === state.value) && wanted.every(word => texts[i].includes(word));
    row.hidden = !fits;
    if (fits) shown += 1;
  });
  count.textContent = shown + ' of ' + rows.length + ' runs';
}
words.addEventListener('input', show);
state.addEventListener('change', show);
document.querySelector('.find').hidden = false;
show();
)";

Page& append_state(Page& page, const BatchLine& line) {
  switch (line.standing) {
    case Standing::kGood: page.markup("<span class=\"outcome holds\">✓ "); break;
    case Standing::kBad: page.markup("<span class=\"outcome open\">✗ "); break;
    case Standing::kUnproved: page.markup("<span class=\"outcome unproved\">■ "); break;
  }
  return page.text(line.state).markup("</span>");
}

void append_row(Page& page, const BatchLine& line) {
  page.markup("<tr data-state=\"").text(line.state).markup("\"><td>").value(line.name).markup("</td><td>");
  append_state(page, line).markup("</td><td>");
  if (line.exit_code) page.number(std::int64_t{*line.exit_code});
  page.markup("</td><td>");
  if (line.attempts != 0) page.number(line.duration_ms).markup("&nbsp;ms");
  if (line.attempts > 1) page.markup("<small>").number(std::uint64_t{line.attempts}).markup(" attempts</small>");
  page.markup("</td><td>");
  if (!line.words.empty()) page.sentence(line.words);
  if (line.input != line.name && !line.input.empty()) page.markup("<small>input ").value(line.input).markup("</small>");
  page.markup("</td></tr>\n");
}

void append_search(Page& page, const BatchSummary& summary) {
  std::map<std::string, std::size_t> states;
  for (const BatchLine& line : summary.lines) ++states[line.state];
  page.markup(
      "<div class=\"find\" role=\"search\" hidden>\n<input id=\"words\" type=\"search\" placeholder=\"Search in all "
      "runs\" "
      "aria-label=\"Search in all runs\" autocomplete=\"off\">\n<select id=\"state\" aria-label=\"State\">"
      "<option value=\"\">every state</option>");
  for (const auto& [state, count] : states)
    page.markup("<option value=\"")
        .text(state)
        .markup("\">")
        .text(state)
        .markup(" (")
        .number(std::uint64_t{count})
        .markup(")</option>");
  page.markup("</select>\n<output id=\"count\" aria-live=\"polite\"></output>\n</div>\n");
}

}  // namespace

std::string batch_html(const BatchSummary& summary) {
  Page page;
  append_head(page, "immure: " + summary.title, {.style = kBatchStyle, .script = kBatchScript});
  const bool good = summary.problem.empty() && std::ranges::all_of(summary.lines, [](const BatchLine& line) {
                      return line.standing == Standing::kGood;
                    });
  page.markup("<body>\n<header>\n<h1>").text(summary.title).markup("</h1>\n");
  page.markup(good ? Markup("<div class=\"verdict holds\">") : Markup("<div class=\"verdict open\">"));
  page.markup("<strong class=\"word\">").text(batch_sum(summary)).markup("</strong>\n<p>");
  page.text(
      summary.verified
          ? "This page shows the verdict on each run, and names each run that is missing, extra or exchanged. The page "
            "has no signature of its own: the evidence and the manifest of the batch have one."
          : "This page shows what the machine says that made the runs. It is no verdict: `immure batch verify` "
            "appraises the evidence.");
  page.markup("</p></div>\n");
  if (!summary.began_on.empty())
    page.markup("<p class=\"quiet\">The batch began on ").text(summary.began_on).markup(".</p>\n");
  page.markup("</header>\n<main>\n");
  if (!summary.lines.empty()) {
    append_search(page, summary);
    page.markup(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Runs\"><table "
        "class=\"runs\"><thead><tr><th>Run</th>"
        "<th>State</th><th>Exit code</th><th>Time</th><th>Why</th></tr></thead>\n<tbody>\n");
    // What needs a reader's attention comes first.
    for (const bool first : {true, false})
      for (const BatchLine& line : summary.lines)
        if ((line.standing != Standing::kGood) == first) append_row(page, line);
    page.markup("</tbody></table></div>\n");
  }
  page.markup("</main>\n");
  append_script(page, kBatchScript);
  return page.markup("</body>\n</html>\n").take();
}

}  // namespace immure::render
