/// What a batch says of its runs while they are made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sys/fd.hpp"

namespace immure::cli {

/// Why a run did not end with 0: the line of its messages that says BLOCKED, or else their last line. In a visible form
/// and cut to a few hundred bytes; empty if there is no message.
[[nodiscard]] std::string last_words(const sys::Fd& logs, const std::string& name);

/// Prints what the program of a run printed, each line behind the name of the run.
void print_labelled(const sys::Fd& logs, const std::string& name);

struct BatchProgress {
  std::size_t all = 0, left = 0;  ///< runs
  std::size_t ended_now = 0;      ///< since this process began
  std::size_t failed = 0;
  std::int64_t milliseconds = 0;  ///< since this process began
};
/// `412 of 10000 runs, 58.1/s, 2:45 left, 3 failed`
[[nodiscard]] std::string progress_text(const BatchProgress& progress);

/// Writes to standard error, but does not wait for a terminal that nobody reads.
void write_briefly(std::string_view text);

}  // namespace immure::cli
