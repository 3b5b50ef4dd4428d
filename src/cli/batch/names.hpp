/// The names of a batch's runs. A run's output directory and its evidence have the name of the run.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "evidence/batch.hpp"
#include "sys/error.hpp"

namespace immure::cli {

using evidence::kBatchDirectory;
inline constexpr std::string_view kEvidenceSuffix = evidence::kEvidenceEnding;

/// What a template can say about an input.
struct NameFacts {
  std::string path;                   ///< the input as the operator named it
  std::size_t number = 1, count = 1;  ///< the place of the input in the order of the inputs, from 1
};

/// The name that the template makes. `{name}`: the last part of the path; `{stem}`: the same without its last ending;
/// `{ext}`: that ending; `{parent}`: the part before the last one; `{n}`: the number, with zeros in front. Error
/// kUsage: another word in braces, or a brace without its partner.
[[nodiscard]] Result<std::string> name_by(const std::string& pattern, const NameFacts& facts);

/// Error kBadInput if no run may have this name: a file in --out must be able to have the name, the name must not be
/// the name of another file of the batch, and no shell or program may take the name for an option.
[[nodiscard]] Result<void> check_run_name(const std::string& name, const std::string& shown);

}  // namespace immure::cli
