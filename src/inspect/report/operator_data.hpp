/// What the operator gives besides the drop and the rules. The inspector reads this data before it opens the drop.
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
  std::vector<Entry> hidden;  ///< entries and facts of the drop that the cell does not show (report/hidden_entries.hpp)
  Baseline baseline;
  std::string today;  ///< the day to compare the baseline's days with
  std::optional<Earlier> against;
  std::vector<Given> given;  ///< digests of the files that the operator gave
};

}  // namespace immure::inspect
