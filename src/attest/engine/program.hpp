/// Finds and starts the programs of the host that build the outer walls, and reads the messages of a program that
/// fails.
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
  std::vector<std::string> argv;  ///< the first word is an absolute path
  /// The user and group under which the program runs, without supplementary groups. If empty, the program keeps the
  /// caller's ids. Only root may set this.
  struct Ids {
    std::uint32_t uid, gid;
  };
  std::optional<Ids> as;
  int input = -1;              ///< descriptor of its standard input; -1: /dev/null
  std::vector<int> inherited;  ///< descriptors that the program gets under the same numbers
};

/// A running program. The functions that wait for the program also read its output, so that a full pipe cannot block
/// it. These functions keep the first 64 KiB of its standard output and of its standard error.
class Program {
 public:
  /// Starts the program in a session of its own, so that a terminal's signals for the supervisor do not reach it. Error
  /// kSystem.
  [[nodiscard]] static Result<Program> start(const Command& command);
  Program(Program&&) noexcept = default;
  Program& operator=(Program&&) = delete;
  /// Kills the program if it still runs.
  ~Program();

  /// Waits until `other` is readable, the program ends, or the time is over. Returns 0 if the time is over, 1 if
  /// `other` is readable, and 2 if the program has ended.
  [[nodiscard]] int wait_beside(int other, int milliseconds);
  /// Waits at most `milliseconds` for the program's end, and then kills it. Returns the program's exit code, 128 + N if
  /// signal N ended the program, or 255 if wait() killed the program.
  int wait(int milliseconds);
  /// What the program has written to standard output so far.
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

/// Runs a program to its end and returns what it printed. Errors: kSystem; kUnsupported, with the program's complaint,
/// if it ended with another code than 0 or took longer than `milliseconds`; the error of `go_on`, which ends the
/// program.
[[nodiscard]] Result<std::string> run_program(const Command& command, const file::GoOn& go_on,
                                              int milliseconds = 60'000);

}  // namespace immure::attest
