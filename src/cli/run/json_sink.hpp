/// Where a command's machine-readable result goes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "file/place.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Writes the result of a run as JSON: to standard output, or, with --result, to a file or an open descriptor.
class JsonSink {
 public:
  /// Writes nothing.
  JsonSink() = default;
  /// Writes to standard output, after what the program prints there.
  [[nodiscard]] static JsonSink standard_output();
  /// Writes to the file that `target` names, or to the descriptor N of `fd:N`. Errors: kUsage (no open descriptor that
  /// can be written), those of check_new_file().
  [[nodiscard]] static Result<JsonSink> to(const std::string& target, bool replace);

  /// True for `fd:N`.
  [[nodiscard]] static bool names_descriptor(const std::string& target);

  /// False also for a file before accept_place().
  [[nodiscard]] explicit operator bool() const { return standard_output_ || descriptor_ >= 0 || accepted_; }
  [[nodiscard]] const std::optional<file::Place>& place() const { return place_; }
  /// Says that the file is neither an input nor another file of the run. Before that, nothing is written to the file,
  /// not even why the run is BLOCKED.
  void accept_place() { accepted_ = place_.has_value(); }
  /// Says that the file must not be written.
  void refuse_place() { place_.reset(); }
  /// Writes the whole text. Error kSystem.
  [[nodiscard]] Result<void> give(std::string_view text) const;

 private:
  bool standard_output_ = false, replace_ = false, accepted_ = false;
  int descriptor_ = -1;
  std::optional<file::Place> place_;
};

}  // namespace immure::cli
