/// Editions of what is tested. An edition is a catalogue of probes together with an acceptance matrix, for one machine.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.hpp"
#include "probe/catalogue.hpp"
#include "sys/machine.hpp"

namespace immure::judge {

/// A released edition never changes, because evidence that names it is judged by exactly its rows. Anything new makes
/// the next edition (docs/decisions/0008).
struct Edition {
  int number;
  sys::Machine machine;
  std::string_view catalogue;  ///< SHA-256 of catalogue_text()
  std::string_view matrix;     ///< SHA-256 of matrix/acceptance.toml
};

/// All editions that are known for a machine, sorted by number. A machine that was added later begins with a later
/// edition. The last edition is the present one, which has the same number for every machine: runs try it, and
/// verifiers demand it unless they are told otherwise.
[[nodiscard]] std::span<const Edition> editions(sys::Machine machine);
[[nodiscard]] const Edition& present_edition(sys::Machine machine = sys::kThisMachine);

/// The edition with the catalogue and the matrix that the evidence names, for the machine that the evidence names.
/// nullptr if there is none, for example because the edition is newer than this program or the machine is unknown.
[[nodiscard]] const Edition* edition_of(const evidence::Evidence& evidence);

/// What a finding says about the evidence's machine if this machine is unknown.
[[nodiscard]] std::string architecture_text(const evidence::Evidence& evidence);

/// The first edition that asks which calls the filter allows, and which layer answered a probe.
inline constexpr int kLayersSince = 4;

/// The first edition that asks about channels which do not go through files or sockets: futexes of shared pages, advice
/// about shared memory, names of tasks, core dumps and inherited settings. From this edition on the judge demands the
/// fields of the evidence about these channels.
inline constexpr int kChannelsSince = 5;

/// The first edition of cells with fixed files (probe/fixed_files.hpp). From this edition on the judge demands what the
/// outside witness saw of these files.
inline constexpr int kFixedFilesSince = 6;

/// The first edition that demands to know what was mounted below the input when the input was listed.
inline constexpr int kMountsSince = 6;

/// True if an edition asks which layer answered this row's probe.
[[nodiscard]] bool asks_layer(int edition, const probe::Row& row);

/// The rows of an edition, in the order of the catalogue.
[[nodiscard]] std::vector<const probe::Row*> rows_of(const Edition& edition);

/// The number of probes of the present edition that this edition does not have.
[[nodiscard]] std::size_t rows_since(const Edition& edition);

/// What an edition asks, with a line for each row: `id boundary syscall(arguments)`, and ` layer` if the edition asks
/// for the layer. The text does not say which answers are right: the verifier knows the right answers by itself.
[[nodiscard]] std::string catalogue_text(const Edition& edition);

}  // namespace immure::judge
