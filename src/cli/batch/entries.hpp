/// The inputs of a batch, in the order of the names of their runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/run/identity.hpp"
#include "file/place.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli {

/// One input, as it was when the batch looked at it. The run opens the input again and compares its identity.
struct BatchEntry {
  std::string name;   ///< of the run
  std::string shown;  ///< the input as the operator named it
  std::string entry;  ///< the input's name in the directory of --in; empty: `shown` is a path of the list
  bool is_file = false;
  Identity identity;
  /// A digest of kinds, modes, sizes and times of the input and of everything below it; empty if the input cannot be
  /// read, and then its run is BLOCKED.
  std::string state;
};

/// What chooses the inputs.
struct EntryChoice {
  std::optional<std::string> in;    ///< --in
  std::optional<std::string> each;  ///< --each: which names in that directory
  std::optional<std::string> from;  ///< --from: a file with one path in each line, or `-`
  std::optional<std::string> name;  ///< --name
};

struct BatchEntries {
  std::optional<file::HeldDirectory> directory;  ///< of --in, open for reading
  std::vector<BatchEntry> list;
  std::size_t passed_over = 0;  ///< entries of --in that --each does not match
};

/// Finds the inputs, and changes nothing. Errors, kBadInput: there is no input; an entry is neither a directory nor,
/// with
/// --each or --from, a regular file; the path of an input cannot be walked; two runs would have the same name; and the
/// errors of input_directory() and check_run_name(). kUsage: the errors of name_by().
[[nodiscard]] Result<BatchEntries> batch_entries(const EntryChoice& choice);

/// Splits a list into its lines. A list with a NUL byte has a NUL behind each path, as `find -print0` writes it.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view list);

}  // namespace immure::cli
