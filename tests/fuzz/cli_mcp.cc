// Reads lines as `immure mcp` reads them. An accepted message must have what the server takes for granted, and an
// answer to the message must be one line of JSON.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/mcp/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::cli::mcp;
  Lines lines;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::string line;
  while (!rest.empty()) {
    // The first byte of each piece says how long the piece is, so that lines arrive in pieces.
    const std::size_t length = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    lines.add(rest.substr(0, length));
    rest.remove_prefix(std::min(length, rest.size()));
    for (auto next = lines.take(line); next != Lines::Next::kNothing; next = lines.take(line)) {
      if (next != Lines::Next::kLine) continue;
      const Message message = read_message(line);
      if (!message.params.is_object()) __builtin_trap();
      if (message.kind == Message::Kind::kRequest && !message.id.is_string() && !message.id.is_number_integer())
        __builtin_trap();
      if (message.kind == Message::Kind::kWrong && message.why.empty()) __builtin_trap();
      const std::string answer = answer_line(message.id, message.params);
      if (answer.find('\n') != answer.size() - 1 || json::parse(answer, nullptr, false).is_discarded())
        __builtin_trap();
    }
  }
  return 0;
}
