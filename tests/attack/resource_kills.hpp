/// Kills one process of a run at one moment of it, as the kernel does when memory has run out.
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
  std::string victim;            ///< a role, as the tracer has them
  bool with_its_memory = false;  ///< and every process that shares its memory
};
[[nodiscard]] std::string name(const Kill& kill);

/// Each process that is there at the gate, at the exec, during the payload, at the harvest and when the evidence is
/// signed.
[[nodiscard]] std::vector<Kill> kills_of(const std::function<faults::Settings()>& prepared);

/// Nothing if the victim was not there.
[[nodiscard]] std::optional<Ended> run_with(faults::Settings settings, const Kill& kill);

}  // namespace immure::attack
