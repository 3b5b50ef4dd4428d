/// Compares the outputs on disk with the subjects of a statement.
#pragma once

#include <string>
#include <vector>

#include "evidence/evidence.hpp"
#include "judge/judge.hpp"
#include "sys/error.hpp"

namespace immure::verify {

/// Reports what differs between `directory` and the statement: a file is missing, has no subject, has another digest,
/// or is no regular file. The list is empty if every subject is in the directory with its digest and nothing else is
/// there. Follows no link and opens each file once. Directories count only through their contents. Error kBadInput or
/// kSystem: the directory cannot be opened, listed or read.
[[nodiscard]] Result<std::vector<judge::Finding>> compare_artifacts(const std::string& directory,
                                                                    const evidence::Statement& statement);

/// True if the statement's only subject is its plan, because the run had no output.
[[nodiscard]] bool without_output(const evidence::Statement& statement);

}  // namespace immure::verify
