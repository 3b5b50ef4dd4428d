/// What a relying party expects of a run: which program, with which arguments, on which input, how the program ended,
/// and which immure made the evidence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evidence/evidence.hpp"
#include "judge/judge.hpp"

namespace immure::verify {

/// What is empty or absent demands nothing.
struct Expectation {
  std::vector<std::string> programs;                  ///< paths, last components of paths, or digests of the file
  std::optional<std::vector<std::string>> arguments;  ///< exactly these, without the program's own name
  std::vector<std::string> inputs;                    ///< digests of the input's manifest
  std::vector<int> exit_codes;
  std::vector<std::string> launchers;  ///< digests of the immure that made the evidence
};

/// Who expects this, and so which reason codes say that the run is another.
enum class ExpectedBy : std::uint8_t { kRequest, kPolicy };

/// Returns the first thing that is not as expected; nullopt if there is none. A run without a payload meets no
/// expectation of arguments or of an exit code.
[[nodiscard]] std::optional<judge::Finding> check_expectation(const Expectation& expected, ExpectedBy by,
                                                              const evidence::Evidence& evidence);

}  // namespace immure::verify
