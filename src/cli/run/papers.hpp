/// The files that a run reads and writes besides its input and its output: key, evidence, standard output, result.
#pragma once

#include <optional>
#include <string>

#include "cli/run/directories.hpp"
#include "cli/run/inputs.hpp"
#include "cli/run/json_sink.hpp"
#include "cli/run/launch.hpp"
#include "file/place.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Where the key is and where the other files are or will go. immure holds the directory of each file from now on, and
/// never resolves the path of the directory again. The venue checks that the key is usable before it starts anything.
struct Papers {
  /// `key` is the private key, and `signer_key` is the public key that belongs to --signer. At most one of the two is
  /// set.
  std::optional<file::Place> key, signer_key, evidence, standard_output, standard_input;
};

/// The path of the evidence, or nothing if no evidence is wanted.
[[nodiscard]] std::optional<std::string> evidence_path(const Launch& wanted);

/// Finds the directories of all these files. Error kBadInput if a file lies in the input or the output, if a file would
/// be overwritten without --replace, or if two of these files are the same file.
[[nodiscard]] Result<Papers> papers_of(const Launch& wanted, const HeldInput& input, const OutputDirectory& output);

/// Error kBadInput if `one` and `other` are the same file. `what` is the name of `other` in the message.
[[nodiscard]] Result<void> check_different(const file::Place& one, const file::Place& other, const std::string& what);

/// Error kBadInput if the file at `place` lies in the input or the output, or is another file of the run. `what` is its
/// name in the message.
[[nodiscard]] Result<void> check_apart_from_papers(const file::Place& place, const std::string& what,
                                                   const Papers& papers, const HeldInput& input,
                                                   const OutputDirectory& output);

/// Error kBadInput if the file of --result lies in the input or the output, or is another file of the run.
[[nodiscard]] Result<void> check_result_apart(const JsonSink& sink, const Papers& papers, const HeldInput& input,
                                              const OutputDirectory& output);

}  // namespace immure::cli
