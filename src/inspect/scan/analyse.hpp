/// Runs every check on one file's content and on its members. This code runs in a worker.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "inspect/limits.hpp"
#include "inspect/scan/archive.hpp"
#include "inspect/scan/file_type.hpp"
#include "inspect/scan/findings.hpp"
#include "inspect/scan/rule_scan.hpp"
#include "inspect/scan/rule_set.hpp"

namespace immure::inspect {

/// One file of the drop, as far as the worker has read it.
struct FileContent {
  Bytes bytes;  ///< the beginning of the file
  std::uint64_t size = 0;
  /// A descriptor for containers that are larger than `bytes`; -1 if `bytes` has the whole file.
  int fd = -1;
  std::string_view path;
  bool containers = true;  ///< if false, containers are not opened, and a finding says so
};

class Analyser {
 public:
  Analyser(const RuleSet& rules, const Limits& limits)
      : limits_(limits), magic_(rules.magic()), scanner_(rules, limits) {}

  /// Adds findings to `result`: first those of simple checks, last those of parsers. The function calls `stage`
  /// whenever `result` has something new, so that the worker can send the new results before the next parser, which may
  /// die. `stage` may take findings and members away.
  void analyse(const FileContent& file, FileResult& result, const std::function<void(FileResult&)>& stage);

 private:
  const Limits& limits_;
  const Magic& magic_;
  RuleScanner scanner_;
};

}  // namespace immure::inspect
