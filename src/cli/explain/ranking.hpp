/// Decides which of the findings most likely made the program fail.
#pragma once

#include <vector>

#include "cli/explain/findings.hpp"

namespace immure::cli::weight {

// How likely a refusal ends a program. A program rarely goes on without a second program or a socket, and often without
// a file.
inline constexpr int kEndedAfter = 100, kEndsPrograms = 60, kOften = 50, kWrites = 45, kFileOfHost = 40;
/// A directory of the host that the program looked for and did not open: it searches there.
inline constexpr int kSearched = 30;
/// What is refused to many programs, which then go on: what the kernel shows of itself in /proc, /sys and /dev, sockets
/// to services of the host, the terminal. Only the last refusal before a failure is worth a look.
inline constexpr int kSurvived = 10;
/// A path below /in or /out that does not exist. Programs look whether files are there.
inline constexpr int kNotThere = 9;
/// A file that the host does not have either, and a file that only a later attempt of the same search found.
inline constexpr int kAbsentEverywhere = 2, kUsual = 1;

static_assert(kSearched >= kWorthSeeing && kSurvived < kWorthSeeing);

}  // namespace immure::cli::weight

namespace immure::cli {

/// Corrects the weights by what the findings say about each other, marks the last refusal before the program failed,
/// and sorts the findings, the most likely culprit first.
void rank(std::vector<Finding>& findings, bool failed);

}  // namespace immure::cli
