/// One line on a terminal that says how far a program is, from numbers alone.
#pragma once

#include <optional>

#include "file/progress.hpp"

namespace immure::cli {

class ProgressLine {
 public:
  /// Shows the numbers on standard error; takes the line away when there are none. Nothing at first.
  void show(const std::optional<file::Progress>& progress);

 private:
  double since_ = 0, shown_ = 0;
  bool there_ = false;
};

}  // namespace immure::cli
