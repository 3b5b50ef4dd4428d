/// Turns matrix/acceptance.toml into C++ tables, so that no program has to parse TOML to know its own matrix.
/// Usage: matrix_compile acceptance.toml matrix_table.inc
#include <cstdint>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "file/sha256.hpp"
#include "file/toml.hpp"
#include "table_compiler.hpp"

namespace {

using immure::file::TomlArray;
using immure::file::TomlTable;
using immure::tools::literal;
using immure::tools::value_of;

/// How many tests the acceptance profile `packet` has, and the numbers of the tests that can replace one of these
/// tests.
constexpr std::int64_t kPacketTests = 45;
constexpr std::int64_t kReplacing[] = {46, 47, 48};
constexpr std::int64_t kTests = kPacketTests + std::size(kReplacing);
constexpr std::int64_t kFirstL1 = 24;
constexpr std::int64_t kLastL1 = 37;
constexpr int kSandboxOnly = 11;

[[noreturn]] void refuse(std::int64_t position, const std::string& what) {
  throw std::runtime_error("test " + std::to_string(position) + ": " + what);
}

std::string text_of(const TomlTable& test, std::string_view key, std::int64_t position) {
  const auto* value = value_of<std::string>(test, key);
  if (value == nullptr || value->empty()) refuse(position, "needs text for " + std::string(key));
  return *value;
}

/// The number of the test that this test replaces; 0 for a test of the acceptance profile `packet`.
std::int64_t replaced(const TomlTable& test, std::int64_t position) {
  const auto* number = value_of<std::int64_t>(test, "in_place_of");
  if (position <= kPacketTests) {
    if (test.contains("in_place_of")) refuse(position, "takes the place of no other test");
    return 0;
  }
  if (number == nullptr || *number < kFirstL1 || *number > kLastL1)
    refuse(position, "needs in_place_of, from 24 to 37");
  return *number;
}

std::string row(const TomlTable& test, std::int64_t position, int& sandbox_only) {
  static const std::set<std::string_view> kKnown{"number",      "level",        "title",      "boundary",
                                                 "passes_when", "sandbox_only", "in_place_of"};
  static const std::set<std::string_view> kLevels{"P1", "L3", "L2", "L1", "EV"};
  for (const auto& [key, value] : test)
    if (!kKnown.contains(key)) refuse(position, "unknown key " + key);
  const auto* number = value_of<std::int64_t>(test, "number");
  if (number == nullptr || *number != position) refuse(position, "numbers must be 1 to 48, in order");
  const auto* sandbox = value_of<bool>(test, "sandbox_only");
  if (sandbox == nullptr) refuse(position, "needs sandbox_only");
  sandbox_only += *sandbox ? 1 : 0;
  const std::string level = text_of(test, "level", position);
  if (!kLevels.contains(level)) refuse(position, "unknown level " + level);
  const std::int64_t in_place_of = replaced(test, position);
  const bool needs_boundary = (position >= kFirstL1 && position <= kLastL1) || in_place_of != 0;
  if (needs_boundary != test.contains("boundary"))
    refuse(position, "a boundary is for the tests of the sandbox, and each has one");
  const std::string boundary = needs_boundary ? text_of(test, "boundary", position) : std::string();
  return "  {" + std::to_string(position) + ", " + literal(level) + ", " + literal(text_of(test, "title", position)) +
         ",\n   " + literal(text_of(test, "passes_when", position)) + ",\n   " + (*sandbox ? "true" : "false") + ", " +
         literal(boundary) + ", " + std::to_string(in_place_of) + "},\n";
}

std::string compile(const std::string& text) {
  const auto document = immure::file::parse_toml(text, "acceptance.toml");
  if (!document) throw std::runtime_error(immure::to_text(document.error()));
  const auto* tests = value_of<TomlArray>(*document, "test");
  if (tests == nullptr || document->size() != 1)
    throw std::runtime_error("wants an array of tables `test` and nothing else");
  if (tests->size() != static_cast<std::size_t>(kTests))
    throw std::runtime_error("wants 45 tests and two that take the place of one");
  std::string rows;
  int sandbox_only = 0;
  std::int64_t position = 0;
  for (const immure::file::TomlNode& node : *tests) {
    const auto* test = node.get<TomlTable>();
    if (test == nullptr) refuse(position + 1, "must be a table");
    ++position;
    rows += row(*test, position > kPacketTests ? kReplacing[position - kPacketTests - 1] : position, sandbox_only);
  }
  if (sandbox_only != kSandboxOnly) throw std::runtime_error("eleven tests are sandbox_only");
  return "// Made from matrix/acceptance.toml by matrix_compile.\nconstexpr std::array<MatrixTest, 48> kTests{{\n" +
         rows + "}};\nconstexpr std::string_view kToml =\n    " + literal(text) +
         ";\nconstexpr std::string_view kTomlSha256 = \"" + immure::file::sha256_hex(text) + "\";\n";
}

}  // namespace

int main(int argc, char** argv) { return immure::tools::compile_file(argc, argv, compile); }
