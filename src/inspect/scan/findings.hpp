/// What an inspection of one file yields, as values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "file/sha256.hpp"
#include "inspect/scan/rule.hpp"

namespace immure::inspect {

/// Longest text of what was seen; longer ones are cut.
inline constexpr std::size_t kMaxSeen = 400;
/// Longest description by libmagic; longer ones are cut.
inline constexpr std::size_t kMaxDescription = 200;
/// Longest path of a member, all its containers together; longer ones are cut.
inline constexpr std::size_t kMaxMemberPath = 8192;

struct Finding {
  std::uint16_t rule = 0;                ///< index into the RuleSet: built-in rules first, then the compiled ones
  std::string member;                    ///< bytes of `b.tar!/c` within the file; empty: the file itself
  std::string seen;                      ///< bytes, not yet escaped
  std::uint64_t offset = 0, length = 0;  ///< where in the file or member; length 0: as a whole

  friend bool operator==(const Finding&, const Finding&) = default;
};

/// What looks at a content; each is a bit of Covered::by.
enum class Scanner : std::uint8_t {
  kType,       ///< the own table of magic bytes, and the name against it
  kText,       ///< bidirectional controls; texts alone
  kRules,      ///< libyara
  kSecrets,    ///< rules for secrets; texts alone
  kElf,        ///< ELF files alone
  kContainer,  ///< libarchive, to the container's end
  kMagic,      ///< libmagic; what the own table does not know
  kCount,
};
[[nodiscard]] constexpr std::uint8_t bit(Scanner scanner) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(scanner));
}

/// What was done with one content, be it file or member.
struct Covered {
  std::uint8_t by = 0;         ///< the scanners that came to their end
  std::uint64_t analysed = 0;  ///< bytes from its beginning that the rules saw
  std::uint64_t unpacked = 0;  ///< bytes beyond, read as a container to its end
  friend bool operator==(const Covered&, const Covered&) = default;
};
/// Number 0 is the file itself, n its nth member.
struct CoveredContent {
  std::uint32_t number = 0;
  Covered covered;
  std::string description = {};  ///< libmagic's; bytes, not yet escaped
};

enum class MemberKind : std::uint8_t { kFile, kDirectory, kLink, kHardLink, kSpecial };

/// An entry of a container.
struct Member {
  std::string path;  ///< bytes of `b.tar!/c`
  MemberKind kind = MemberKind::kFile;
  std::uint16_t type = 0;              ///< index into file_types()
  std::uint64_t size = 0;              ///< bytes that came out
  std::optional<file::Digest> sha256;  ///< of a regular member that was read to its end
  Covered covered{};
  std::string description{};  ///< as in CoveredContent
};

/// Everything the parsers say of one file.
struct FileResult {
  std::uint16_t type = 0;
  std::vector<Finding> findings;
  std::vector<Member> members;
  std::uint32_t members_before = 0;    ///< members that were sent off before those
  Covered covered;                     ///< of the file itself
  std::string description;             ///< the same
  std::vector<CoveredContent> covers;  ///< as they become known, to be sent off
  bool walked = false;                 ///< a container was opened
  std::uint64_t expanded = 0;          ///< bytes that came out of it, all layers together

  void add(Rule rule, std::string member, std::string seen, std::uint64_t offset = 0, std::uint64_t length = 0) {
    if (seen.size() > kMaxSeen) seen.resize(kMaxSeen);
    findings.push_back({static_cast<std::uint16_t>(rule), std::move(member), std::move(seen), offset, length});
  }
};

}  // namespace immure::inspect
