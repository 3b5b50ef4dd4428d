#include <array>
#include <map>
#include <optional>

#include "file/toml.hpp"
#include "inspect/scan/secret_rules.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kMostRules = 5000;

using Pattern = std::unique_ptr<re2::RE2>;
template <class T>
using Reader = Result<void> (*)(const file::TomlItem&, T&);
template <class T>
using Readers = std::map<std::string_view, Reader<T>>;

template <class T>
Result<void> read_table(const file::TomlTable& table, std::string_view name, std::string_view file,
                        const Readers<T>& readers, T& into) {
  for (const auto& [key, node] : table) {
    const file::TomlItem item{node, std::string(name) + "." + key, file};
    const auto reader = readers.find(key);
    if (reader == readers.end()) return item.bad("is not a known key");
    CHECK_OK(reader->second(item, into));
  }
  return {};
}

Result<Pattern> compile(const file::TomlItem& item, const std::string& text) {
  // RE2 may use two megabytes for one pattern's automaton in each worker. The few patterns that need more to be
  // compiled get more.
  std::string why;
  for (const std::int64_t memory : {2LL << 20, 64LL << 20}) {
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_max_mem(memory);
    auto pattern = std::make_unique<re2::RE2>(text, options);
    if (pattern->ok()) return pattern;
    why = pattern->error();
  }
  return item.bad("is not a valid RE2 pattern: " + why);
}

Result<void> read_patterns(const file::TomlItem& item, std::vector<Pattern>& patterns) {
  TRY(const auto texts, file::toml_list(item));
  for (const std::string& text : texts) {
    TRY(Pattern pattern, compile(item, text));
    patterns.push_back(std::move(pattern));
  }
  return {};
}

/// Keys for people or for other programs. Such keys say nothing about the form of a secret, so the parser accepts and
/// ignores them.
template <class T>
Result<void> ignore(const file::TomlItem& /*item*/, T& /*into*/) {
  return {};
}

Result<void> read_target(const file::TomlItem& item, SecretAllowlist& list) {
  constexpr std::array<std::string_view, 3> kTargets = {"secret", "match", "line"};
  TRY(const std::string text, file::toml_text(item));
  for (std::size_t i = 0; i < kTargets.size(); ++i) {
    if (text != kTargets[i]) continue;
    list.target = static_cast<SecretAllowlist::Target>(i);
    return {};
  }
  return item.bad("must be secret, match or line");
}

Result<void> read_condition(const file::TomlItem& item, SecretAllowlist& list) {
  TRY(const std::string text, file::toml_text(item));
  list.all = text == "AND" || text == "&&";
  if (!list.all && text != "OR" && text != "||") return item.bad("must be AND or OR");
  return {};
}

Result<void> read_allowlist(const file::TomlItem& item, std::vector<SecretAllowlist>& lists) {
  static const Readers<SecretAllowlist> kReaders{
      {"description", ignore<SecretAllowlist>},
      {"commits", ignore<SecretAllowlist>},
      {"condition", read_condition},
      {"regexTarget", read_target},
      {"regexes", [](const file::TomlItem& it, SecretAllowlist& list) { return read_patterns(it, list.patterns); }},
      {"paths", [](const file::TomlItem& it, SecretAllowlist& list) { return read_patterns(it, list.paths); }},
      {"stopwords",
       [](const file::TomlItem& it, SecretAllowlist& list) -> Result<void> {
         TRY(list.stop_words, file::toml_list(it));
         for (std::string& word : list.stop_words) {
           for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
         }
         return {};
       }},
  };
  const auto* table = item.node.get<file::TomlTable>();
  if (table == nullptr) return item.bad("must be a table");
  SecretAllowlist list;
  CHECK_OK(read_table(*table, item.key, item.file, kReaders, list));
  lists.push_back(std::move(list));
  return {};
}

Result<void> read_allowlists(const file::TomlItem& item, std::vector<SecretAllowlist>& lists) {
  const auto* array = item.node.get<file::TomlArray>();
  if (array == nullptr) return item.bad("must be a list of tables");
  for (const file::TomlNode& node : *array) CHECK_OK(read_allowlist({node, item.key, item.file}, lists));
  return {};
}

