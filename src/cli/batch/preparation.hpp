/// What a batch does once for all its runs: the plan, the image, the filter, and the look at the key.
#pragma once

#include <string>
#include <vector>

#include "cli/batch/entries.hpp"
#include "cli/batch/plan_record.hpp"
#include "cli/command.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/launch.hpp"
#include "sys/error.hpp"

namespace immure::cli {

struct Preparation {
  Launch common;  ///< what all runs have in common
  BatchEntries entries;
  std::string output_path;  ///< of --out, absolute
  std::string place;        ///< --as
  bool inspects = false;    ///< --inspect
  std::string key_id;       ///< empty if nothing is signed
  BatchPlan plan;           ///< what the batch is asked to do
};

/// Walks the path of the key, and packs the image. Errors: kBadInput if the key is missing or unusable; those of
/// plan_for().
[[nodiscard]] Result<Preparation> prepare_batch(const Arguments& arguments, Launch common, BatchEntries entries,
                                                const OutputDirectory& output);

}  // namespace immure::cli
