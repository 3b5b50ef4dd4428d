// The statement reader on any bytes; what it accepts must come out again byte for byte.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "evidence/envelope.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto statement = immure::evidence::parse_statement(bytes);
  if (statement && immure::evidence::statement_json(*statement) != bytes) std::abort();
  return 0;
}
