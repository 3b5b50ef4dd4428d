/// What an inspection of one file yields, as values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "file/sha256.hpp"
#include "inspect/rule.hpp"

namespace immure::inspect {

/// Longest text of what was seen; longer ones are cut.
inline constexpr std::size_t kMaxSeen = 400;
/// Longest path of a member, all its containers together; longer ones are cut.
inline constexpr std::size_t kMaxMemberPath = 8192;

struct Finding {
  std::uint16_t rule = 0;                ///< index into the RuleSet: built-in rules first, then the compiled ones
  std::string member;                    ///< bytes of `b.tar!/c` within the file; empty: the file itself
  std::string seen;                      ///< bytes, not yet escaped
  std::uint64_t offset = 0, length = 0;  ///< where in the file or member; length 0: as a whole

  friend bool operator==(const Finding&, const Finding&) = default;
};

enum class MemberKind : std::uint8_t { kFile, kDirectory, kLink, kHardLink, kSpecial };

/// An entry of a container.
struct Member {
  std::string path;  ///< bytes of `b.tar!/c`
  MemberKind kind = MemberKind::kFile;
  std::uint16_t type = 0;              ///< index into file_types()
  std::uint64_t size = 0;              ///< bytes that came out
  std::optional<file::Digest> sha256;  ///< of a regular member that was read to its end
};

/// Everything the parsers say of one file.
struct FileResult {
  std::uint16_t type = 0;
  std::vector<Finding> findings;
  std::vector<Member> members;
  bool walked = false;         ///< a container was opened
  std::uint64_t expanded = 0;  ///< bytes that came out of it, all layers together

  void add(Rule rule, std::string member, std::string seen, std::uint64_t offset = 0, std::uint64_t length = 0) {
    if (seen.size() > kMaxSeen) seen.resize(kMaxSeen);
    findings.push_back({static_cast<std::uint16_t>(rule), std::move(member), std::move(seen), offset, length});
  }
};

}  // namespace immure::inspect
