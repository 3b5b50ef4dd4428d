/// Compares the outputs on disk with the subjects of a statement.
#pragma once

#include <string>
#include <vector>

#include "evidence/evidence.hpp"
#include "judge/judge.hpp"
#include "sys/error.hpp"

namespace immure::verify {

/// What the comparison of a directory with a statement found.
struct ArtifactComparison {
  /// What differs: a file is missing, has no subject, has another digest, or is no regular file.
  std::vector<judge::Finding> findings;
  /// The signed streams (`stdout`, `stderr`) of which the directory holds no file, so that nothing was compared.
  std::vector<std::string> not_compared;
};

/// Compares `directory` with the subjects of the statement. Follows no link and opens each file once. Directories count
/// only through their contents. Error kBadInput or kSystem: the directory cannot be opened, listed or read.
[[nodiscard]] Result<ArtifactComparison> compare_artifacts(const std::string& directory,
                                                           const evidence::Statement& statement);

/// True if the statement's only subject is its plan, because the run had no output.
[[nodiscard]] bool without_output(const evidence::Statement& statement);

}  // namespace immure::verify
