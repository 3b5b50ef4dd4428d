/// The program's standard input, which comes from the operator's file or stream (--stdin).
#pragma once

#include <cstdint>
#include <string>

#include <poll.h>

#include "attest/deadline.hpp"
#include "evidence/evidence.hpp"
#include "file/sha256.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"

namespace immure::attest {

/// A copy of the standard input of this process, for `--stdin -`. Error kBadInput: the standard input is closed.
[[nodiscard]] Result<sys::Fd> open_standard_input();

/// Passes the operator's file or stream on to the program through a pipe, and hashes every byte on the way. The program
/// never gets the operator's own descriptor, with which the program could learn the file's inode number, move the
/// operator's file offset, or wait for what others write.
class Feed {
 public:
  /// A Feed with nothing to pass on: the program's standard input is /dev/null.
  Feed() = default;
  /// `pipe`: the pipe whose read end the program has too. The Feed keeps both ends: a read end tells how much the
  /// program left in the pipe.
  Feed(sys::Fd from, sys::Pipe pipe, std::string name);

  /// True while there may be more to pass on.
  [[nodiscard]] bool open() const { return static_cast<bool>(pipe_.write); }
  /// What poll(2) should wait for: the operator's bytes if none is pending, else room in the pipe.
  [[nodiscard]] pollfd wanted() const;
  /// Makes one read or one write. Call this when poll(2) says that wanted() is ready.
  void advance();
  /// Returns what was passed on. Call this after the cell has ended. Also hashes the part of a regular file that the
  /// program did not read, so that the digest covers the whole file. Error kSystem if the file or stream could not be
  /// read; errors of `go_on`.
  [[nodiscard]] Result<evidence::StandardInput> finish(const GoOn& go_on);

 private:
  void fill();
  void drain();

  sys::Fd from_;
  sys::Pipe pipe_;
  std::string name_;
  std::string pending_;
  std::uint64_t bytes_ = 0;    ///< bytes read from the operator's file or stream
  std::uint64_t written_ = 0;  ///< bytes written into the pipe
  bool at_end_ = false;        ///< the operator's file or stream was read to its end
  int failed_ = 0;             ///< the errno of a failed read
  file::Sha256 hash_;
};

}  // namespace immure::attest
