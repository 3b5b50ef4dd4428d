/// Pipelines on the command line: `PROGRAM A '|' PROGRAM B`.
#pragma once

#include <string>
#include <vector>

#include "cli/run/launch.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// The word between two programs if --pipe names no other.
inline constexpr std::string_view kPipeWord = "|";

/// Divides the words behind the options into programs with their arguments, at each word that equals `pipe`. Error
/// kUsage: a program is missing before or behind such a word, or there are more programs than a pipeline may have.
[[nodiscard]] Result<std::vector<ProgramCall>> split_pipeline(const std::vector<std::string>& words,
                                                              const std::string& pipe);

/// Error kUsage if an option does not fit a pipeline.
[[nodiscard]] Result<void> check_pipeline(const Launch& wanted);

/// What the user wants of each program: `wanted` with the program of the stage. Without a pipeline, `wanted` alone.
[[nodiscard]] std::vector<Launch> stages_of(const Launch& wanted);

/// Says in an error of the plan of a stage which stage this is. Also says how to give a program the word `|` as an
/// argument, because such a word makes a pipeline that nobody wanted.
[[nodiscard]] Error in_stage(const Launch& wanted, std::size_t index, Error error);

/// Writes into each plan its place in the pipeline. Only the first program reads the file of --stdin, and only the last
/// one writes to the file of --stdout. Error kBadInput if the plans do not have the same limits, because the limits
/// count for the pipeline as a whole, or if the limit of processes is too small for so many cells.
[[nodiscard]] Result<void> join_plans(std::vector<plan::Plan>& plans);

}  // namespace immure::cli
