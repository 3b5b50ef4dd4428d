// Gives any readable statement to the judge, at every moment. The judge must return fourteen rows, and the result must
// hold no control character.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evidence/envelope.hpp"
#include "judge/judge.hpp"
#include "render/text_report.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure;
  auto statement = evidence::parse_statement({reinterpret_cast<const char*>(data), size});
  if (!statement) return 0;
  for (const auto moment : {judge::Moment::kGate, judge::Moment::kExec, judge::Moment::kFinal}) {
    verify::AttestationResult result;
    result.judgement = judge::judge(statement->predicate, moment);
    if (result.judgement.rows.size() != 14) std::abort();
    for (const judge::Row& row : result.judgement.rows)
      if (row.findings.empty() != (row.outcome == judge::Outcome::kHolds)) std::abort();
    result.statement = *statement;
    const auto unprintable = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
    if (std::ranges::any_of(render::result_text(result, {}), unprintable)) std::abort();
    if (std::ranges::count(render::result_json(result), '\n') != 1) std::abort();
  }
  return 0;
}