Result<void> read_entropy(const file::TomlItem& item, SecretRule& rule) {
  std::optional<double> number;
  if (const auto* real = item.node.get<double>()) number = *real;
  if (const auto* whole = item.node.get<std::int64_t>()) number = static_cast<double>(*whole);
  if (!number || !(*number >= 0 && *number <= 8)) return item.bad("must be a number from 0 to 8");
  rule.entropy = *number;
  return {};
}

Result<void> read_group(const file::TomlItem& item, SecretRule& rule) {
  const auto* number = item.node.get<std::int64_t>();
  if (!number || *number < 0 || *number > 9) return item.bad("must be a number from 0 to 9");
  rule.group = static_cast<int>(*number);
  return {};
}

Result<void> read_pattern(const file::TomlItem& item, Pattern& pattern) {
  TRY(const std::string text, file::toml_text(item));
  TRY(pattern, compile(item, text));
  return {};
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= 100 &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyz"
             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
             "0123456789-_.") == std::string_view::npos;
}

Result<SecretRule> read_rule(const file::TomlItem& item) {
  static const Readers<SecretRule> kReaders{
      {"id",
       [](const file::TomlItem& it, SecretRule& rule) -> Result<void> {
         TRY(rule.id, file::toml_text(it));
         if (!is_id(rule.id)) return it.bad("must be letters, digits, dashes, dots, at most 100");
         return {};
       }},
      {"description",
       [](const file::TomlItem& it, SecretRule& rule) -> Result<void> {
         TRY(rule.title, file::toml_text(it));
         return {};
       }},
      {"regex", [](const file::TomlItem& it, SecretRule& rule) { return read_pattern(it, rule.pattern); }},
      {"path", [](const file::TomlItem& it, SecretRule& rule) { return read_pattern(it, rule.path); }},
      {"entropy", read_entropy},
      {"secretGroup", read_group},
      {"keywords",
       [](const file::TomlItem& it, SecretRule& rule) -> Result<void> {
         TRY(rule.keywords, file::toml_list(it));
         return {};
       }},
      {"tags", ignore<SecretRule>},
      {"allowlist", [](const file::TomlItem& it, SecretRule& rule) { return read_allowlist(it, rule.allowlists); }},
      {"allowlists", [](const file::TomlItem& it, SecretRule& rule) { return read_allowlists(it, rule.allowlists); }},
  };
  const auto* table = item.node.get<file::TomlTable>();
  if (table == nullptr) return item.bad("must be a table");
  SecretRule rule;
  CHECK_OK(read_table(*table, item.key, item.file, kReaders, rule));
  if (rule.id.empty()) return item.bad("has no id");
  if (!rule.pattern && !rule.path) return item.bad("has neither regex nor path");
  if (rule.title.empty()) rule.title = rule.id;
  if (rule.pattern && rule.group > rule.pattern->NumberOfCapturingGroups())
    return item.bad("secretGroup names a group that its regex does not have");
  return rule;
}

}  // namespace

Result<SecretRules> SecretRules::parse(std::string_view text, std::string_view file) {
  TRY(const file::TomlTable document, file::parse_toml(text, file));
  SecretRules set;
  std::map<std::string, bool, std::less<>> ids;
  for (const auto& [key, node] : document) {
    const file::TomlItem item{node, key, file};
    if (item.key == "title" || item.key == "description" || item.key == "minVersion") continue;
    if (item.key == "allowlist") {
      CHECK_OK(read_allowlist(item, set.allowlists_));
    } else if (item.key == "allowlists") {
      CHECK_OK(read_allowlists(item, set.allowlists_));
    } else if (item.key == "rules") {
      const auto* rules = node.get<file::TomlArray>();
      if (rules == nullptr || rules->size() > kMostRules) return item.bad("must be a list of 5,000 rules at most");
      for (const file::TomlNode& one : *rules) {
        const file::TomlItem place{one, item.key, file};
        TRY(SecretRule rule, read_rule(place));
        if (!ids.emplace(rule.id, true).second) return place.bad("has the same id as an earlier rule: " + rule.id);
        set.rules_.push_back(std::move(rule));
      }
    } else {
      return item.bad("is not a known key", item.key == "extend" ? "Put the rules into this file." : "");
    }
  }
  if (set.rules_.empty()) return fail(Code::kBadInput, std::string(file), "has no rules");
  CHECK_OK(set.index_keywords());
  return set;
}

}  // namespace immure::inspect
