/// Says what a run was and how it ended, for every result that a program reads.
#pragma once

#include <cstdint>

#include "evidence/evidence.hpp"
#include "text/json_writer.hpp"

namespace immure::verify {

/// How many calls of the program could not succeed in its cell; for a statement: in all its cells together.
[[nodiscard]] std::uint64_t refused_calls(const evidence::Evidence& evidence);
[[nodiscard]] std::uint64_t refused_calls(const evidence::Statement& statement);

/// Writes an object about the run: what ran, on what, where and when; the exit code or the signal; the limits that were
/// hit, the calls that could not succeed, the outputs that were lost, and the keys that widened the cell. What the
/// evidence does not have is not there. Everything from the evidence is escaped.
void write_run(text::JsonWriter& json, const evidence::Statement& statement);

}  // namespace immure::verify
