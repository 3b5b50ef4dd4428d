#include <algorithm>
#include <array>

#include "judge/demand.hpp"
#include "judge/text.hpp"
#include "probe/catalogue.hpp"
#include "render/html/html_parts.hpp"

namespace immure::render {
namespace {

using evidence::ProbeRecord;

probe::Answer as_probe(const auto& answer) { return {answer.ret, answer.errno_value, answer.effect}; }
evidence::Answer as_evidence(const auto& answer) { return {answer.ret, answer.errno_value, answer.effect}; }

/// What the page says about one record, in words for what the judge found. The section of tests shows the same
/// findings.
struct Reading {
  enum class Kind : std::uint8_t { kExpected, kOpen, kUnproved, kNotDemanded } kind = Kind::kExpected;
  std::string code;
};

const judge::Finding* finding_about(const verify::AttestationResult& result, std::string_view id) {
  for (const judge::Row& row : result.judgement.rows) {
    const auto found = std::ranges::find(row.findings, id, &judge::Finding::where);
    if (found != row.findings.end()) return &*found;
  }
  return nullptr;
}

Reading read(const verify::AttestationResult& result, const judge::ShownDemands& demands, const ProbeRecord& record) {
  using enum Reading::Kind;
  const probe::Row* row = probe::find(record.id);
  if (row == nullptr) return {kUnproved, "unknown probe"};
  const auto& unsafe = result.statement->predicate.unsafe;
  if (!row->unless.empty() && std::ranges::find(unsafe, row->unless) != unsafe.end())
    return {kNotDemanded, std::string(row->unless)};
  if (const judge::Finding* finding = finding_about(result, record.id)) {
    constexpr std::array<judge::Reason, 3> kLeaks{"probe-leaked", "probe-weak", "walls-open"};
    return {std::ranges::find(kLeaks, finding->code) != kLeaks.end() ? kOpen : kUnproved,
            std::string(finding->code.text())};
  }
  // The judge keeps at most judge::kMaxFindings findings for a test, so a wrong answer may have no finding.
  if (!demands.of(*row).met_by(as_probe(record))) return {kOpen, "another answer"};
  return {kExpected, {}};
}

void append_reading(Page& page, const Reading& reading) {
  switch (reading.kind) {
    case Reading::Kind::kExpected:
      page.markup("<td><span class=\"outcome holds\"><span aria-hidden=\"true\">✓ </span>as expected</span></td>");
      return;
    case Reading::Kind::kOpen:
      page.markup("<td><span class=\"outcome open\"><span aria-hidden=\"true\">✗ </span>");
      break;
    case Reading::Kind::kUnproved:
      page.markup("<td><span class=\"outcome unproved\"><span aria-hidden=\"true\">? </span>");
      break;
    case Reading::Kind::kNotDemanded: page.markup("<td><span class=\"quiet\">– not demanded: "); break;
  }
  page.text(reading.code).markup("</span></td>");
}

void append_answer(Page& page, const evidence::Answer& answer, std::string_view where = {},
                   std::string_view layer = {}) {
  page.markup("<td>").text(judge::answer_text(answer)).markup("<small>ret ").number(answer.ret).markup(", errno ");
  page.number(std::int64_t{answer.errno_value}).markup(", effect ").number(std::uint64_t{answer.effect});
  if (!where.empty()) page.markup(", in ").value(where);
  if (!layer.empty()) page.markup("; ").text(layer);
  page.markup("</small></td>");
}

/// The layer that answered the probe in the cell, if the run asked for that.
std::string_view layer_of(const ProbeRecord& record) {
  if (!record.attribution) return {};
  return *record.attribution == probe::kFilterAnswer ? "the filter answered"
                                                     : "the filter allowed the call, and a wall behind it answered";
}

void append_call(Page& page, const ProbeRecord& record) {
  page.markup("<td>").value(record.syscall).markup("(");
  append_list(page, record.args);
  page.markup(")</td>");
}

void append_probe(Page& page, const ProbeRecord& record, const judge::ShownDemands& demands, const Reading& reading) {
  const probe::Row* row = probe::find(record.id);
  page.markup("<tr><td>").number(std::uint64_t{record.seq}).markup("</td><th scope=\"row\">").value(record.id);
  if (row != nullptr && !row->tries.empty()) page.markup(" <small>").text(row->tries).markup("</small>");
  page.markup("</th>");
  append_call(page, record);
  append_answer(page, as_evidence(record.control), record.control.where);
  if (record.walls)
    append_answer(page, *record.walls);
  else
    page.markup("<td class=\"quiet\">not asked</td>");
  append_answer(page, as_evidence(record), {}, layer_of(record));
  page.markup("<td>").text(row == nullptr ? "nothing" : judge::demand_text(demands.of(*row)));
  if (row != nullptr) page.markup("<small>for #").number(std::int64_t{row->test}).markup("</small>");
  page.markup("</td>");
  append_reading(page, reading);
  page.markup("</tr>\n");
}

/// Appends a boundary, unfolded if an answer is not as expected, so that nobody has to search for what matters.
void append_boundary(Page& page, const std::vector<const ProbeRecord*>& records,
                     const verify::AttestationResult& result, const judge::ShownDemands& demands) {
  std::vector<Reading> readings;
  readings.reserve(records.size());
  for (const ProbeRecord* record : records) readings.push_back(read(result, demands, *record));
  const auto expected =
      static_cast<std::uint64_t>(std::ranges::count(readings, Reading::Kind::kExpected, &Reading::kind));
  page.markup(expected == records.size() ? Markup("<details><summary><h3>") : Markup("<details open><summary><h3>"));
  page.text(records.front()->boundary).markup("</h3>: ").number(std::uint64_t{records.size()}).markup(" probes, ");
  page.number(expected).markup(
      " as expected</summary>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Probes, the first is ");
  page.number(std::uint64_t{records.front()->seq}).markup("\"><table>\n<caption>Probes of the boundary ");
  page.value(records.front()->boundary)
      .markup(
          "</caption>\n<thead><tr><th scope=\"col\">Seq</th>"
          "<th scope=\"col\">Probe</th><th scope=\"col\">Call</th><th scope=\"col\">Control: no walls</th>"
          "<th scope=\"col\">Walls: mounts and credentials</th><th scope=\"col\">Cell: everything</th>"
          "<th scope=\"col\">Expected in the cell</th><th scope=\"col\">Reading</th></tr></thead>\n<tbody>\n");
  for (std::size_t i = 0; i < records.size(); ++i) append_probe(page, *records[i], demands, readings[i]);
  page.markup("</tbody></table></div></details>\n");
}

void append_transcript(Page& page, const evidence::Evidence& evidence) {
  page.markup(
      "<h3>Transcript</h3>\n<p>A SHA-256 chain over these records, which begins with the run and its nonce: no record "
      "can be left out, changed, moved, or taken from another run.</p>\n<dl>\n<dt>Entries</dt><dd>");
  page.number(evidence.transcript.entries).markup("</dd>\n<dt>Head</dt><dd class=\"digest\">");
  page.digest(evidence.transcript.head).markup("</dd>\n").entry("Run", evidence.run_id).markup("</dl>\n");
}

}  // namespace

void append_probes(Page& page, const verify::AttestationResult& result) {
  const evidence::Evidence& evidence = result.statement->predicate;
  page.markup(
      "<section aria-labelledby=\"probes\">\n<h2 id=\"probes\">Probes</h2>\n<p>immure makes each call up to three "
      "times: (1) before any wall stands (the control; if this call is denied too, the probe proves nothing); (2) "
      "behind mounts and credentials alone, where they must deny by themselves; (3) in the finished cell, in the task "
      "that becomes the program. One more call, behind a filter with its own errno, shows which denials come from the "
      "filter.</p>\n");
  const std::size_t shown = std::min(evidence.probes.size(), kMaxShown);
  std::vector<std::vector<const ProbeRecord*>> boundaries;
  for (std::size_t i = 0; i < shown; ++i) {
    const ProbeRecord& record = evidence.probes[i];
    const auto same = std::ranges::find_if(
        boundaries, [&](const auto& records) { return records.front()->boundary == record.boundary; });
    (same == boundaries.end() ? boundaries.emplace_back() : *same).push_back(&record);
  }
  if (boundaries.empty()) page.markup("<p><strong>There is no record of any probe.</strong></p>\n");
  const judge::ShownDemands demands(evidence);
  for (const auto& records : boundaries) append_boundary(page, records, result, demands);
  append_rest(page, shown, evidence.probes.size());
  append_transcript(page, evidence);
  page.markup("</section>\n");
}

}  // namespace immure::render
