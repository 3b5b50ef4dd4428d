/// What the operator gives besides the drop and the rules. It is read before the drop is opened.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspect/input_root.hpp"
#include "inspect/report/baseline.hpp"
#include "inspect/report/earlier.hpp"
#include "inspect/scan/rule_set.hpp"

namespace immure::inspect {

struct OperatorData {
  std::vector<Entry> unseen;  ///< what of the drop the cell does not show (unseen.hpp)
  Baseline baseline;
  std::string today;  ///< the day that the baseline's days are compared with
  std::optional<Earlier> against;
  std::vector<Given> given;  ///< digests of the files that these came from
};

}  // namespace immure::inspect
