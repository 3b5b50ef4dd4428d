// Reads the operator's TOML files: patterns for secrets, and accepted findings.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "inspect/report/baseline.hpp"
#include "inspect/scan/secret_rules.hpp"
#include "text/utc_time.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::inspect;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto rules = SecretRules::parse(text, "fuzz")) {
    rules->scan("token = abcdefghijklmnop 0123456789", "a.txt",
                [](std::size_t, std::size_t, std::string_view) { return true; });
  }
  if (const auto baseline = parse_baseline(text, "fuzz", "2026-01-01")) {
    for (const Accepted& one : *baseline) {
      if (one.reason.empty() || !immure::text::is_day(one.expires)) __builtin_trap();
    }
  }
  return 0;
}
