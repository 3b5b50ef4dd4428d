// Gives any readable statement to the judge, at every moment. The judge must return fourteen rows. Neither the result
// nor what `immure show` prints may hold a control character, and the short answer must stay short.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "evidence/envelope.hpp"
#include "judge/judge.hpp"
#include "render/show.hpp"
#include "render/text_report.hpp"
#include "text/visible.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure;
  auto statement = evidence::parse_statement({reinterpret_cast<const char*>(data), size});
  if (!statement) return 0;
  const auto unprintable = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
  if (std::ranges::any_of(render::shown_text(*statement, {}, 80), unprintable)) std::abort();
  const std::string shown = render::shown_json(*statement, {});
  if (!text::is_plain(std::string_view(shown).substr(0, shown.size() - 1))) std::abort();
  for (const auto moment : {judge::Moment::kGate, judge::Moment::kExec, judge::Moment::kFinal}) {
    verify::AttestationResult result;
    result.judgement = judge::judge(statement->predicate, moment);
    if (result.judgement.rows.size() != 14) std::abort();
    for (const judge::Row& row : result.judgement.rows)
      if (row.findings.empty() != (row.outcome == judge::Outcome::kHolds)) std::abort();
    result.statement = *statement;
    if (std::ranges::any_of(render::result_text(result, {}), unprintable)) std::abort();
    if (std::ranges::count(render::summary_text(result, {}), '\n') > 10) std::abort();
    if (std::ranges::count(render::result_json(result), '\n') != 1) std::abort();
  }
  return 0;
}
