/// Appraises a whole batch: each run by its evidence, and the completeness of the batch by its signed manifest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/request.hpp"
#include "verify/result.hpp"

namespace immure::verify {

enum class RunState : std::uint8_t {
  kAccepted,
  kRejected,
  kBlocked,
  kMissing,  ///< the manifest lists the input, and there is no evidence of its run
  kExtra,    ///< the directory has something that belongs to no run of the manifest
};
[[nodiscard]] std::string_view name(RunState state);  ///< `ACCEPTED`, …, `missing`, `extra`

struct BatchRow {
  std::string name;   ///< of the run, or of what is extra
  std::string input;  ///< as the operator named it
  RunState state = RunState::kBlocked;
  std::optional<std::int32_t> exit_code;
  std::string words;  ///< why the run is not accepted
};

struct BatchResult {
  /// Why nothing can be said about the batch; empty if the manifest was read and its signature holds.
  std::string problem;
  std::string batch_id, began_on, finished_on;
  std::size_t inputs = 0;      ///< in the manifest
  std::vector<BatchRow> rows;  ///< a row for each input, sorted by name, and then a row for each thing that is extra
};

/// kRejected if a run is rejected; else kBlocked if anything is missing, extra or BLOCKED, or if nothing could be read.
[[nodiscard]] Verdict verdict_of(const BatchResult& result);

/// The result if nothing was read.
[[nodiscard]] BatchResult batch_not_read(std::string problem);

/// Appraises the batch whose --out is the working directory. Every run must have the evidence that the manifest names,
/// signed with the key of the manifest, about the input that the manifest names; no two runs may have the same
/// evidence; and nothing else may lie there.
[[nodiscard]] BatchResult appraise_batch(const Request& request);

}  // namespace immure::verify
