/// Shows everything that a statement says, without a verdict.
#pragma once

#include <cstddef>
#include <string>

#include "evidence/evidence.hpp"

namespace immure::render {

/// What is known about the signature of a statement.
struct Signature {
  bool checked = false;
  std::string key_id;  ///< of the key that verified; of the key that the file names, if nobody checked
};

/// The statement in words: first whether the signature was checked, then the run, the answers that the operator asks
/// for, the mounts, the namespaces, each probe, and each field. Lines have at most `width` columns. Everything from the
/// evidence is escaped.
[[nodiscard]] std::string shown_text(const evidence::Statement& statement, const Signature& signature,
                                     std::size_t width);

/// The same as JSON in ASCII, in one line: `denials`, `keyId`, `signature`, and the statement as it was signed.
[[nodiscard]] std::string shown_json(const evidence::Statement& statement, const Signature& signature);

}  // namespace immure::render
