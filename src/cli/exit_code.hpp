/// Exit codes of commands. `run` and `inspect` also pass on the payload's own exit code, or 128 + its signal.
#pragma once

#include "sys/error.hpp"

namespace immure::cli {

using ExitCode = int;

inline constexpr ExitCode kSuccess = 0;
inline constexpr ExitCode kRejected = 1;     ///< verify, report: authentic and complete, and a boundary does not hold
inline constexpr ExitCode kDiffers = 1;      ///< diff: the two statements differ
inline constexpr ExitCode kBatchFailed = 1;  ///< batch: a program ended with another code than 0
inline constexpr ExitCode kBlocked = 3;      ///< the payload never started, or the evidence cannot be appraised
/// run, inspect: the program ended with 0, but outputs were left out, or something that was proved before the program
/// started no longer held after the program's end, so that no verifier accepts the evidence.
inline constexpr ExitCode kIncomplete = 5;
inline constexpr ExitCode kUsage = 64;  ///< EX_USAGE of sysexits(3): the command line, or a file it names, is wrong
inline constexpr ExitCode kFault = 70;  ///< EX_SOFTWARE: our own fault, or the operating system refused
inline constexpr ExitCode kTimeLimit = 124;  ///< as timeout(1)
inline constexpr ExitCode kSignalBase = 128;

/// The exit code of a command that ends with `error`.
[[nodiscard]] constexpr ExitCode exit_code(const Error& error) {
  switch (error.code) {
    case Code::kUsage:
    case Code::kBadInput: return kUsage;
    case Code::kUnsupported:
    case Code::kBlocked: return kBlocked;
    case Code::kInterrupted: return error.signal == 0 ? kTimeLimit : kSignalBase + error.signal;
    case Code::kSystem:
    case Code::kInternal: return kFault;
  }
  return kFault;
}

}  // namespace immure::cli
