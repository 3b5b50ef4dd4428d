#include "render/show_tables.hpp"

#include <algorithm>
#include <set>

#include "render/value_tree.hpp"
#include "text/list.hpp"
#include "text/visible.hpp"
#include "text/wrap.hpp"

namespace immure::render {
namespace {

void add_mounts(Table& table, std::string_view seen, const std::vector<evidence::Mount>& mounts) {
  for (const evidence::Mount& mount : mounts)
    table.add({std::string(seen), mount.point, mount.type.empty() ? "?" : mount.type, text::list_text(mount.options)});
}

std::string inode_of(const std::map<std::string, std::uint64_t>* namespaces, const std::string& name) {
  if (namespaces == nullptr) return "not seen";
  const auto found = namespaces->find(name);
  return found == namespaces->end() ? "not seen" : std::to_string(found->second);
}

/// Instructions of filters are for programs, which have them in JSON.
constexpr std::string_view kInstructions = "bpf";

void append_fields(std::string& out, const std::string& where, const Node& node) {
  if (node.name == kInstructions && node.parts.empty()) {
    out += where + ": " + std::to_string(node.text.size()) + " bytes in base64 (--json shows them)\n";
  } else if (node.parts.empty()) {
    out += where + ": " + (node.text.empty() ? node.is_list ? "none" : "empty" : text::escaped(node.text)) + "\n";
  }
  for (const Node& part : node.parts) {
    const std::string name = text::escaped(part.name);
    append_fields(out, node.is_list ? where + "[" + name + "]" : where.empty() ? name : where + "." + name, part);
  }
}

}  // namespace

std::string Table::text() const {
  if (empty()) return {};
  std::vector<std::vector<std::string>> rows = rows_;
  std::vector<std::size_t> widths;
  for (std::vector<std::string>& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = text::escaped(row[i]);
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], text::columns(row[i]));
    }
  std::string out;
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - text::columns(row[i]) + 2, ' ');
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string limits_table(const evidence::Evidence& evidence) {
  Table table({"limit", "value", "unit", "enforced by"});
  for (const evidence::Enforcement& limit : evidence.limits)
    table.add({limit.name, std::to_string(limit.value), limit.unit, limit.by});
  return table.text();
}

std::string refusals_table(const evidence::Evidence& evidence) {
  if (!evidence.payload) return {};
  if (!evidence.payload->refused) return "nobody observed the program\n";
  Table table({"calls", "kind", "path"});
  for (const evidence::Refusal& refusal : *evidence.payload->refused)
    table.add({std::to_string(refusal.count), refusal.what, refusal.path.empty() ? "further paths" : refusal.path});
  return table.empty() ? "none\n" : table.text();
}

std::string mounts_table(const evidence::Evidence& evidence) {
  Table table({"seen", "mount", "type", "options"});
  if (evidence.inside) add_mounts(table, "inside", evidence.inside->mounts);
  for (const evidence::OutsideView& view : evidence.outside) add_mounts(table, "outside, " + view.moment, view.mounts);
  return table.text();
}

std::string namespaces_table(const evidence::Evidence& evidence) {
  const evidence::OutsideView* outside = evidence.outside.empty() ? nullptr : &evidence.outside.back();
  const auto* inside = evidence.inside ? &evidence.inside->namespaces : nullptr;
  std::set<std::string> names;
  for (const auto* map :
       {inside, outside ? &outside->namespaces : nullptr, outside ? &outside->host_namespaces : nullptr})
    if (map != nullptr)
      for (const auto& [name, inode] : *map) names.insert(name);
  Table table({"namespace", "of the cell, seen inside", "seen outside", "of the host"});
  for (const std::string& name : names)
    table.add({name, inode_of(inside, name), inode_of(outside ? &outside->namespaces : nullptr, name),
               inode_of(outside ? &outside->host_namespaces : nullptr, name)});
  return table.text();
}

std::string packages_list(const evidence::Evidence& evidence) {
  if (!evidence.image_packages) return {};
  std::string out;
  for (const std::string& package : evidence.image_packages->packages) out += text::escaped(package) + "\n";
  for (const std::string& path : evidence.image_packages->left_out) out += "left out: " + text::escaped(path) + "\n";
  return out;
}

std::string fields_list(const evidence::Statement& statement) {
  std::string out;
  Node tree = tree_of(statement);
  std::erase_if(tree.parts, [](const Node& part) { return part.name == "probes"; });
  append_fields(out, "", tree);
  return out;
}

}  // namespace immure::render
