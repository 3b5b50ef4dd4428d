/// One boundary's tries: each is one system call and what it must answer. Nothing here allocates or touches errno.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include <immure/guard.h>

#include "sys/syscall.hpp"

namespace immure::guard {

/// Collects the answers of one boundary into the caller's finding. The first try that does not answer as it must
/// decides what is reported; the rest are still made, so that `denied` counts.
class Tries {
 public:
  Tries(immure_guard_finding& finding, immure_guard_boundary boundary);

  /// The call must fail with one of `errnos`. True if it did.
  bool must_fail(std::string_view call, sys::Raw answer, std::initializer_list<int> errnos);
  /// The call must give exactly `value`.
  bool must_be(std::string_view call, sys::Raw answer, sys::Raw value);
  /// A fact that is no single call's answer: `text` says what was seen when it is false.
  bool must_hold(std::string_view call, bool fact, std::string_view text, std::string_view subject = {});
  /// Nothing can be concluded: `text` says why. Weaker than a try that failed.
  void cannot(std::string_view call, sys::Raw answer, std::string_view text);

  /// Writes the state and, when all is well, the summary.
  void close();

 private:
  void count(bool denied);
  void report(immure_guard_state state, std::string_view call, sys::Raw answer);

  immure_guard_finding& finding_;
};

/// Closes a descriptor that a try made although it must not have been made.
inline void give_back(sys::Raw fd) {
  if (!sys::failed(fd)) sys::raw(__NR_close, fd);
}

// The six boundaries, one file each.
void try_network(Tries& tries);
void try_input(Tries& tries, const char* input);
void try_output(Tries& tries, const char* output);
void try_host(Tries& tries);
void try_environment(Tries& tries, const immure_guard_options& options);
void try_syscalls(Tries& tries);

}  // namespace immure::guard
