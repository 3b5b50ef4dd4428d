/// Judges a run whose programs stand in a pipeline. A run without a pipeline has one stage.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "evidence/evidence.hpp"
#include "judge/judge.hpp"

namespace immure::judge {

using Stages = std::span<const evidence::Evidence* const>;

/// The JSON pointer of a stage in the predicate; empty for the last stage, which the predicate itself describes.
[[nodiscard]] std::string pointer_of(Stages stages, std::size_t index);

/// The moment up to which a stage of finished evidence came. If the payload never started, the supervisor did not
/// observe it at its first instruction, and the findings of an earlier moment say why.
[[nodiscard]] Moment moment_of(const evidence::Evidence& evidence);

/// Judges each stage of finished evidence. A row holds if it holds for each stage. Each finding says in which stage it
/// was made. Does not judge a stage that was never started because a stage before it does not hold; no verifier accepts
/// such a run. For one stage, returns the same as judge().
[[nodiscard]] Judgement judge_stages(Stages stages);

/// Returns why the stages do not make one pipeline: a stage is missing, doubled or of another run; two stages share a
/// namespace; or writer and reader of a pipe disagree about the bytes that went over the pipe. Returns nullopt if they
/// make one pipeline, and for a run without a pipeline. The attester calls this too, before it starts the programs.
[[nodiscard]] std::optional<Finding> check_stages(Stages stages);

}  // namespace immure::judge
