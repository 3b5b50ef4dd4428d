/// The pipe between two stages of a pipeline.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <poll.h>

#include "evidence/evidence.hpp"
#include "file/sha256.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"

namespace immure::attest {

/// Passes on to a stage what the stage before it writes, and counts and digests the bytes on both sides. Each of the
/// two cells has a pipe of its own to the supervisor. If both cells had the two ends of one pipe, each program could
/// change the pipe of the other (its size, its flags), and could learn the other's file status.
class Conduit {
 public:
  /// `from`: the read end of the writer's standard output. `to`: the pipe whose read end the reader's program has. The
  /// Conduit closes its own copy of that read end at once: the kernel reports the reader's end only if nobody else has
  /// the read end. `limit`: as many bytes go over the pipe; then the writer gets EPIPE.
  Conduit(sys::Fd from, sys::Pipe to, std::uint64_t limit);

  /// True while there may be more to pass on.
  [[nodiscard]] bool open() const { return from_ || !pending_.empty(); }
  /// What poll(2) should wait for: bytes of the writer, unless some are pending; and room for the reader, or its end.
  [[nodiscard]] std::array<pollfd, 2> wanted() const;
  /// Makes one read or one write. Call this when poll(2) says that one of wanted() is ready.
  void advance(const pollfd& writer, const pollfd& reader);
  /// True if the writer wrote more than the limit.
  [[nodiscard]] bool cut() const { return cut_; }
  /// The errno with which the pipe could not be read or written; 0: none.
  [[nodiscard]] int failed() const { return failed_; }

  /// What went over the pipe, as the writer's and as the reader's record. Call each once, after both cells have ended.
  [[nodiscard]] evidence::PipeWritten written();
  [[nodiscard]] evidence::PipeRead read();

 private:
  void fill();
  void drain();
  /// Nobody reads any more, so the writer gets EPIPE.
  void stop_writer();
  /// The reader gets the end of its input.
  void end_reader();

  sys::Fd from_, to_;
  /// A read end of the reader's pipe, opened when nothing more is written. It tells how much the reader left.
  sys::Fd rest_;
  std::string pending_;
  std::uint64_t left_;
  std::uint64_t bytes_ = 0, delivered_ = 0;
  bool at_end_ = false, cut_ = false;
  int failed_ = 0;
  file::Sha256 written_hash_, delivered_hash_;
};

}  // namespace immure::attest
