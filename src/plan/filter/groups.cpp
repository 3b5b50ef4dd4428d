#include "plan/filter/groups.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "file/toml.hpp"

namespace immure::plan {
namespace {

using file::TomlItem;

std::string place_of(const TomlItem& item) {
  return std::string(item.file) + ":" + std::to_string(item.node.line) + ":" + item.key;
}

Result<const file::TomlTable*> table_of(const TomlItem& item) {
  const auto* table = item.node.get<file::TomlTable>();
  if (table == nullptr) return item.bad("must be a table");
  return table;
}

Result<const file::TomlArray*> array_of(const TomlItem& item) {
  const auto* array = item.node.get<file::TomlArray>();
  if (array == nullptr) return item.bad("must be a list");
  return array;
}

const file::TomlNode* find_node(const file::TomlTable& table, std::string_view key) {
  const auto found = table.find(key);
  return found == table.end() ? nullptr : &found->second;
}

/// The text that the table `holder` has under `key`.
Result<std::string> required_text(const TomlItem& holder, std::string_view key) {
  TRY(const file::TomlTable* table, table_of(holder));
  const file::TomlNode* node = find_node(*table, key);
  if (node == nullptr) return holder.bad("has no `" + std::string(key) + "`");
  return file::toml_text({*node, holder.key + "." + std::string(key), holder.file});
}

Result<std::vector<GroupLine>> read_lines(const TomlItem& item) {
  TRY(const file::TomlArray* array, array_of(item));
  std::vector<GroupLine> lines;
  for (const file::TomlNode& node : *array) {
    const TomlItem line{node, item.key, item.file};
    TRY(const std::string text, file::toml_text(line));
    auto statement = parse_statement(text);
    if (!statement) return line.bad(statement.error().what, statement.error().hint);
    lines.push_back({.statement = std::move(*statement), .place = place_of(line)});
  }
  return lines;
}

Result<GroupRule> read_rule(const TomlItem& item) {
  TRY(const file::TomlTable* table, table_of(item));
  GroupRule rule;
  TRY(rule.because, required_text(item, "because"));
  for (const auto& [key, node] : *table) {
    const TomlItem part{node, item.key + "." + key, item.file};
    if (key == "calls") {
      TRY(rule.lines, read_lines(part));
    } else if (key != "because") {
      return part.bad("unknown key");
    }
  }
  if (rule.lines.empty()) return item.bad("names no system call");
  return rule;
}

Result<Group> read_group(const TomlItem& item) {
  TRY(const file::TomlTable* table, table_of(item));
  Group group;
  TRY(group.name, required_text(item, "name"));
  TRY(group.opens, required_text(item, "opens"));
  std::vector<GroupRule> rules;
  for (const auto& [key, node] : *table) {
    const TomlItem part{node, item.key + "." + key, item.file};
    if (key == "calls") {
      TRY(std::vector<GroupLine> lines, read_lines(part));
      if (lines.empty()) return part.bad("names no system call");
      group.rules.push_back({.because = {}, .lines = std::move(lines)});
    } else if (key == "rule") {
      TRY(const file::TomlArray* array, array_of(part));
      for (const file::TomlNode& each : *array) {
        TRY(GroupRule rule, read_rule({each, part.key, part.file}));
        rules.push_back(std::move(rule));
      }
    } else if (key != "name" && key != "opens") {
      return part.bad("unknown key");
    }
  }
  if (group.rules.empty() && rules.empty()) return item.bad("names no system call");
  std::ranges::move(rules, std::back_inserter(group.rules));
  return group;
}

Result<std::vector<Group>> read_groups(const TomlItem& item) {
  TRY(const file::TomlArray* array, array_of(item));
  std::vector<Group> groups;
  for (const file::TomlNode& node : *array) {
    const TomlItem part{node, item.key, item.file};
    TRY(Group group, read_group(part));
    if (std::ranges::find(groups, group.name, &Group::name) != groups.end())
      return part.bad("a second group `" + group.name + "`");
    groups.push_back(std::move(group));
  }
  return groups;
}

/// Reads names of groups, and returns `before` with these names at the end.
Result<std::vector<std::string>> read_names(const TomlItem& item, const std::vector<Group>& groups,
                                            std::vector<std::string> before) {
  TRY(const file::TomlArray* array, array_of(item));
  for (const file::TomlNode& node : *array) {
    const TomlItem part{node, item.key, item.file};
    TRY(const std::string name, file::toml_text(part));
    if (std::ranges::find(groups, name, &Group::name) == groups.end()) return part.bad("unknown group `" + name + "`");
    if (std::ranges::find(before, name) != before.end()) return part.bad("names the group `" + name + "` twice");
    before.push_back(name);
  }
  return before;
}

/// Adds a twin of each profile, with the groups for socket pairs. The inspector makes no pairs, so it gets no twin.
Result<void> read_pairs(const file::TomlTable& document, std::string_view file, Groups& groups) {
  const file::TomlNode* pairs = find_node(document, "socket_pairs");
  if (pairs == nullptr) return {};
  std::map<std::string, std::vector<std::string>> twins;
  for (const auto& [name, members] : groups.profiles) {
    if (name == "inspect") continue;
    TRY(twins[with_socket_pairs(name)], read_names({*pairs, "socket_pairs", file}, groups.groups, members));
  }
  groups.profiles.merge(twins);
  return {};
}

Result<void> read_profiles(const file::TomlTable& document, std::string_view file, Groups& groups) {
  const file::TomlNode* base = find_node(document, "base");
  const file::TomlNode* profiles = find_node(document, "profiles");
  if (base == nullptr || profiles == nullptr) return fail(Code::kBadInput, file, "needs `base` and `profiles`");
  TRY(const std::vector<std::string> common, read_names({*base, "base", file}, groups.groups, {}));
  TRY(const file::TomlTable* table, table_of({*profiles, "profiles", file}));
  for (const auto& [name, node] : *table) {
    const TomlItem item{node, "profiles." + name, file};
    TRY(groups.profiles[name], read_names(item, groups.groups, common));
  }
  return read_pairs(document, file, groups);
}

/// Refuses a second line for a call that another line answers for all arguments: the second line would have no effect,
/// or would mislead a reader.
Result<void> check_profile(const std::vector<const Group*>& groups) {
  std::map<std::string_view, const GroupLine*> first, always;
  std::set<std::string_view> texts;
  for (const Group* group : groups)
    for (const GroupRule& rule : group->rules)
      for (const GroupLine& line : rule.lines) {
        const Statement& statement = line.statement;
        const bool repeated = !texts.insert(statement.text).second;
        const auto answered = always.find(statement.call), named = first.find(statement.call);
        const bool covers = statement.always() && named != first.end();
        if (repeated || answered != always.end() || covers)
          return fail(Code::kBadInput, line.place, "names `" + statement.call + "` twice",
                      "The other line is " + (answered != always.end() ? answered : named)->second->place + ".");
        first.try_emplace(statement.call, &line);
        if (statement.always() && !statement.machine) always.emplace(statement.call, &line);
      }
  return {};
}

}  // namespace

std::string with_socket_pairs(std::string_view profile) { return std::string(profile) + "_pairs"; }

Result<std::vector<const Group*>> Groups::of(std::string_view profile) const {
  const auto names = profiles.find(std::string(profile));
  if (names == profiles.end()) return fail(Code::kUsage, profile, "no such profile");
  std::vector<const Group*> list;
  for (const Group& group : groups)
    if (std::ranges::find(names->second, group.name) != names->second.end()) list.push_back(&group);
  return list;
}

Result<Groups> parse_groups(std::string_view text, std::string_view file) {
  TRY(const file::TomlTable document, file::parse_toml(text, file));
  for (const auto& [key, node] : document)
    if (key != "base" && key != "profiles" && key != "group" && key != "socket_pairs")
      return TomlItem{node, key, file}.bad("unknown key");
  const file::TomlNode* list = find_node(document, "group");
  if (list == nullptr) return fail(Code::kBadInput, file, "has no `group`");
  Groups groups;
  TRY(groups.groups, read_groups({*list, "group", file}));
  CHECK_OK(read_profiles(document, file, groups));
  std::set<const Group*> used;
  for (const auto& [name, ignored] : groups.profiles) {
    TRY(const std::vector<const Group*> members, groups.of(name));
    CHECK_OK(check_profile(members));
    used.insert(members.begin(), members.end());
  }
  for (const Group& group : groups.groups)
    if (!used.contains(&group))
      return fail(Code::kBadInput, group.rules.front().lines.front().place,
                  "no profile has the group `" + group.name + "`");
  return groups;
}

}  // namespace immure::plan
