/// Reads the directories of UDF (ECMA-167), which DVDs and images for Windows have besides those of ISO 9660. Windows
/// shows these directories, and most other programs the ones of ISO 9660.
#pragma once

#include <optional>
#include <vector>

#include "inspect/scan/layout.hpp"

namespace immure::inspect {

/// All files of the UDF volume. nullopt if the volume has a form that this code does not read: metadata partitions,
/// files in several places, embedded directories that are damaged.
[[nodiscard]] std::optional<std::vector<Part>> udf_files(ByteSource& source);

}  // namespace immure::inspect
