/// Reads and writes the messages of the Model Context Protocol: JSON-RPC 2.0, one message a line. A program that nobody
/// trusts may have written the lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace immure::cli::mcp {

using nlohmann::json;

/// The error codes of JSON-RPC 2.0, section 5.1.
enum class Rpc : std::int16_t {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602
};

inline constexpr std::size_t kLongestLine = 1 << 20;

struct Message {
  enum class Kind : std::uint8_t { kRequest, kNotification, kResponse, kWrong };
  Kind kind = Kind::kWrong;
  json id = nullptr;  ///< a text or an integer; null if the message has no id that an answer could name
  std::string method;
  json params = json::object();
  Rpc code = Rpc::kInvalidRequest;  ///< for kWrong
  std::string why;                  ///< for kWrong
};

/// Reads one line. Refuses what two readers could understand differently or what is made to cost time: other text than
/// UTF-8, a key that an object has twice, deep nesting, arrays of messages (batches).
[[nodiscard]] Message read_message(std::string_view line);

/// A message that answers a request, with a newline.
[[nodiscard]] std::string answer_line(const json& id, json result);
[[nodiscard]] std::string error_line(const json& id, Rpc code, const std::string& why);
[[nodiscard]] std::string notification_line(const std::string& method, json params);

/// Splits what arrives into lines.
class Lines {
 public:
  /// Adds bytes that have arrived.
  void add(std::string_view bytes);
  enum class Next : std::uint8_t { kLine, kTooLong, kNothing };
  /// Takes the next line. kTooLong: the line was longer than kLongestLine and is gone; the function says so once.
  [[nodiscard]] Next take(std::string& line);

 private:
  std::string held_;
  std::size_t at_ = 0;
  bool skipping_ = false;
};

}  // namespace immure::cli::mcp
