// Runs the reader of a script's first line on any bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plan/image/script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto line = immure::plan::parse_script_line({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (line && *line && (*line)->interpreter.empty()) std::abort();
  return 0;
}
