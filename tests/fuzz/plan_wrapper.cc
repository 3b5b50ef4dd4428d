// Runs the reader of shell scripts that only start another program on any bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plan/image/wrapper.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto wrapper = immure::plan::parse_wrapper({reinterpret_cast<const char*>(data), size});
  if (!wrapper) return 0;
  // A path with a slash inside alone would start in some working directory, and no argument has a zero byte.
  const bool is_relative = wrapper->program.contains('/') && !wrapper->program.starts_with('/');
  if (wrapper->program.empty() || (wrapper->plain && is_relative)) std::abort();
  if (wrapper->program.contains('\0')) std::abort();
  for (const auto& argument : wrapper->arguments)
    if (argument.contains('\0')) std::abort();
  return 0;
}
