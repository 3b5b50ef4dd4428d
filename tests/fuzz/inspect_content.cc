// Runs everything that the inspector does with the content of one file: types, ELF, rules, containers in containers.
#include <cstddef>
#include <cstdint>

#include "inspect/scan/analyse.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::inspect;
  static const RuleSet rules = *RuleSet::compile(-1);
  static const Limits limits = [] {
    Limits small;
    small.expanded_file = 4U << 20;
    small.container_entries = 200;
    small.members = 1000;
    return small;
  }();
  static Analyser analyser(rules, limits);
  FileResult result;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  analyser.analyse({.bytes = bytes, .size = size, .path = "a.bin"}, result, [](FileResult&) {});
  if (result.expanded > limits.expanded_file || result.members.size() > limits.members + limits.container_depth)
    __builtin_trap();
  return 0;
}
