/// Passes one stream of the payload (standard output or standard error) on to the operator.
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
  bool cut = false;  ///< true if the payload has written more
};

/// Reads `from`, which does not block, and writes the bytes to `to`. Never waits for the reader of `to`. Shows control
/// characters on a terminal in visible form, so that the terminal does not obey them. When the allowance is used up,
/// closes the stream, so that the payload gets EPIPE.
class Relay {
 public:
  Relay(sys::Fd from, int to, Allowance& allowance);

  [[nodiscard]] bool open() const { return from_ || !pending_.empty(); }
  /// What poll(2) should wait for: bytes of the payload, or, while bytes are pending, room on our side.
  [[nodiscard]] pollfd wanted() const;
  /// Makes one read or one write. Call this when poll(2) says that wanted() is ready.
  void advance();
  /// The errno with which a part of the stream was lost; 0 if nothing was lost.
  [[nodiscard]] int lost() const { return lost_; }
  /// The SHA-256 of the bytes that were read from the stream, as hex digits. Works once.
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
