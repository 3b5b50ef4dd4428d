/// Finds what a program of an interpreted language needs besides the interpreter: the script's own modules and the
/// installed modules that it names.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "file/go_on.hpp"
#include "plan/image/host_files.hpp"
#include "plan/image/image.hpp"
#include "plan/language/venv.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

/// The script that the operator started as the program, with its place in the image.
struct StartedScript {
  std::string path, inner;
  std::shared_ptr<const sys::Fd> held;
};

struct Interpreted {
  std::string interpreter;              ///< path on the host, with links resolved
  std::optional<StartedScript> script;  ///< nothing if the operator started the interpreter
  std::optional<Venv> venv;             ///< of a Python interpreter
  std::string library;                  ///< of a Python interpreter: its library in the closure's trees
  std::size_t arguments = 1;            ///< where the arguments for interpreter or script start in the closure's argv
  const sys::Fd* input = nullptr;       ///< the directory that will be /in, if it is known
};

/// Adds what the program needs to the closure. If an argument names a script by a relative path, replaces the argument
/// by the script's path in the image. Does nothing for a program that interprets no language. Errors: kBadInput if the
/// names in the sources lead to too many files or bytes; those of open_tree().
[[nodiscard]] Result<void> gather(Closure& closure, const HostRoot& root, const Interpreted& what,
                                  const file::GoOn& go_on);

/// The directories that immure packs whole for an interpreter, because no program of the language works without them.
[[nodiscard]] std::vector<std::string> language_directories(const std::string& interpreter);

}  // namespace immure::plan
