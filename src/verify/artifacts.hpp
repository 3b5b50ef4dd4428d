/// The outputs on disk against the subjects of a statement.
#pragma once

#include <string>
#include <vector>

#include "evidence/evidence.hpp"
#include "judge/judge.hpp"
#include "sys/error.hpp"

namespace immure::verify {

/// What differs between `directory` and the statement: a file that is missing, not named, other than signed, or no
/// regular file. Empty when every subject is there with its digest and nothing else is. Follows no link and opens each
/// file once; directories count only through what is in them. Errors: the directory cannot be opened, walked or read.
[[nodiscard]] Result<std::vector<judge::Finding>> compare_artifacts(const std::string& directory,
                                                                    const evidence::Statement& statement);

/// True if the statement's one subject is its plan: the run had no output.
[[nodiscard]] bool without_output(const evidence::Statement& statement);

}  // namespace immure::verify
