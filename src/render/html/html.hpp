/// The attestation result as one HTML page for people. The page runs nothing, loads nothing, and can be printed.
#pragma once

#include <string>

#include "render/inspection.hpp"
#include "verify/result.hpp"

namespace immure::render {

/// What the page says about how it was made.
struct PageNotes {
  std::string evidence_path;  ///< name of the file as the user gave it
  std::string appraised_on;   ///< RFC 3339 UTC
  std::string version;        ///< version of the program that wrote the page
};

/// The page: the verdict first and last, the run, the cell, the tests, both witnesses, every probe with its raw
/// answers, digests, and what was not proved. The function is pure: the same result and notes give the same bytes.
/// Every value is escaped and lists are cut, so hostile evidence can neither make the page do anything nor make the
/// page too large. Without a statement the page has only the verdict, its reason, and what was not proved.
/// `inspection`: what the inspector found, shown right after the verdict. If it is an error, the page shows the error.
[[nodiscard]] std::string result_html(const verify::AttestationResult& result, const PageNotes& notes,
                                      const Result<std::optional<Inspection>>& inspection = std::nullopt);

}  // namespace immure::render
