/// The messages that coordinator and workers send each other over pipes. A worker may be under an attacker's control,
/// so the coordinator limits and checks everything that a worker says before using it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inspect/scan/findings.hpp"

namespace immure::inspect::wire {

/// The longest message, without its length prefix, in bytes. A finding or member fits, because its texts have limits.
inline constexpr std::uint32_t kMaxMessage = 64 * 1024;

enum class Kind : std::uint8_t { kType, kFinding, kMember, kCovered, kExpanded, kDigest, kDone, kReady };

/// One file to inspect, as the scan saw it.
struct Job {
  std::uint32_t number = 0;
  std::uint64_t inode = 0, size = 0;
  std::int64_t mtime_ns = 0;
  bool containers = true;  ///< false once the run has unpacked as many bytes as it may
  std::string path;
};

/// Appends one message to `out`. append_expanded() also says that a container was opened.
void append_job(std::string& out, const Job& job);
void append_type(std::string& out, std::uint16_t type);
void append_finding(std::string& out, const Finding& finding);
void append_member(std::string& out, const Member& member);
void append_covered(std::string& out, const CoveredContent& content);
void append_expanded(std::string& out, std::uint64_t bytes);
void append_digest(std::string& out, const file::Digest& digest);
/// Says that the job is done, and that no more messages about it follow.
void append_done(std::string& out, std::uint32_t job);

/// Says that the worker has restricted itself. This is a worker's first message.
void append_ready(std::string& out);

/// Takes the first whole message off `buffer`. nullopt if there is none yet. A message longer than kMaxMessage sets
/// `broken`.
[[nodiscard]] std::optional<std::string_view> next(std::string_view& buffer, bool& broken);

/// Reads the content of one message; nullopt if it is malformed.
[[nodiscard]] std::optional<Job> read_job(std::string_view message);

/// What a worker has said about its current job so far.
struct Said {
  FileResult result;
  std::optional<file::Digest> digest;
  std::optional<std::uint32_t> done;  ///< the number of the finished job
  bool ready = false;
};
/// Adds one message to `said`. Returns false if the message is malformed, or names a rule or type that does not exist.
[[nodiscard]] bool accept(std::string_view message, std::size_t rules, Said& said);

}  // namespace immure::inspect::wire
