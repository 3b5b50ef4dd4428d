/// The summary of a batch: one row for each run, as a table, JSON lines, JUnit, or a page with a search.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace immure::render {

/// How a run stands. The colour, the JUnit element and the count of a row follow.
enum class Standing : std::uint8_t { kGood, kBad, kUnproved };

struct BatchLine {
  std::string name, input;
  std::string state;  ///< a word: `ended`, `failed`, `BLOCKED`, `not started`; of a verdict: `ACCEPTED`, `missing`, …
  Standing standing = Standing::kUnproved;
  std::optional<std::int32_t> exit_code;
  std::uint32_t attempts = 0;     ///< 0: not known
  std::uint64_t duration_ms = 0;  ///< of the last attempt
  std::string ended_on;           ///< UTC; may be empty
  std::string words;              ///< what a person should read; may be empty
};

struct BatchSummary {
  std::string title;      ///< one line about the batch
  std::string problem;    ///< why there are no rows; empty otherwise
  std::string began_on;   ///< UTC
  bool verified = false;  ///< the rows are verdicts, and not what the machine says that made the runs
  std::vector<BatchLine> lines;
};

/// `100 inputs: 99 ACCEPTED, 1 missing (d7)`. Names the first runs of each state but the good one.
[[nodiscard]] std::string batch_sum(const BatchSummary& summary);

/// A table for people: each run that is not good, or all runs. Names and words are cut to the width of the table.
[[nodiscard]] std::string batch_table(const BatchSummary& summary, bool all);

/// A line of JSON for each run.
[[nodiscard]] std::string batch_json_lines(const BatchSummary& summary);

/// JUnit XML: one suite, and one test case for each run. A bad run is a failure, an unproved run an error.
[[nodiscard]] std::string batch_junit(const BatchSummary& summary);

/// One page with all runs. Its only script is its own, searches the rows, and is named by its digest in the page's
/// content security policy. Without scripts the page shows all rows.
[[nodiscard]] std::string batch_html(const BatchSummary& summary);

}  // namespace immure::render
