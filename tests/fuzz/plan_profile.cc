// Runs the profile reader on any text. A profile that is accepted must show every right that it adds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plan/profile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto profile = immure::plan::parse_profile(text, "fuzz.toml");
  if (profile && profile->base == "jit" && profile->unsafe_keys().empty()) std::abort();
  return 0;
}
