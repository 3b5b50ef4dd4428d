/// The journal of a batch: which runs have ended, so that a batch that was killed can go on.
///
/// Each line of the journal is a record with a checksum in front. A power failure can leave a part of the last line;
/// the reader drops such a part. A record is written, and is on the disk, before the outputs of its run get their names
/// in --out. So a run with a record is never repeated, and the results of a run without one are never in the way.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "evidence/fields.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli {

/// How one attempt of a run ended.
struct RunRecord {
  std::uint32_t attempt = 1;
  std::int32_t code = 0;  ///< the exit code that `immure run` would have had
  std::uint64_t duration_ms = 0;
  std::string ended_on;         ///< UTC
  std::string evidence_sha256;  ///< of the file; empty if the run left no evidence
  std::string input_sha256;  ///< of the input's manifest, as in the evidence; empty if the run did not read its input
  bool last = true;          ///< false: the run will be tried once more
  std::string name;
  bool started = false;  ///< the program was started; false: the run was BLOCKED
  std::string words;     ///< the message of a run that did not end with 0; may be empty
};

template <class T>
  requires std::is_same_v<std::remove_const_t<T>, RunRecord>
void visit(auto& v, T& x) {
  v("attempt", x.attempt);
  v("code", x.code);
  v("durationMs", x.duration_ms);
  v("endedOn", x.ended_on);
  evidence::hash(v, "evidenceSha256", x.evidence_sha256);
  evidence::hash(v, "inputManifestSha256", x.input_sha256);
  v("last", x.last);
  v("name", x.name);
  v("started", x.started);
  v("words", x.words);
}

/// What the bytes of a journal say.
struct Replay {
  std::string plan_sha256;  ///< of the plan to which the journal belongs; empty if no whole line is there
  std::vector<RunRecord> records;
  std::size_t whole_bytes = 0;  ///< where the first line begins that is not whole
};

/// Reads a journal up to the first line that is not whole. Error kBadInput if whole lines follow that line: a power
/// failure leaves no such journal, so somebody or a broken disk has changed the journal.
[[nodiscard]] Result<Replay> replay(std::string_view bytes, const std::string& shown);

/// The lines of a new journal, and of one record.
[[nodiscard]] std::string journal_begin(std::string_view plan_sha256);
[[nodiscard]] std::string journal_line(const RunRecord& record);

class Journal {
 public:
  /// Opens the journal in the directory, or makes the journal, and cuts off a part of a line. Errors: those of
  /// replay(); kBadInput if the journal belongs to another plan; kSystem.
  [[nodiscard]] static Result<Journal> open(const sys::Fd& directory, const std::string& shown,
                                            const std::string& plan_sha256);
  /// The records that were there when the journal was opened.
  [[nodiscard]] const std::vector<RunRecord>& records() const { return records_; }
  /// Appends the records. They are on the disk when the function returns. Error kSystem.
  [[nodiscard]] Result<void> add(std::span<const RunRecord> records);

 private:
  Journal(sys::Fd file, std::string shown) : file_(std::move(file)), shown_(std::move(shown)) {}
  [[nodiscard]] Result<void> append(std::string_view lines);
  sys::Fd file_;
  std::string shown_;
  std::vector<RunRecord> records_;
};

}  // namespace immure::cli
