/// Says in words what a run was and how it ended, for the text and for the reports.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::render {

/// The program and its arguments as a shell would take them. The text is raw; escape it before showing it.
[[nodiscard]] std::string command_words(const evidence::Evidence& evidence);

/// What the program could start besides itself: a path with its digest each, or the whole image. Raw; empty if nothing.
[[nodiscard]] std::vector<std::string> helper_words(const evidence::Evidence& evidence);

/// How the program ended: `exit code 0`, `killed by signal 9 (SIGKILL)`, or why it was never started. Raw.
[[nodiscard]] std::string end_words(const evidence::Evidence& evidence);

/// What the input was: its name, what it holds, and the beginning of its manifest's digest. Raw.
[[nodiscard]] std::string input_words(const evidence::Evidence& evidence);

/// What a reader of the verdict has to know about the run: a failed program, limits, refused calls, lost outputs,
/// widening keys. Raw; empty if there is nothing.
[[nodiscard]] std::vector<std::string> attention_words(const evidence::Evidence& evidence);

/// The same for a whole run. The programs of a pipeline have `|` between them. What was seen in a stage of a pipeline
/// begins with the number of the stage.
[[nodiscard]] std::string command_words(const evidence::Statement& statement);
[[nodiscard]] std::string end_words(const evidence::Statement& statement);
[[nodiscard]] std::vector<std::string> attention_words(const evidence::Statement& statement);

/// What a stage of a pipeline read from the stage before it and wrote to the next one. Raw; empty for a run that is no
/// pipeline.
[[nodiscard]] std::string pipe_words(const evidence::Evidence& stage);

/// `1 file`, `2 files`.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

/// `text` with the first digits alone of each SHA-256 in it: `c5e7ee8171e5…`.
[[nodiscard]] std::string short_digests(std::string_view text);

}  // namespace immure::render
