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

/// Where the key lies and where the evidence will go. Both directories are held from now on, and nothing walks their
/// paths again. The venue checks whether the key can be used, before the venue starts anything.
struct Papers {
  /// `key`: of the private key. `signer_key`: of the public key that belongs to --signer. At most one of both is there.
  std::optional<file::Place> key, signer_key, evidence, standard_output, standard_input;
};

/// The path of the evidence, or nothing if no evidence is wanted.
[[nodiscard]] std::optional<std::string> evidence_path(const Launch& wanted);

/// Finds the directories of all these files. Error kBadInput if a file lies in the input or the output, if a file would
/// be overwritten without --replace, or if two of these files are the same file.
[[nodiscard]] Result<Papers> papers_of(const Launch& wanted, const HeldInput& input, const OutputDirectory& output);

/// Error kBadInput if the file of --result lies in the input or the output, or is another file of the run.
[[nodiscard]] Result<void> check_result_apart(const JsonSink& sink, const Papers& papers, const HeldInput& input,
                                              const OutputDirectory& output);

}  // namespace immure::cli
