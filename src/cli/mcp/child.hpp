/// The process of one call: immure's own program, started by descriptor, with bounded output and a deadline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli::mcp {

/// What one stream of the process has said so far.
struct Said {
  sys::Fd pipe;
  std::string text;            ///< the first bytes, up to `most`
  std::uint64_t left_out = 0;  ///< how many bytes came after these
  std::size_t most = 0;
  /// Reads what the pipe holds now.
  void read();
};

struct ChildSpec {
  std::vector<std::string> words;  ///< command and arguments, without the program's own name
  std::vector<int> inherited;      ///< descriptors that the process keeps under their numbers
  std::string standard_input;
  bool with_result = false;  ///< the process writes its result into a pipe of its own (--result)
  std::size_t most_output = 0, most_error = 0;
};

class Child {
 public:
  /// Starts `program`, which is open. The process ends if this process ends. Error kSystem.
  [[nodiscard]] static Result<Child> start(const sys::Fd& program, const ChildSpec& spec);

  Child(Child&& other) noexcept { *this = std::move(other); }
  Child& operator=(Child&& other) noexcept;
  /// Kills the process, and waits for its end.
  ~Child();

  /// Adds the descriptors that are readable when something has happened.
  void add_to(std::vector<pollfd>& fds) const;
  /// Reads what has arrived. Returns true if the process has ended; then code() has its exit code.
  [[nodiscard]] bool has_ended();
  void kill() const;
  /// The exit code, or 128 + N if signal N ended the process.
  [[nodiscard]] int code() const { return code_; }

  Said output, error, result;

 private:
  Child() = default;
  void end();
  sys::Fd process_;
  int pid_ = -1, code_ = -1;
};

}  // namespace immure::cli::mcp
