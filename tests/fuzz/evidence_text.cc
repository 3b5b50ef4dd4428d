// Writes and reads texts, numbers and base64. What is written can be read back, and each value that can be read has
// only one spelling.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "evidence/json.hpp"
#include "text/base64.hpp"
#include "text/json_writer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::evidence;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string written;
  immure::text::append_json_text(written, bytes);
  json::Scanner scanner(written);
  std::string read;
  scanner.text(read);
  scanner.finish();
  if (size <= json::kMaxTextBytes && (scanner.failed() || read != immure::text::representable(bytes))) std::abort();

  json::Scanner raw(bytes);
  raw.text(read);
  raw.finish();
  if (!raw.failed()) {
    written.clear();
    immure::text::append_json_text(written, read);
    if (written != bytes || nlohmann::json::parse(bytes).get<std::string>() != read) std::abort();
  }
  json::Scanner number(bytes);
  std::int64_t value = 0;
  number.integer(value);
  number.finish();
  if (!number.failed() && std::to_string(value) != bytes) std::abort();

  if (immure::text::unbase64(immure::text::base64(bytes)) != bytes ||
      immure::text::unbase64url(immure::text::base64url(bytes)) != bytes)
    std::abort();
  if (const auto decoded = immure::text::unbase64(bytes); decoded && immure::text::base64(*decoded) != bytes)
    std::abort();
  if (const auto decoded = immure::text::unbase64url(bytes); decoded && immure::text::base64url(*decoded) != bytes)
    std::abort();
  return 0;
}
