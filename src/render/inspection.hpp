/// What the inspector wrote in its cell, read again for the page. It is the output of a program that read hostile
/// files: every text in it is shown escaped, and nothing of it decides a verdict.
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
  std::map<std::string, std::int64_t> numbers;  ///< of `counts` and `coverage`: `coverage.files.bytes.all`
  std::map<std::string, Rule> rules;
  std::vector<Finding> findings;
};

/// Reads a report.json. Error kBadInput with a JSON pointer.
[[nodiscard]] Result<Inspection> parse_inspection(std::string_view bytes);

/// The inspection of an accepted run of the inspector, from its report.json among the artifacts, if that is what the
/// evidence says it was; nothing for every other run. Error: it is too large to be shown, or cannot be understood.
[[nodiscard]] Result<std::optional<Inspection>> inspection_of(const verify::AttestationResult& result,
                                                              const verify::Request& request);

}  // namespace immure::render
