/// Tables of a statement for `immure show`. Everything from the evidence is escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.hpp"

namespace immure::render {

/// Columns of text, as wide as their widest cell. Cells are raw; the table escapes them.
class Table {
 public:
  explicit Table(std::vector<std::string> titles) : rows_{std::move(titles)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }
  /// One line for each row; empty if the table has only its titles.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

[[nodiscard]] std::string limits_table(const evidence::Evidence& evidence);
[[nodiscard]] std::string refusals_table(const evidence::Evidence& evidence);
/// The mounts as the cell saw them, and as somebody outside saw them.
[[nodiscard]] std::string mounts_table(const evidence::Evidence& evidence);
/// The inode of each namespace: as the cell saw it, as somebody outside saw it, and of the host.
[[nodiscard]] std::string namespaces_table(const evidence::Evidence& evidence);
[[nodiscard]] std::string packages_list(const evidence::Evidence& evidence);
/// Each field but the probes, as `path: value`.
[[nodiscard]] std::string fields_list(const evidence::Statement& statement);

}  // namespace immure::render
