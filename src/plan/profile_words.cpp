#include "plan/profile_words.hpp"

#include <algorithm>

#include "file/io.hpp"
#include "plan/filter/filter.hpp"
#include "plan/filter/groups.hpp"
#include "plan/profile.hpp"
#include "text/list.hpp"

namespace immure::plan {
namespace {

constexpr std::size_t kWidth = 118;  // leaves room for `# `
constexpr std::uint64_t kMaxFilterBytes = 1ULL << 20;

using Named = std::map<std::string, std::string>;

struct Words {
  Named groups;                                   ///< sentences by name
  std::multimap<std::string, std::string> calls;  ///< lines by call
  Named limits, keys;
};

/// Adds the calls of the operator's own filter, which has no groups. The numbers in its conditions stay in its file.
Result<void> add_own_filter(const std::string& path, Words& words) {
  TRY(const std::string json, file::read_whole(path, kMaxFilterBytes));
  TRY(const FilterSource source, parse_filter_source(json, path));
  for (const FilterRule& rule : source.rules)
    for (const std::string& call : rule.names) {
      const std::string denied = rule.action == Action::kAllow ? "" : " denied";
      const std::string line = call + denied + (rule.arguments.empty() ? "" : " if its arguments are as in " + path);
      words.calls.emplace(call, line);
    }
  return {};
}

Result<void> add_groups(const Profile& profile, Words& words) {
  TRY(const Groups groups, builtin_groups());
  TRY(const std::vector<const Group*> members,
      groups.of(profile.socket_pairs ? with_socket_pairs(profile.base) : profile.base));
  for (const Group* group : members) {
    words.groups[group->name] = group->opens;
    for (const GroupRule& rule : group->rules)
      for (const GroupLine& line : rule.lines) words.calls.emplace(line.statement.call, line.statement.text);
  }
  return {};
}

Named keys_of(const Profile& profile) {
  Named keys;
  for (const auto& [name, value] : profile.environment) keys["environment." + name] = value;
  for (const std::string& path : profile.image_include) keys["image.include " + path] = "packed";
  for (const std::string& call : profile.unsafe_syscalls) keys["unsafe_syscalls " + call] = "allowed";
  if (profile.scratch_bytes != 0) keys["scratch"] = std::to_string(profile.scratch_bytes) + "B";
  if (profile.read_back) keys["output"] = "private";
  if (profile.socket_pairs) keys["socket_pairs"] = "true";
  for (const std::string& name : profile.unsafe_exec) keys["unsafe_exec " + name] = "may be started";
  if (profile.unsafe_writable_code) keys["unsafe_writable_code"] = "true";
  if (profile.unsafe_seccomp_file) keys["unsafe_seccomp"] = *profile.unsafe_seccomp_file;
  return keys;
}

Result<Words> words_of(const Profile& profile) {
  Words words;
  if (profile.unsafe_seccomp_file)
    CHECK_OK(add_own_filter(*profile.unsafe_seccomp_file, words));
  else
    CHECK_OK(add_groups(profile, words));
  for (const std::string& call : extra_calls(profile)) {
    words.calls.erase(call);
    words.calls.emplace(call, call);
  }
  for (const LimitText& limit : limit_texts(profile.limits)) words.limits[limit.key] = limit.value;
  words.keys = keys_of(profile);
  return words;
}

Named lines_of(const Words& words) {
  Named lines;
  for (const auto& [call, line] : words.calls) lines[line] = "";
  return lines;
}

void compare(ProfileDifference::Kind kind, const Named& first, const Named& second,
             std::vector<ProfileDifference>& differences) {
  Named names = first;
  names.insert(second.begin(), second.end());
  const auto value = [](const Named& from, const std::string& name) {
    const auto found = from.find(name);
    return found == from.end() ? std::nullopt : std::optional(found->second);
  };
  for (const auto& [name, ignored] : names) {
    ProfileDifference one{.kind = kind, .name = name, .first = value(first, name), .second = value(second, name)};
    if (one.first != one.second) differences.push_back(std::move(one));
  }
}

/// Wraps a text into lines that begin with `indent`.
std::string wrapped(std::string_view text, const std::string& indent) {
  std::string lines, line = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word(text.substr(0, end));
    if (line.size() > indent.size() && line.size() + 1 + word.size() > kWidth) {
      lines += line + "\n";
      line = indent;
    }
    line += (line.size() > indent.size() ? " " : "") + word;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines + line + "\n";
}

std::string rule_text(const GroupRule& rule) {
  std::string plain, text;
  for (const GroupLine& line : rule.lines) {
    const Statement& statement = line.statement;
    if (statement.text == statement.call)
      text::append_item(plain, statement.call);
    else
      text += wrapped(statement.text, "  ");
  }
  if (!plain.empty()) text = wrapped(plain, "  ") + text;
  return text + (rule.because.empty() ? "" : wrapped(rule.because, "    "));
}

}  // namespace

Result<std::vector<ProfileDifference>> compare_profiles(const Profile& first, const Profile& second) {
  using Kind = ProfileDifference::Kind;
  TRY(const Words a, words_of(first));
  TRY(const Words b, words_of(second));
  std::vector<ProfileDifference> differences;
  compare(Kind::kGroup, a.groups, b.groups, differences);
  compare(Kind::kCall, lines_of(a), lines_of(b), differences);
  compare(Kind::kLimit, a.limits, b.limits, differences);
  compare(Kind::kKey, a.keys, b.keys, differences);
  return differences;
}

Result<std::string> groups_text(std::string_view profile) {
  TRY(const Groups groups, builtin_groups());
  TRY(const std::vector<const Group*> members, groups.of(profile));
  std::string text;
  for (const Group* group : members) {
    text += (text.empty() ? "" : "\n") + group->name + ": " + group->opens + "\n";
    for (const GroupRule& rule : group->rules) text += rule_text(rule);
  }
  return text;
}

}  // namespace immure::plan
