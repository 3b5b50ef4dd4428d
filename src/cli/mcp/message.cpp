#include "cli/mcp/message.hpp"

#include <array>
#include <set>
#include <utility>

namespace immure::cli::mcp {
namespace {

constexpr int kDeepest = 32;
constexpr std::size_t kLongestId = 256, kLongestMethod = 128;
/// 2^53 - 1: a reader that uses doubles reads a larger number as another number.
constexpr std::int64_t kLargestId = (std::int64_t{1} << 53) - 1;

/// Parses JSON, and notes what no message may have.
class Parser {
 public:
  json parse(std::string_view line) {
    return json::parse(
        line, [this](int depth, json::parse_event_t event, const json& value) { return look(depth, event, value); },
        false);
  }
  [[nodiscard]] bool too_deep() const { return too_deep_; }
  [[nodiscard]] bool key_twice() const { return key_twice_; }

 private:
  /// Drops what is nested too deep, so that brackets alone cost no memory.
  bool look(int depth, json::parse_event_t event, const json& value) {
    if (depth > kDeepest) {
      too_deep_ = true;
      return false;
    }
    // The keys of an object are one level deeper than the object itself.
    const auto level = static_cast<std::size_t>(depth);
    if (event == json::parse_event_t::object_start) keys_.at(level + 1).clear();
    if (event == json::parse_event_t::key && !keys_.at(level).insert(value.get<std::string>()).second)
      key_twice_ = true;
    return true;
  }

  std::array<std::set<std::string>, kDeepest + 2> keys_;
  bool too_deep_ = false, key_twice_ = false;
};

bool is_id(const json& id) {
  if (id.is_string()) return id.get_ref<const std::string&>().size() <= kLongestId;
  if (id.is_number_unsigned()) return id.get<std::uint64_t>() <= static_cast<std::uint64_t>(kLargestId);
  return id.is_number_integer() && id.get<std::int64_t>() >= -kLargestId;
}

Message wrong(Rpc code, std::string why, json id = nullptr) {
  return {.kind = Message::Kind::kWrong, .id = std::move(id), .method = {}, .code = code, .why = std::move(why)};
}

Message message_of(json value) {
  const auto found_id = value.find("id");
  const bool has_id = found_id != value.end();
  if (has_id && !is_id(*found_id)) return wrong(Rpc::kInvalidRequest, "`id` is neither a short text nor an integer");
  Message message;
  if (has_id) message.id = *found_id;
  if (value.value("jsonrpc", json()) != "2.0")
    return wrong(Rpc::kInvalidRequest, "`jsonrpc` is not \"2.0\"", message.id);
  const auto method = value.find("method");
  if (method == value.end()) {
    const bool is_response = has_id && (value.contains("result") || value.contains("error"));
    if (!is_response) return wrong(Rpc::kInvalidRequest, "the message has no `method`", message.id);
    message.kind = Message::Kind::kResponse;
    return message;
  }
  if (!method->is_string() || method->get_ref<const std::string&>().size() > kLongestMethod)
    return wrong(Rpc::kInvalidRequest, "`method` is no short text", message.id);
  message.method = method->get<std::string>();
  if (const auto params = value.find("params"); params != value.end()) {
    if (!params->is_object()) return wrong(Rpc::kInvalidParams, "`params` is no object", message.id);
    message.params = std::move(*params);
  }
  message.kind = has_id ? Message::Kind::kRequest : Message::Kind::kNotification;
  return message;
}

/// JSON never has a line break within it. A character that is not UTF-8 becomes U+FFFD.
std::string line_of(const json& message) { return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

}  // namespace

Message read_message(std::string_view line) {
  Parser parser;
  json value = parser.parse(line);
  if (parser.too_deep())
    return wrong(Rpc::kInvalidRequest, "is nested more than " + std::to_string(kDeepest) + " levels deep");
  if (value.is_discarded()) return wrong(Rpc::kParseError, "is not JSON in UTF-8");
  if (parser.key_twice()) return wrong(Rpc::kInvalidRequest, "an object has a key twice");
  if (value.is_array())
    return wrong(Rpc::kInvalidRequest, "is an array of messages; send each message in a line of its own");
  if (!value.is_object()) return wrong(Rpc::kInvalidRequest, "is no object");
  return message_of(std::move(value));
}

std::string answer_line(const json& id, json result) {
  return line_of({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

std::string error_line(const json& id, Rpc code, const std::string& why) {
  return line_of({{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", static_cast<int>(code)}, {"message", why}}}});
}

std::string notification_line(const std::string& method, json params) {
  return line_of({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}});
}

void Lines::add(std::string_view bytes) {
  held_.erase(0, std::exchange(at_, 0));
  held_ += bytes;
}

Lines::Next Lines::take(std::string& line) {
  const std::size_t end = held_.find('\n', at_);
  if (end == std::string::npos) {
    if (held_.size() - at_ <= kLongestLine && !skipping_) return Next::kNothing;
    // Keep nothing of a line that is too long, and say so when the line begins to be too long.
    held_.clear();
    at_ = 0;
    return std::exchange(skipping_, true) ? Next::kNothing : Next::kTooLong;
  }
  const std::size_t begin = std::exchange(at_, end + 1);
  if (std::exchange(skipping_, false)) return take(line);
  if (end - begin > kLongestLine) return Next::kTooLong;
  line.assign(held_, begin, end - begin);
  return Next::kLine;
}

}  // namespace immure::cli::mcp
