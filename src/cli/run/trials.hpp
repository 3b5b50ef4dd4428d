/// Whether a cell holds in each venue, by running this very program in one: all venues at once, each in a process of
/// its own.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "attest/start/choice.hpp"
#include "evidence/fields.hpp"

namespace immure::cli {

/// How a trial ended.
struct Trial {
  std::vector<std::string> blocked;  ///< why the cell does not hold; empty: it holds
  std::vector<evidence::Enforcement> limits;
  std::string runtime;  ///< the OCI runtime that it took where the venue's own choice does not hold
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

/// One trial for each choice, in their order. Nothing of them stays: no file, no container, no image.
[[nodiscard]] std::vector<Trial> try_venues(const std::vector<attest::Choice>& choices);

}  // namespace immure::cli
