#include "plan/filter/filter_source.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>

namespace immure::plan {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxEntries = 4096;
constexpr std::uint64_t kMaxErrno = 4095;

#if defined(__x86_64__)
constexpr std::string_view kArchitecture = "SCMP_ARCH_X86_64";
constexpr std::string_view kArchitectureShort = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view kArchitecture = "SCMP_ARCH_AARCH64";
constexpr std::string_view kArchitectureShort = "arm64";
#endif

template <class T>
struct Named {
  std::string_view name;
  T value;
};

constexpr auto kActions = std::to_array<Named<Action>>({
    {"SCMP_ACT_ALLOW", Action::kAllow},
    {"SCMP_ACT_ERRNO", Action::kErrno},
    {"SCMP_ACT_KILL", Action::kKillThread},
    {"SCMP_ACT_KILL_THREAD", Action::kKillThread},
    {"SCMP_ACT_KILL_PROCESS", Action::kKillProcess},
});

constexpr auto kOperators = std::to_array<Named<Compare>>({
    {"SCMP_CMP_NE", Compare::kNotEqual},
    {"SCMP_CMP_LT", Compare::kLess},
    {"SCMP_CMP_LE", Compare::kLessEqual},
    {"SCMP_CMP_EQ", Compare::kEqual},
    {"SCMP_CMP_GE", Compare::kGreaterEqual},
    {"SCMP_CMP_GT", Compare::kGreater},
    {"SCMP_CMP_MASKED_EQ", Compare::kMaskedEqual},
});

/// A JSON value and its JSON pointer, so that each error can name the place.
class Node {
 public:
  Node(const json& value, std::string_view file, std::string pointer)
      : value_(value), file_(file), pointer_(std::move(pointer)) {}

  [[nodiscard]] const std::string& pointer() const { return pointer_; }

  [[nodiscard]] std::unexpected<Error> bad(std::string_view what) const {
    return fail(Code::kBadInput, std::string(file_) + ": " + (pointer_.empty() ? "/" : pointer_), what);
  }

  [[nodiscard]] Result<void> only(std::initializer_list<std::string_view> keys) const {
    if (!value_.is_object()) return bad("must be an object");
    for (const auto& [key, ignored] : value_.items())
      if (std::ranges::find(keys, key) == keys.end()) return bad("unknown key `" + key + "`");
    return {};
  }

  [[nodiscard]] std::optional<Node> find(const char* key) const {
    const auto found = value_.find(key);
    if (found == value_.end() || found->is_null()) return std::nullopt;
    return Node(*found, file_, pointer_ + "/" + key);
  }

  [[nodiscard]] Result<std::vector<Node>> items() const {
    if (!value_.is_array()) return bad("must be an array");
    if (value_.size() > kMaxEntries) return bad("has too many entries");
    std::vector<Node> nodes;
    nodes.reserve(value_.size());
    for (std::size_t i = 0; i < value_.size(); ++i)
      nodes.emplace_back(value_[i], file_, pointer_ + "/" + std::to_string(i));
    return nodes;
  }

  [[nodiscard]] Result<std::string> text() const {
    if (!value_.is_string()) return bad("must be a string");
    return value_.get<std::string>();
  }

  [[nodiscard]] Result<std::uint64_t> number(std::uint64_t limit) const {
    if (!value_.is_number_unsigned()) return bad("must be a whole number");
    const auto number = value_.get<std::uint64_t>();
    if (number > limit) return bad("must not be above " + std::to_string(limit));
    return number;
  }

  template <class T, std::size_t N>
  [[nodiscard]] Result<T> one_of(const std::array<Named<T>, N>& table, std::string_view what) const {
    TRY(const std::string name, text());
    for (const Named<T>& row : table)
      if (row.name == name) return row.value;
    return bad("unknown " + std::string(what) + " `" + name + "`");
  }

  [[nodiscard]] Result<bool> contains(std::string_view text_wanted) const {
    TRY(const auto nodes, items());
    bool found = false;
    for (const Node& node : nodes) {
      TRY(const std::string name, node.text());
      found = found || name == text_wanted;
    }
    return found;
  }

