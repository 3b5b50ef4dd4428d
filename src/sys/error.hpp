/// Errors in a form that a person can act on.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace immure {

/// The kind of an error, which decides the exit code of a command (cli/exit_code.hpp).
enum class Code : std::uint8_t {
  kUsage,        ///< the command line is wrong
  kBadInput,     ///< the operator gave a file, profile, key, tree or value that is unacceptable
  kUnsupported,  ///< the kernel or the host lacks a feature that a boundary needs
  kBlocked,      ///< a boundary could not be proved
  kSystem,       ///< the operating system refused a call (full disk, no permission, no memory)
  kInterrupted,  ///< the operator ended the command, or the time limit did
  kInternal,     ///< immure itself has a bug
};

/// One error: which thing failed, why, and what to do next. The printed form is `where: what: strerror(errno_value).
/// hint`.
struct Error {
  Code code = Code::kInternal;
  std::string where;    ///< the thing that failed: a path, `file:line:key`, a step
  std::string what;     ///< the reason, lower case, no full stop
  std::string hint;     ///< what to do next; may be empty
  int errno_value = 0;  ///< 0 if no system call failed
  int signal = 0;       ///< for kInterrupted: the number of the signal; 0 means the time limit
};

template <class T>
using Result = std::expected<T, Error>;

/// A bare errno, for the layers that must not allocate memory (sys, probe, cell).
struct Errno {
  int value;
  friend bool operator==(Errno, Errno) = default;
};

template <class T>
using SysResult = std::expected<T, Errno>;

/// The error as `where: what: Permission denied. hint`, without a trailing newline.
[[nodiscard]] std::string to_text(const Error& error);

/// Makes an unexpected Error, so that a function can `return fail(...)` in one line.
[[nodiscard]] inline std::unexpected<Error> fail(Code code, std::string_view where, std::string_view what,
                                                 std::string_view hint = {}, int errno_value = 0) {
  return std::unexpected(Error{code, std::string(where), std::string(what), std::string(hint), errno_value});
}

}  // namespace immure

/// Moves the value of a Result into a new variable, or returns the Result's error from the calling function: `TRY(auto
/// fd, open(...));`
#define IMMURE_CONCAT2(a, b) a##b
#define IMMURE_CONCAT(a, b) IMMURE_CONCAT2(a, b)
#define IMMURE_TRY(result, declaration, expression)               \
  auto result = (expression);                                     \
  if (!result) return std::unexpected(std::move(result).error()); \
  declaration = *std::move(result)
#define TRY(declaration, expression) IMMURE_TRY(IMMURE_CONCAT(try_result_, __LINE__), declaration, expression)
/// Returns the error of a Result<void> from the calling function, if there is one: `CHECK_OK(write_all(...));`
#define CHECK_OK(expression)                                                                                      \
  do {                                                                                                            \
    if (auto check_result = (expression); !check_result) return std::unexpected(std::move(check_result).error()); \
  } while (false)
