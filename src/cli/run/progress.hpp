/// A line on a terminal that shows how far a program has come. The line is made from numbers alone.
#pragma once

#include <optional>
#include <string>

#include "file/progress.hpp"

namespace immure::cli {

/// `2:45` or `1:02:45`
[[nodiscard]] std::string time_text(double seconds);

class ProgressLine {
 public:
  /// Shows the numbers on standard error, or removes the line if there are no numbers.
  void show(const std::optional<file::Progress>& progress);

 private:
  double since_ = 0, shown_ = 0;
  bool there_ = false;
};

}  // namespace immure::cli
