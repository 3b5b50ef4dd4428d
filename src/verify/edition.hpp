/// Editions of what is tested: a catalogue of probes together with an acceptance matrix.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.hpp"
#include "probe/catalogue.hpp"

namespace immure::verify {

/// Once released, an edition never changes: evidence that names it is judged by exactly its rows. What is new makes
/// the next edition (docs/decisions/0008).
struct Edition {
  int number;
  std::string_view catalogue;  ///< SHA-256 of catalogue_text(number)
  std::string_view matrix;     ///< SHA-256 of matrix/acceptance.toml
};

/// All that are known, by number, from 1. The last is the present one: runs try it, and verifiers ask for it unless
/// told otherwise.
[[nodiscard]] std::span<const Edition> editions();
[[nodiscard]] const Edition& present_edition();

/// The edition whose catalogue and matrix the evidence names, or nullptr: a later one, or none.
[[nodiscard]] const Edition* edition_of(const evidence::Evidence& evidence);

/// The first edition that asks which calls the filter lets through, and of a probe which layer answered it.
inline constexpr int kLayersSince = 4;

/// True if an edition asks of a row which layer answered it.
[[nodiscard]] bool asks_layer(int edition, const probe::Row& row);

/// The rows of an edition, in the order of the catalogue.
[[nodiscard]] std::vector<const probe::Row*> rows_of(int edition);

/// What an edition asks, a line for each row: `id boundary syscall(arguments)`, and ` layer` where it asks for that.
/// Which answers are right is the verifier's own knowledge, and no part of it.
[[nodiscard]] std::string catalogue_text(int edition);

}  // namespace immure::verify
