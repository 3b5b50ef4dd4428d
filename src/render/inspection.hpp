/// Reads the inspector's report for the page. A program that read hostile files wrote this report in its cell, so every
/// text from it is escaped, and nothing in it decides a verdict.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/request.hpp"
#include "verify/result.hpp"

namespace immure::render {

struct Inspection {
  struct Rule {
    std::string severity, title, why, advice;
  };
  struct Finding {
    std::string rule, path, member, seen, accepted;
  };
  /// Numbers of `counts` and `coverage` by their path, for example `coverage.files.bytes.all`.
  std::map<std::string, std::int64_t> numbers;
  std::map<std::string, Rule> rules;
  std::vector<Finding> findings;
};

/// Reads a report.json. Error kBadInput with a JSON pointer.
[[nodiscard]] Result<Inspection> parse_inspection(std::string_view bytes);

/// The inspection of an accepted run of the inspector, read from report.json among the artifacts if its digest is the
/// signed one. Returns nullopt for every other run. Error: the report is too large to be shown or cannot be read.
[[nodiscard]] Result<std::optional<Inspection>> inspection_of(const verify::AttestationResult& result,
                                                              const verify::Request& request);

}  // namespace immure::render
