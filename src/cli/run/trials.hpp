/// Finds out in which venues a cell holds, by running immure itself in a cell of each venue. Tries all venues at once,
/// each in a process of its own.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "attest/start/choice.hpp"
#include "evidence/fields.hpp"

namespace immure::cli {

/// How a trial ended.
struct Trial {
  std::vector<std::string> blocked;  ///< why the cell does not hold; empty if the cell holds
  std::vector<evidence::Enforcement> limits;
  std::string runtime;  ///< the OCI runtime that was used, if a cell does not hold with the venue's default
  std::string venue;    ///< with its version
  [[nodiscard]] bool holds() const { return blocked.empty(); }
};

template <class T>
  requires std::is_same_v<std::remove_const_t<T>, Trial>
void visit(auto& v, T& x) {
  v("blocked", x.blocked);
  v("limits", x.limits);
  v("runtime", x.runtime);
  v("venue", x.venue);
}

/// Makes one trial for each choice, and returns them in the same order. Leaves no file, no container and no image.
[[nodiscard]] std::vector<Trial> try_venues(const std::vector<attest::Choice>& choices);

}  // namespace immure::cli
