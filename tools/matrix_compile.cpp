/// Turns matrix/acceptance.toml into C++ tables, so that no program parses TOML to know its own matrix.
/// Usage: matrix_compile acceptance.toml matrix_table.inc
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <toml++/toml.h>

#include "file/sha256.hpp"

namespace {

constexpr std::int64_t kTests = 45;
constexpr std::int64_t kFirstL1 = 24;
constexpr std::int64_t kLastL1 = 37;
constexpr int kSandboxOnly = 11;

/// A string literal without a length limit worth thinking about: one quoted line for each line of text.
std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n\"\n    \"";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + "\"";
}

[[noreturn]] void refuse(std::int64_t position, const std::string& what) {
  throw std::runtime_error("test " + std::to_string(position) + ": " + what);
}

std::string text_of(const toml::table& test, std::string_view key, std::int64_t position) {
  const auto value = test[key].value_exact<std::string>();
  if (!value || value->empty()) refuse(position, "needs text for " + std::string(key));
  return *value;
}

std::string row(const toml::table& test, std::int64_t position, int& sandbox_only) {
  static const std::set<std::string_view> kKnown{"number", "level", "title", "boundary", "passes_when", "sandbox_only"};
  static const std::set<std::string_view> kLevels{"P1", "L3", "L2", "L1", "EV"};
  for (const auto& [key, value] : test)
    if (!kKnown.contains(key.str())) refuse(position, "unknown key " + std::string(key.str()));
  if (test["number"].value_exact<std::int64_t>() != position) refuse(position, "numbers must be 1 to 45, in order");
  const auto sandbox = test["sandbox_only"].value_exact<bool>();
  if (!sandbox) refuse(position, "needs sandbox_only");
  sandbox_only += *sandbox ? 1 : 0;
  const std::string level = text_of(test, "level", position);
  if (!kLevels.contains(level)) refuse(position, "unknown level " + level);
  const bool needs_boundary = position >= kFirstL1 && position <= kLastL1;
  if (needs_boundary != test.contains("boundary")) refuse(position, "a boundary is for 24 to 37, and each has one");
  const std::string boundary = needs_boundary ? text_of(test, "boundary", position) : std::string();
  return "  {" + std::to_string(position) + ", " + literal(level) + ", " + literal(text_of(test, "title", position)) +
         ",\n   " + literal(text_of(test, "passes_when", position)) + ",\n   " + (*sandbox ? "true" : "false") + ", " +
         literal(boundary) + "},\n";
}

std::string compile(const std::string& text) {
  const toml::table document = toml::parse(text);
  const toml::array* tests = document["test"].as_array();
  if (tests == nullptr || document.size() != 1)
    throw std::runtime_error("wants an array of tables `test` and nothing else");
  if (tests->size() != static_cast<std::size_t>(kTests)) throw std::runtime_error("wants 45 tests");
  std::string rows;
  int sandbox_only = 0;
  std::int64_t position = 0;
  for (const toml::node& node : *tests) rows += row(*node.as_table(), ++position, sandbox_only);
  if (sandbox_only != kSandboxOnly) throw std::runtime_error("eleven tests are sandbox_only");
  return "// Made from matrix/acceptance.toml by matrix_compile.\nconstexpr std::array<MatrixTest, 45> kTests{{\n" +
         rows + "}};\nconstexpr std::string_view kToml =\n    " + literal(text) +
         ";\nconstexpr std::string_view kTomlSha256 = \"" + immure::file::sha256_hex(text) + "\";\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: matrix_compile acceptance.toml matrix_table.inc\n", stderr);
    return 64;
  }
  try {
    std::ifstream in(argv[1], std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw std::runtime_error("cannot be read");
    std::ofstream out(argv[2], std::ios::binary);
    out << compile(text.str());
    out.close();
    return out ? 0 : 74;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "matrix_compile: %s: %s\n", argv[1], error.what());
    return 65;
  }
}
