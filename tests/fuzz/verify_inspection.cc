// Reads any bytes as a report.json of the inspector, as the page does.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "render/inspection.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::verify;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto inspection = immure::render::parse_inspection(text);
  if (inspection && inspection->findings.size() > size) __builtin_trap();
  return 0;
}