 private:
  const json& value_;
  std::string_view file_;
  std::string pointer_;
};

Result<std::uint16_t> errno_of(const Node& object, const char* key) {
  const auto node = object.find(key);
  if (!node) return std::uint16_t{1};
  TRY(const std::uint64_t number, node->number(kMaxErrno));
  return static_cast<std::uint16_t>(number);
}

/// The errno of all calls without a rule. A rule may feign a call (errno 0), but the default may not feign every call.
Result<std::uint16_t> default_errno_of(const Node& object) {
  constexpr const char* kKey = "defaultErrnoRet";
  TRY(const std::uint16_t number, errno_of(object, kKey));
  if (number == 0) return object.find(kKey)->bad("0 would tell the program that every call had succeeded");
  return number;
}

/// True if Docker's `includes` and `excludes` select the rule for a program without capabilities on this architecture.
Result<bool> holds_here(const Node& entry) {
  bool holds = true;
  for (const bool include : {true, false}) {
    const auto filter = entry.find(include ? "includes" : "excludes");
    if (!filter) continue;
    CHECK_OK(filter->only({"arches", "caps", "minKernel"}));
    if (const auto kernel = filter->find("minKernel"))
      return kernel->bad("a rule must not depend on the kernel's version");
    if (const auto arches = filter->find("arches")) {
      TRY(const bool native, arches->contains(kArchitectureShort));
      if (native != include) holds = false;
    }
    if (const auto caps = filter->find("caps"); caps && include) {
      TRY(const auto names, caps->items());
      if (!names.empty()) holds = false;
    }
  }
  return holds;
}

Result<ArgumentRule> argument_of(const Node& node) {
  CHECK_OK(node.only({"index", "value", "valueTwo", "op"}));
  const auto index = node.find("index"), value = node.find("value"), second = node.find("valueTwo"),
             op = node.find("op");
  if (!index || !value || !op) return node.bad("needs `index`, `value` and `op`");
  ArgumentRule rule;
  TRY(const std::uint64_t position, index->number(5));
  rule.index = static_cast<std::uint32_t>(position);
  TRY(rule.compare, op->one_of(kOperators, "operator"));
  TRY(rule.value, value->number(~std::uint64_t{0}));
  if (second) {
    TRY(rule.second, second->number(~std::uint64_t{0}));
  }
  return rule;
}

Result<void> read_names(const Node& entry, FilterRule& rule) {
  const auto names = entry.find("names"), name = entry.find("name");
  if (names) {
    TRY(const auto nodes, names->items());
    for (const Node& node : nodes) {
      TRY(std::string text, node.text());
      rule.names.push_back(std::move(text));
    }
  }
  if (name) {
    TRY(std::string text, name->text());
    rule.names.push_back(std::move(text));
  }
  if (rule.names.empty()) return entry.bad("names no system call");
  return {};
}

Result<FilterRule> rule_of(const Node& entry) {
  FilterRule rule;
  rule.pointer = entry.pointer();
  CHECK_OK(read_names(entry, rule));
  const auto action = entry.find("action");
  if (!action) return entry.bad("has no `action`");
  TRY(rule.action, action->one_of(kActions, "action"));
  TRY(rule.number, errno_of(entry, "errnoRet"));
  if (const auto args = entry.find("args")) {
    TRY(const auto nodes, args->items());
    for (const Node& node : nodes) {
      TRY(const ArgumentRule argument, argument_of(node));
      // Refuse two conditions on one argument: runc reads them as alternatives, and libseccomp refuses them.
      if (std::ranges::find(rule.arguments, argument.index, &ArgumentRule::index) != rule.arguments.end())
        return node.bad("a second condition on one argument; write an entry of its own");
      rule.arguments.push_back(argument);
    }
  }
  return rule;
}

Result<void> check_architectures(const Node& root) {
  bool named = false, native = false;
  if (const auto list = root.find("architectures")) {
    TRY(const auto nodes, list->items());
    for (const Node& node : nodes) {
      TRY(const std::string name, node.text());
      if (name != kArchitecture) return node.bad("a foreign architecture; calls of those are always killed");
      named = native = true;
    }
  }
  if (const auto map = root.find("archMap")) {
    TRY(const auto nodes, map->items());
    for (const Node& node : nodes) {
      CHECK_OK(node.only({"architecture", "subArchitectures"}));
      const auto name = node.find("architecture"), subordinate = node.find("subArchitectures");
      if (!name) return node.bad("has no `architecture`");
      TRY(const std::string text, name->text());
      named = true;
      if (text != kArchitecture) continue;
      native = true;
      if (!subordinate) continue;
      TRY(const auto others, subordinate->items());
      if (!others.empty()) return others.front().bad("a foreign architecture; calls of those are always killed");
    }
  }
  if (named && !native) return root.bad("is not for " + std::string(kArchitecture));
  return {};
}

}  // namespace

Result<FilterSource> parse_filter_source(std::string_view json_text, std::string_view file) {
  json document;
  // Catch the library's exception, because only the exception has the position of the fault.
  try {
    document = json::parse(json_text);
  } catch (const json::exception& problem) {
    return fail(Code::kBadInput, file, "not JSON: " + std::string(problem.what()));
  }
  const Node root(document, file, "");
  CHECK_OK(root.only({"defaultAction", "defaultErrnoRet", "architectures", "archMap", "syscalls"}));
  const auto action = root.find("defaultAction"), syscalls = root.find("syscalls");
  if (!action || !syscalls) return root.bad("needs `defaultAction` and `syscalls`");
  TRY(const Action otherwise, action->one_of(kActions, "action"));
  if (otherwise != Action::kErrno) return action->bad("must be SCMP_ACT_ERRNO: what is not allowed is refused");
  CHECK_OK(check_architectures(root));
  FilterSource source;
  TRY(source.default_errno, default_errno_of(root));
  TRY(const auto entries, syscalls->items());
  for (const Node& entry : entries) {
    CHECK_OK(entry.only({"name", "names", "action", "errnoRet", "args", "comment", "includes", "excludes"}));
    TRY(FilterRule rule, rule_of(entry));
    TRY(const bool holds, holds_here(entry));
    if (holds) source.rules.push_back(std::move(rule));
  }
  return source;
}

}  // namespace immure::plan
