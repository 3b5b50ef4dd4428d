/// Tells which calls of the program cannot succeed in its cell, and counts them. Everything here is for people: only
/// the kernel decides what a program may do, and the program may change a path after the observer has read the path.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::attest {

/// What the program asked the kernel for.
struct Attempt {
  std::string path;  ///< absolute, as the program means it; may contain `.`, `..` and any byte
  bool reads = false, writes = false;
  bool makes_directory = false;
  bool lists = false;         ///< opens a directory to list it
  int flags = 0;              ///< the access mode, O_APPEND and O_NONBLOCK, as open(2) has them
  bool special = false;       ///< asks for a new file, a directory, a nameless file or an O_PATH descriptor
  bool is_new = false;        ///< asks for a file that must not exist yet
  bool from_workdir = false;  ///< the program gave a path that begins in its working directory
};

/// What a cell has besides the places that every cell has.
struct Granted {
  bool scratch = false;                  ///< /tmp, /var/tmp and /dev/shm can be written and read
  bool read_back = false;                ///< what the program wrote to /out can be read
  bool helpers = false;                  ///< the program can start other programs
  bool whole_image = false;              ///< with `helpers`: every file of the image
  std::vector<std::string> executables;  ///< with `helpers`: the paths in the image of the files that may be executed
};

/// The path without `.`, `..` and doubled slashes, as if no part of the path were a symbolic link. /out has no symbolic
/// links, because the cell's filter denies making them.
[[nodiscard]] std::string normalised(std::string_view path);

/// The kind of the refusal (evidence::Refusal::what), or nothing if the cell does not make the attempt fail.
[[nodiscard]] std::optional<std::string_view> refusal_of(const Attempt& attempt, const Granted& granted);

/// The visible form of a path, shortened to what evidence allows.
[[nodiscard]] std::string shown_path(std::string_view path);

/// Counts refusals by kind and path, in bounded memory.
class Refusals {
 public:
  explicit Refusals(Granted granted = {}) : granted_(granted) {}
  void note(const Attempt& attempt);
  /// Sorted, at most evidence::kMaxRefusals.
  [[nodiscard]] std::vector<evidence::Refusal> list() const;
  /// True if the program could not write a file of its working directory, which lies outside of /out.
  [[nodiscard]] bool in_workdir() const { return in_workdir_; }

 private:
  Granted granted_;
  bool in_workdir_ = false;
  std::map<std::pair<std::string_view, std::string>, std::uint64_t> counts_;  ///< by kind and visible path
};

}  // namespace immure::attest
