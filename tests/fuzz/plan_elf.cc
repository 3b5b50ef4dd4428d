// Runs the ELF reader on any bytes.
#include <cstdint>
#include <span>

#include "plan/image/elf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(immure::plan::parse_elf(std::as_bytes(std::span(data, size))));
  return 0;
}
