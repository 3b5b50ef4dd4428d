/// What the inspection of one file yields, as values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "file/sha256.hpp"
#include "inspect/scan/rule.hpp"

namespace immure::inspect {

/// The longest text of what was seen, in bytes; the scanner cuts longer ones.
inline constexpr std::size_t kMaxSeen = 400;
/// The longest description by libmagic, in bytes; the scanner cuts longer ones.
inline constexpr std::size_t kMaxDescription = 200;
/// The longest path of a member, in bytes, with all its containers; the scanner cuts longer ones.
inline constexpr std::size_t kMaxMemberPath = 8192;

struct Finding {
  /// An index into the RuleSet: built-in rules come first, then the compiled ones.
  std::uint16_t rule = 0;
  std::string member;  ///< the bytes of `b.tar!/c` within the file; empty for the file itself
  std::string seen;    ///< as bytes that are not escaped yet
  /// The place in the file or member. Length 0 means the file or member as a whole.
  std::uint64_t offset = 0, length = 0;

  friend bool operator==(const Finding&, const Finding&) = default;
};

/// The scanners that look at contents. Each is a bit of Covered::by.
enum class Scanner : std::uint8_t {
  kType,       ///< our own table of magic bytes, and whether the name fits the type
  kText,       ///< bidirectional controls; only in texts
  kRules,      ///< libyara
  kSecrets,    ///< rules for secrets; only in texts
  kElf,        ///< only in ELF files
  kContainer,  ///< libarchive; the bit means that the container was read to its end
  kMagic,      ///< libmagic; only for files that our own table does not know
  kCount,
};
[[nodiscard]] constexpr std::uint8_t bit(Scanner scanner) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(scanner));
}

/// What was done with one content, which is a file or a member.
struct Covered {
  std::uint8_t by = 0;         ///< the scanners that finished
  std::uint64_t analysed = 0;  ///< the bytes at its beginning that the rules saw
  std::uint64_t unpacked = 0;  ///< the bytes beyond these that were read because the content is a container
  friend bool operator==(const Covered&, const Covered&) = default;
};
/// What was done with the content of this number: 0 is the file itself, n is its nth member.
struct CoveredContent {
  std::uint32_t number = 0;
  Covered covered;
  std::string description = {};  ///< by libmagic, as bytes that are not escaped yet
};

enum class MemberKind : std::uint8_t { kFile, kDirectory, kLink, kHardLink, kSpecial };

/// An entry of a container.
struct Member {
  std::string path;  ///< the bytes of `b.tar!/c`
  MemberKind kind = MemberKind::kFile;
  std::uint16_t type = 0;  ///< an index into file_types()
  std::uint64_t size = 0;  ///< the number of unpacked bytes
  /// The digest of a regular member that was read to its end.
  std::optional<file::Digest> sha256;
  Covered covered{};
  std::string description{};  ///< as in CoveredContent
};

/// Everything that the parsers say about one file.
struct FileResult {
  std::uint16_t type = 0;
  std::vector<Finding> findings;
  std::vector<Member> members;
  std::uint32_t members_before = 0;    ///< the number of members that were sent before these
  Covered covered;                     ///< for the file itself
  std::string description;             ///< for the file itself
  std::vector<CoveredContent> covers;  ///< gathered as they become known, to be sent
  bool walked = false;                 ///< a container was opened
  std::uint64_t expanded = 0;          ///< the bytes that were unpacked from it, all layers together

  void add(Rule rule, std::string member, std::string seen, std::uint64_t offset = 0, std::uint64_t length = 0) {
    if (seen.size() > kMaxSeen) seen.resize(kMaxSeen);
    findings.push_back({static_cast<std::uint16_t>(rule), std::move(member), std::move(seen), offset, length});
  }
};

}  // namespace immure::inspect
