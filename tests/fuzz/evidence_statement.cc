// Reads any bytes as a statement. A statement that is accepted must be in canonical form, and another JSON parser must
// read the same values.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "evidence/envelope.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::evidence;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto statement = parse_statement(text);
  if (!statement) return 0;
  if (statement_json(*statement) != text) std::abort();
  const auto other = nlohmann::json::parse(text, nullptr, false);
  if (other.is_discarded() || other.dump() != text) std::abort();
  return 0;
}
