#include "verify/launchers.hpp"

#include <cstdint>

#include "file/io.hpp"
#include "file/sha256.hpp"

namespace immure::verify {
namespace {

constexpr std::uint64_t kMostBytes = 1 << 20;
constexpr std::size_t kDigits = 64;

/// True for a line such as `DIGEST  immure` or `DIGEST *immure`.
bool is_entry(std::string_view line) {
  const std::string_view rest = line.substr(std::min(line.size(), kDigits));
  return file::is_sha256_hex(line.substr(0, kDigits)) && rest.size() > 2 && rest[0] == ' ' &&
         (rest[1] == ' ' || rest[1] == '*');
}

}  // namespace

Result<std::vector<std::string>> parse_launchers(std::string_view text, std::string_view file) {
  std::vector<std::string> digests;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.starts_with('#')) continue;
    if (!is_entry(line))
      return fail(Code::kBadInput, std::string(file) + ":" + std::to_string(number),
                  "is not a SHA-256 of 64 lower-case hex digits, two blanks and a name",
                  "`sha256sum FILE` prints such a line.");
    digests.emplace_back(line.substr(0, kDigits));
  }
  if (digests.empty())
    return fail(Code::kBadInput, std::string(file), "lists no launcher", "`sha256sum FILE` prints such a line.");
  return digests;
}

Result<void> expect_launchers(Request& request) {
  if (!request.launchers_path) return {};
  TRY(const std::string text, file::read_whole(*request.launchers_path, kMostBytes));
  TRY(request.expected.launchers, parse_launchers(text, *request.launchers_path));
  return {};
}

}  // namespace immure::verify
