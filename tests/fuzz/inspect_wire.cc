// Reads messages to the coordinator from a worker that an attacker controls.
#include <cstddef>
#include <cstdint>

#include "inspect/wire.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::inspect;
  std::string_view buffer(reinterpret_cast<const char*>(data), size);
  constexpr std::size_t kRules = 80;
  wire::Said said;
  bool broken = false;
  while (const auto message = wire::next(buffer, broken)) {
    if (!wire::accept(*message, kRules, said)) break;
    static_cast<void>(wire::read_job(*message));
  }
  for (const Finding& finding : said.result.findings) {
    if (finding.rule >= kRules || finding.seen.size() > kMaxSeen) __builtin_trap();
  }
  return 0;
}
