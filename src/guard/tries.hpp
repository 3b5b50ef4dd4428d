/// The tries of one boundary. Each try is one system call and the answer that it must get. This code allocates nothing
/// and leaves errno alone.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include <immure/guard.h>

#include "sys/syscall.hpp"

namespace immure::guard {

/// Collects the answers of one boundary into the caller's finding. The first try with a wrong answer decides the
/// report. All later tries run, too, so that `denied` counts them.
class Tries {
 public:
  Tries(immure_guard_finding& finding, immure_guard_boundary boundary);

  /// Checks that the call failed with one of `errnos`. Returns true if so.
  bool must_fail(std::string_view call, sys::Raw answer, std::initializer_list<int> errnos);
  /// Checks that the call returned exactly `value`.
  bool must_be(std::string_view call, sys::Raw answer, sys::Raw value);
  /// Checks a fact that does not follow from a single call. `text` says what was seen if the fact is false.
  bool must_hold(std::string_view call, bool fact, std::string_view text, std::string_view subject = {});
  /// Records that nothing can be concluded; `text` says why. The report of a failed try takes precedence.
  void cannot(std::string_view call, sys::Raw answer, std::string_view text);

  /// Writes the state and, if the boundary holds, the summary.
  void close();

 private:
  void count(bool denied);
  void report(immure_guard_state state, std::string_view call, sys::Raw answer);

  immure_guard_finding& finding_;
};

/// Closes a descriptor that a try got although the call should have failed.
inline void give_back(sys::Raw fd) {
  if (!sys::failed(fd)) sys::raw(__NR_close, fd);
}

// The six boundaries. Each has a file of its own.
void try_network(Tries& tries);
void try_input(Tries& tries, const char* input);
void try_output(Tries& tries, const char* output);
void try_host(Tries& tries);
void try_environment(Tries& tries, const immure_guard_options& options);
void try_syscalls(Tries& tries);

}  // namespace immure::guard
