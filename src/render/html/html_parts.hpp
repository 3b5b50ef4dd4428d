/// The sections of the page, one file each, and the words they share.
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

/// A symbol and a word; the colour only repeats them.
void append_outcome(Page& page, judge::Outcome outcome);
/// How many tests hold, do not hold, are not proved.
void append_counts(Page& page, const std::vector<judge::Row>& rows);

/// `a`, `b`, `c`, each a value; `none` without any.
void append_list(Page& page, const std::vector<std::string>& list);

/// Closes a list of which `shown` entries stand on the page: says how many do not.
void append_rest(Page& page, std::size_t shown, std::size_t total);

/// The row of this test, or nullptr.
[[nodiscard]] const judge::Row* row_of(const verify::AttestationResult& result, int test);

}  // namespace immure::render
