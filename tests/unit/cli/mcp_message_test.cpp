#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/mcp/message.hpp"

namespace immure::cli::mcp {
namespace {

using Kind = Message::Kind;

std::string why(std::string_view line) {
  const Message message = read_message(line);
  return message.kind == Kind::kWrong ? std::to_string(static_cast<int>(message.code)) + " " + message.why : "";
}

TEST(McpMessage, RequestHasIdMethodAndParams) {
  const Message message = read_message(R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"run"}})");
  EXPECT_EQ(message.kind, Kind::kRequest);
  EXPECT_EQ(message.id, "a");
  EXPECT_EQ(message.method, "tools/call");
  EXPECT_EQ(message.params, (json{{"name", "run"}}));
}

TEST(McpMessage, WithoutIdIsANotification) {
  const Message message = read_message(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  EXPECT_EQ(message.kind, Kind::kNotification);
  EXPECT_EQ(message.params, json::object());
}

TEST(McpMessage, ResponsesAreRecognised) {
  EXPECT_EQ(read_message(R"({"jsonrpc":"2.0","id":7,"result":{}})").kind, Kind::kResponse);
  EXPECT_EQ(read_message(R"({"jsonrpc":"2.0","id":7,"error":{}})").kind, Kind::kResponse);
  EXPECT_EQ(why(R"({"jsonrpc":"2.0","id":7})"), "-32600 the message has no `method`");
}

TEST(McpMessage, RefusesWhatIsNoMessage) {
  EXPECT_EQ(why(""), "-32700 is not JSON in UTF-8");
  EXPECT_EQ(why("{} {}"), "-32700 is not JSON in UTF-8");
  EXPECT_EQ(why("{\"jsonrpc\":\"\xff\"}"), "-32700 is not JSON in UTF-8");
  EXPECT_EQ(why("[]"), "-32600 is an array of messages; send each message in a line of its own");
  EXPECT_EQ(why("1"), "-32600 is no object");
  EXPECT_EQ(why(R"({"id":1,"method":"ping"})"), "-32600 `jsonrpc` is not \"2.0\"");
}

TEST(McpMessage, RefusesWhatTwoReadersReadDifferently) {
  EXPECT_EQ(why(R"({"jsonrpc":"2.0","id":1,"method":"a","method":"b"})"), "-32600 an object has a key twice");
  EXPECT_EQ(why(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"x":{"y":1,"y":1}}})"),
            "-32600 an object has a key twice");
  // The same key in two objects is no such case.
  EXPECT_EQ(why(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"x":{"y":1},"z":{"y":1}}})"), "");
  EXPECT_EQ(why(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"id":[{"id":1},{"id":2}]}})"), "");
}

TEST(McpMessage, RefusesDeepNesting) {
  const auto nested = [](std::size_t depth) {
    return R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"x":)" + std::string(depth, '[') +
           std::string(depth, ']') + "}}";
  };
  EXPECT_EQ(why(nested(20)), "");
  EXPECT_EQ(why(nested(40)), "-32600 is nested more than 32 levels deep");
  EXPECT_EQ(why(nested(200'000)), "-32600 is nested more than 32 levels deep");
  EXPECT_EQ(why(std::string(200'000, '{')).substr(0, 6), "-32700");
}

TEST(McpMessage, IdIsAShortTextOrAnInteger) {
  for (const char* id : {"1", "-1", "0", "\"\"", "9007199254740991"})
    EXPECT_EQ(why(R"({"jsonrpc":"2.0","method":"a","id":)" + std::string(id) + "}"), "") << id;
  for (const char* id : {"null", "1.0", "1e3", "true", "[]", "{}", "9007199254740992", "-9007199254740992",
                         "18446744073709551615", "99999999999999999999"})
    EXPECT_NE(why(R"({"jsonrpc":"2.0","method":"a","id":)" + std::string(id) + "}"), "") << id;
  EXPECT_NE(why(R"({"jsonrpc":"2.0","method":"a","id":")" + std::string(257, 'x') + "\"}"), "");
}

TEST(McpMessage, AnswersAreOneLine) {
  EXPECT_EQ(answer_line(1, {{"text", "a\nb"}}), "{\"id\":1,\"jsonrpc\":\"2.0\",\"result\":{\"text\":\"a\\nb\"}}\n");
  EXPECT_EQ(error_line(nullptr, Rpc::kParseError, "is not \xff"),
            "{\"error\":{\"code\":-32700,\"message\":\"is not \xEF\xBF\xBD\"},\"id\":null,\"jsonrpc\":\"2.0\"}\n");
}

/// What Lines makes of pieces: each line, and `!` for a line that is too long.
std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
  Lines lines;
  std::vector<std::string> found;
  std::string line;
  for (const std::string& piece : pieces) {
    lines.add(piece);
    for (auto next = lines.take(line); next != Lines::Next::kNothing; next = lines.take(line))
      found.push_back(next == Lines::Next::kLine ? line : "!");
  }
  return found;
}

using Found = std::vector<std::string>;

TEST(McpLines, JoinsPieces) { EXPECT_EQ(lines_of({"ab", "c\nd", "", "\n\ne"}), (Found{"abc", "d", ""})); }

TEST(McpLines, SkipsALineThatIsTooLongAndSaysSoOnce) {
  const std::string piece(kLongestLine / 2 + 1, 'x');
  EXPECT_EQ(lines_of({piece, piece, piece, piece, "y\nz\n"}), (Found{"!", "z"}));
  EXPECT_EQ(lines_of({piece + piece + "\nz\n"}), (Found{"!", "z"}));
  EXPECT_EQ(lines_of({std::string(kLongestLine, 'x') + "\n"}).front().size(), kLongestLine);
}

}  // namespace
}  // namespace immure::cli::mcp
