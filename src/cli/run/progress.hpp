/// A line on a terminal that shows how far a program has come. The line is made from numbers alone.
#pragma once

#include <optional>

#include "file/progress.hpp"

namespace immure::cli {

class ProgressLine {
 public:
  /// Shows the numbers on standard error, or removes the line if there are no numbers.
  void show(const std::optional<file::Progress>& progress);

 private:
  double since_ = 0, shown_ = 0;
  bool there_ = false;
};

}  // namespace immure::cli
