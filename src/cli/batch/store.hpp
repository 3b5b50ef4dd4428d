/// The directory of --out. While a run works, its results have their names in `immure-batch/work`. Results get their
/// names in --out only when they are whole and on the disk, and when the journal says so.
///
///     NAME/                         what the program wrote
///     NAME.evidence.json
///     immure-batch/plan.json        what the batch was asked to do
///     immure-batch/journal          which runs have ended
///     immure-batch/manifest.json    the signed list of all runs
///     immure-batch/logs/NAME.stdout, NAME.stderr
///     immure-batch/attempts/N/      the results of attempts that were not the last
///     immure-batch/work/            results of runs that have not ended
#pragma once

#include <string>
#include <vector>

#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli {

class BatchStore {
 public:
  /// `output` is the directory of --out, open for reading, and `path` is its path for messages. Makes `immure-batch`
  /// and its directories. Error kSystem.
  [[nodiscard]] static Result<BatchStore> open(sys::Fd output, const std::string& path);

  /// Where a run puts its results. The path is that of --out, because messages and evidence name the final place.
  [[nodiscard]] const file::HeldDirectory& work() const { return work_; }
  [[nodiscard]] const sys::Fd& own() const { return own_; }
  [[nodiscard]] const sys::Fd& logs() const { return logs_; }
  [[nodiscard]] const sys::Fd& output() const { return output_; }
  /// The path of a file in `immure-batch`, for messages.
  [[nodiscard]] std::string own_path(std::string_view name) const;

  /// True if the run has an output: its program was started.
  [[nodiscard]] bool has_output(const std::string& name) const;
  /// The SHA-256 of the evidence that a run has just written; empty if there is none.
  [[nodiscard]] std::string evidence_digest(const std::string& name) const;
  /// Writes everything that the runs have written to the disk. Error kSystem.
  [[nodiscard]] Result<void> flush() const;
  /// Gives the results of a run their names in --out. Evidence comes last, so that evidence without its output is never
  /// there. Results that already have their names there stay. Error kBadInput if something else has the name.
  [[nodiscard]] Result<void> publish(const std::string& name) const;
  /// Moves the results of a run, wherever they are, to `attempts`, and its logs with them. Without results, the logs
  /// stay. Loses nothing. Error kSystem.
  [[nodiscard]] Result<void> set_aside(const std::string& name) const;
  /// Removes what runs that were ended early have left in `work`.
  void drop_unfinished() const;
  /// Removes the directories of the batch that are empty, and --out's entry of them is on the disk. Error kSystem.
  [[nodiscard]] Result<void> finish() const;

 private:
  BatchStore(sys::Fd output, sys::Fd own, sys::Fd work, sys::Fd logs, std::string path);
  sys::Fd output_, own_, logs_;
  file::HeldDirectory work_;
  std::string path_;
};

}  // namespace immure::cli
