// Makes a page from any readable statement. The page must hold only our own markup, and no invisible character.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "evidence/envelope.hpp"
#include "render/html/html.hpp"
#include "verify/verify.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure;
  auto statement = evidence::parse_statement({reinterpret_cast<const char*>(data), size});
  if (!statement) return 0;
  verify::AttestationResult result;
  result.reason = statement->predicate.fault.value_or(statement->predicate.run_id);
  result.judgement = judge::judge(statement->predicate, judge::Moment::kFinal);
  result.statement = *std::move(statement);
  const std::string page = render::result_html(result, {"evidence.json", "2026-06-09T12:01:00Z", "0"});
  for (const std::string_view never : {"<script", "<img", "<iframe", "<object", "<link"})
    if (page.find(never) != std::string::npos) std::abort();
  const auto unprintable = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; };
  if (std::ranges::any_of(page, unprintable)) std::abort();
  // The page closes each element that it opens, so no value has broken out of its place.
  const auto count = [&](std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = page.find(part); at != std::string::npos; at = page.find(part, at + 1)) ++found;
    return found;
  };
  for (const std::string_view name : {"bdi", "table", "section", "details"}) {
    const std::string open = "<" + std::string(name);
    if (count(open + ">") + count(open + " ") != count("</" + std::string(name) + ">")) std::abort();
  }
  const std::string body = page.substr(std::min(page.find("</style>"), page.size()));
  if (std::ranges::count(body, '<') != std::ranges::count(body, '>')) std::abort();
  if (!page.ends_with("</html>\n")) std::abort();
  return 0;
}
