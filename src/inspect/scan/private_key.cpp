#include "inspect/scan/private_key.hpp"

#include <algorithm>
#include <array>

#include "text/base64.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kShortest = 44, kLongest = 64 * 1024;

/// Skips white space, the two letters \n, \r and \t of a string literal, and quotes and joints of such literals.
void skip_breaks(std::string_view& text) {
  while (!text.empty()) {
    const bool escape = text.size() > 1 && text[0] == '\\' && (text[1] == 'n' || text[1] == 'r' || text[1] == 't');
    if (escape) {
      text.remove_prefix(2);
    } else if (std::string_view(" \t\r\n\"',.;\\#*>").find(text[0]) != std::string_view::npos ||
               (text[0] == '+' && text.size() > 1 &&
                std::string_view(" \t\r\n\"'").find(text[1]) != std::string_view::npos)) {
      text.remove_prefix(1);
    } else {
      return;
    }
  }
}

/// Skips lines such as `Proc-Type: 4,ENCRYPTED`. Returns whether one of them says that the key is encrypted.
bool skip_headers(std::string_view& text) {
  bool encrypted = false;
  while (true) {
    skip_breaks(text);
    const std::size_t end = std::min({text.find('\n'), text.find("\\n"), text.size()});
    const std::string_view line = text.substr(0, end);
    if (line.size() > 200 || line.find(": ") == std::string_view::npos) return encrypted;
    encrypted = encrypted || line.find("ENCRYPTED") != std::string_view::npos;
    text.remove_prefix(end);
  }
}

/// True if the bytes begin as keys do: a sequence of DER, the format of OpenSSH, or a packet of OpenPGP.
bool begins_as_key(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  return first == 0x30 || (first & 0x80U) != 0 || bytes.starts_with("openssh-key-v1");
}

}  // namespace

std::optional<std::string> private_key_body(std::string_view text) {
  const bool encrypted = skip_headers(text);
  std::string body;
  while (body.size() < kLongest) {
    skip_breaks(text);
    const std::size_t end = std::min(text.find_first_not_of(std::string(text::kBase64Digits) + "="), text.size());
    if (end == 0) break;
    body += text.substr(0, end);
    text.remove_prefix(end);
  }
  if (body.size() < kShortest) return std::nullopt;
  // Placeholders repeat a few letters.
  std::string letters = body.substr(0, kShortest);
  std::ranges::sort(letters);
  const auto repeated = std::ranges::unique(letters);
  constexpr std::size_t kFewest = 10;
  if (static_cast<std::size_t>(repeated.begin() - letters.begin()) < kFewest) return std::nullopt;
  const auto beginning = text::unbase64(std::string_view(body).substr(0, 40));
  if (!beginning || beginning->empty() || (!encrypted && !begins_as_key(*beginning))) return std::nullopt;
  return body;
}

}  // namespace immure::inspect
