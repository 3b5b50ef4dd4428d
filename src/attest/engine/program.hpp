/// Programs of the host that build the outer walls: found, started, and heard when they fail.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "file/go_on.hpp"
#include "file/program_path.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

using file::find_program;

/// How a program is started.
struct Command {
  std::vector<std::string> argv;  ///< the first is an absolute path
  /// The user and group it runs as, without supplementary groups; the caller's own if nothing. Only for root.
  struct Ids {
    std::uint32_t uid, gid;
  };
  std::optional<Ids> as;
  int input = -1;              ///< its standard input; -1: /dev/null
  std::vector<int> inherited;  ///< descriptors that it gets under their own numbers
};

/// A running program. The functions that wait for it also read its output, so that a full pipe cannot block it, and
/// keep the first 64 KiB of its standard output and of its standard error.
class Program {
 public:
  /// In a session of its own: signals for the supervisor are not for it. Errors: kSystem.
  [[nodiscard]] static Result<Program> start(const Command& command);
  Program(Program&&) noexcept = default;
  Program& operator=(Program&&) = delete;
  /// Ends it if it still runs.
  ~Program();

  /// Waits until `other` is readable or the program ends, or the time is over. Returns 0 if the time is over, 1 if
  /// `other` is readable, 2 if the program has ended.
  [[nodiscard]] int wait_beside(int other, int milliseconds);
  /// Waits for its end, at most so long, and kills it after that. Its exit code; 128 + signal; 255 if it had to be
  /// killed.
  int wait(int milliseconds);
  /// What it has written so far.
  [[nodiscard]] const std::string& output();
  /// The last lines that the program wrote to standard error, joined by semicolons into one line for a message.
  [[nodiscard]] std::string complaint();

 private:
  struct Stream {
    sys::Fd pipe;
    std::string text;
    void read();
  };
  Program() = default;
  sys::Fd process_;
  Stream output_, error_;
  int pid_ = -1;
};

/// Runs a program to its end and returns what it printed. Errors: kSystem; kUnsupported with its complaint if it ended
/// with another code than 0 or took longer than `milliseconds`; the error of `go_on`, which ends the program.
[[nodiscard]] Result<std::string> run_program(const Command& command, const file::GoOn& go_on,
                                              int milliseconds = 60'000);

}  // namespace immure::attest
