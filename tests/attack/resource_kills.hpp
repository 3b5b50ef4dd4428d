/// Kills one process of a run at one moment, as the kernel does when memory has run out.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "faults/tracer.hpp"
#include "limited.hpp"

namespace immure::attack {

struct Kill {
  std::string moment;  ///< for people
  faults::Point point;
  std::string victim;            ///< a role, in the tracer's words
  bool with_its_memory = false;  ///< also kill every process that shares its memory
};
[[nodiscard]] std::string name(const Kill& kill);

/// All kills to try: each process that exists at the gate, at the exec, during the payload, at the harvest, and when
/// the evidence is signed.
[[nodiscard]] std::vector<Kill> kills_of(const std::function<faults::Settings()>& prepared);

/// Makes a run with this kill. Returns nothing if the victim did not exist.
[[nodiscard]] std::optional<Ended> run_with(faults::Settings settings, const Kill& kill);

}  // namespace immure::attack
