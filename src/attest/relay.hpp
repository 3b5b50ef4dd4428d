/// The way of one stream of the payload to the operator.
#pragma once

#include <cstdint>
#include <string>

#include <poll.h>

#include "file/sha256.hpp"
#include "sys/fd.hpp"
#include "text/visible.hpp"

namespace immure::attest {

/// How many bytes both streams together may still print.
struct Allowance {
  std::uint64_t left;
  bool cut = false;  ///< something was said beyond it
};

/// Passes on what can be read from `from`, which does not block, to `to`, and never waits for the reader of `to`. On a
/// terminal, control characters are shown, not obeyed. Beyond the allowance the stream is closed, and the payload gets
/// EPIPE.
class Relay {
 public:
  Relay(sys::Fd from, int to, Allowance& allowance);

  [[nodiscard]] bool open() const { return from_ || !pending_.empty(); }
  /// Waits for the side that holds things up: the payload's while nothing is pending, ours while something is.
  [[nodiscard]] pollfd wanted() const;
  /// One read or one write, once wanted() is ready.
  void advance();
  /// Why something of the stream was lost, as an errno; 0: nothing was.
  [[nodiscard]] int lost() const { return lost_; }
  /// SHA-256 of the bytes that were taken from the stream, as hex digits. Only once.
  [[nodiscard]] std::string digest();

 private:
  void fill();
  /// Stops reading the stream, so that the payload gets EPIPE.
  void end();
  void drain();

  sys::Fd from_;
  int to_;
  bool terminal_;
  bool may_block_;  ///< `to` is not a regular file
  Allowance& allowance_;
  text::VisibleStream visible_;
  std::string pending_;
  int lost_ = 0;
  file::Sha256 hash_;
};

}  // namespace immure::attest
