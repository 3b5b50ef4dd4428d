// Reads groups of system calls. Groups that are accepted can be written in Docker's form, and the filter's own reader
// accepts that form.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plan/filter/groups.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::plan;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto groups = parse_groups(text, "fuzz.toml");
  if (!groups) return 0;
  for (const auto& [profile, names] : groups->profiles) {
    const auto json = docker_json(*groups, profile);
    if (!json) std::abort();
    const auto source = parse_filter_source(*json, "fuzz.json");
    if (!source && source.error().what != "has too many entries") std::abort();
  }
  return 0;
}
