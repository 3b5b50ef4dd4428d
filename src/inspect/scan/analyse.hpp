/// Everything that is asked of one file's content, its members included. Runs in a worker.
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

/// One file of the drop, as far as it was read.
struct FileContent {
  Bytes bytes;  ///< its beginning
  std::uint64_t size = 0;
  int fd = -1;  ///< for containers that are larger than `bytes`; -1 when `bytes` are all
  std::string_view path;
  bool containers = true;  ///< false: containers are not opened, and a finding says so
};

class Analyser {
 public:
  Analyser(const RuleSet& rules, const Limits& limits)
      : limits_(limits), magic_(rules.magic()), scanner_(rules, limits) {}

  /// Adds to `result`, the simple checks first, parsers last. `stage` is called whenever something new is in it, so
  /// that it can be sent off before the next parser may die; it may take findings and members away.
  void analyse(const FileContent& file, FileResult& result, const std::function<void(FileResult&)>& stage);

 private:
  const Limits& limits_;
  const Magic& magic_;
  RuleScanner scanner_;
};

}  // namespace immure::inspect
