/// The attestation result as one page for people: nothing to run, nothing to load, readable on paper.
#pragma once

#include <string>

#include "render/inspection.hpp"
#include "verify/result.hpp"

namespace immure::render {

/// What the page says about itself.
struct PageNotes {
  std::string evidence_path;  ///< as the reader named it
  std::string appraised_on;   ///< RFC 3339 UTC
  std::string version;        ///< of the program that wrote the page
};

/// The page: verdict first and last, the run, the cell, the tests, both witnesses, every probe with its raw answers,
/// digests, and what was not proved. Pure: the same result and notes make the same bytes. Every value is escaped, and
/// lists are cut, so that hostile evidence chooses neither what the page does nor how large it is. Without a statement
/// there is only the verdict, its reason, and what was not proved.
/// `inspection`: what the inspector found, right after the verdict; its error is said in its place.
[[nodiscard]] std::string result_html(const verify::AttestationResult& result, const PageNotes& notes,
                                      const Result<std::optional<Inspection>>& inspection = std::nullopt);

}  // namespace immure::render
