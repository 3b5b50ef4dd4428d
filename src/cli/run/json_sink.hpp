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

  [[nodiscard]] explicit operator bool() const { return standard_output_ || descriptor_ >= 0 || place_; }
  [[nodiscard]] const std::optional<file::Place>& place() const { return place_; }
  /// Writes the whole text. Error kSystem.
  [[nodiscard]] Result<void> give(std::string_view text) const;

 private:
  bool standard_output_ = false, replace_ = false;
  int descriptor_ = -1;
  std::optional<file::Place> place_;
};

}  // namespace immure::cli
