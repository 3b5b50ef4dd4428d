/// The sections of the page, one file each, and the words that they share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "render/html/html.hpp"
#include "render/html/html_page.hpp"
#include "verify/result.hpp"

namespace immure::render {

void append_inspection(Page& page, const Inspection& inspection);
void append_run(Page& page, const verify::AttestationResult& result);
void append_cell(Page& page, const verify::AttestationResult& result);
void append_tests(Page& page, const verify::AttestationResult& result);
void append_witnesses(Page& page, const evidence::Evidence& evidence);
void append_probes(Page& page, const verify::AttestationResult& result);
void append_digests(Page& page, const evidence::Statement& statement);

/// Appends a symbol and a word for an outcome. The colour only repeats what they say.
void append_outcome(Page& page, judge::Outcome outcome);
/// Appends how many tests hold, do not hold, and are not proved.
void append_counts(Page& page, const std::vector<judge::Row>& rows);

/// Appends `a`, `b`, `c`, each as a value; `none` if the list is empty.
void append_list(Page& page, const std::vector<std::string>& list);

/// Ends a list of which `shown` entries are on the page. Says how many entries are not on the page.
void append_rest(Page& page, std::size_t shown, std::size_t total);

/// The row of a test, or nullptr.
[[nodiscard]] const judge::Row* row_of(const verify::AttestationResult& result, judge::TestNumber test);

}  // namespace immure::render
