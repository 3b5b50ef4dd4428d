/// Editions of what is tested: a catalogue of probes together with an acceptance matrix, on one machine.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.hpp"
#include "probe/catalogue.hpp"
#include "sys/machine.hpp"

namespace immure::judge {

/// Once released, an edition never changes: evidence that names it is judged by exactly its rows. What is new makes
/// the next edition (docs/decisions/0008).
struct Edition {
  int number;
  sys::Machine machine;
  std::string_view catalogue;  ///< SHA-256 of catalogue_text()
  std::string_view matrix;     ///< SHA-256 of matrix/acceptance.toml
};

/// All that are known for a machine, by number; a machine that came later begins with a later one. The last is the
/// present one, of every machine the same: runs try it, and verifiers ask for it unless told otherwise.
[[nodiscard]] std::span<const Edition> editions(sys::Machine machine);
[[nodiscard]] const Edition& present_edition(sys::Machine machine = sys::kThisMachine);

/// The edition whose catalogue and matrix the evidence names, of the machine that it names; nullptr for a later one, or
/// none, or a machine that is not known.
[[nodiscard]] const Edition* edition_of(const evidence::Evidence& evidence);

/// What a finding says that evidence observed where its machine is not known.
[[nodiscard]] std::string architecture_text(const evidence::Evidence& evidence);

/// The first edition that asks which calls the filter lets through, and of a probe which layer answered it.
inline constexpr int kLayersSince = 4;

/// The first edition that asks about channels which do not go through files or sockets: futexes of shared pages, advice
/// about shared memory, names of tasks, core dumps and inherited settings. From this edition on the judge demands the
/// fields of the evidence about these channels.
inline constexpr int kChannelsSince = 5;

/// True if an edition asks of a row which layer answered it.
[[nodiscard]] bool asks_layer(int edition, const probe::Row& row);

/// The rows of an edition, in the order of the catalogue.
[[nodiscard]] std::vector<const probe::Row*> rows_of(const Edition& edition);

/// What an edition asks, a line for each row: `id boundary syscall(arguments)`, and ` layer` where it asks for that.
/// Which answers are right is the verifier's own knowledge, and no part of it.
[[nodiscard]] std::string catalogue_text(const Edition& edition);

}  // namespace immure::judge
