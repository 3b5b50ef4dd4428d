/// What coordinator and workers say to each other over pipes. A worker may be in an attacker's hands: everything it
/// says is bounded and checked before it is believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inspect/scan/findings.hpp"

namespace immure::inspect::wire {

/// Longest message after its length; a finding or member fits well (its texts are bounded).
inline constexpr std::uint32_t kMaxMessage = 64 * 1024;

enum class Kind : std::uint8_t { kType, kFinding, kMember, kCovered, kExpanded, kDigest, kDone, kReady };

/// One file to look at, as the scan saw it.
struct Job {
  std::uint32_t number = 0;
  std::uint64_t inode = 0, size = 0;
  std::int64_t mtime_ns = 0;
  bool containers = true;  ///< false: what the run may expand is used up
  std::string path;
};

/// Appends one message to `out`. append_expanded also says that a container was opened.
void append_job(std::string& out, const Job& job);
void append_type(std::string& out, std::uint16_t type);
void append_finding(std::string& out, const Finding& finding);
void append_member(std::string& out, const Member& member);
void append_covered(std::string& out, const CoveredContent& content);
void append_expanded(std::string& out, std::uint64_t bytes);
void append_digest(std::string& out, const file::Digest& digest);
/// The job is done. Nothing more comes for it.
void append_done(std::string& out, std::uint32_t job);

/// The worker has walled itself in; the first thing it says.
void append_ready(std::string& out);

/// Takes the first whole message off `buffer`. nullopt: none yet. A message longer than kMaxMessage sets `broken`.
[[nodiscard]] std::optional<std::string_view> next(std::string_view& buffer, bool& broken);

/// The content of one message; nullopt if it is not well-formed.
[[nodiscard]] std::optional<Job> read_job(std::string_view message);

/// What a worker has said of its current job so far.
struct Said {
  FileResult result;
  std::optional<file::Digest> digest;
  std::optional<std::uint32_t> done;  ///< number of the finished job
  bool ready = false;
};
/// Adds one message to `said`. False if it is not well-formed, or names a rule or type that does not exist.
[[nodiscard]] bool accept(std::string_view message, std::size_t rules, Said& said);

}  // namespace immure::inspect::wire
