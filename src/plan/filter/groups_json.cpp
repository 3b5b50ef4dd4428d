// Groups as Docker's seccomp JSON: the form that other engines read, and that the compiler takes.
#include <nlohmann/json.hpp>

#include "plan/filter/groups.hpp"

namespace immure::plan {
namespace {

std::string json_text(std::string_view text) { return nlohmann::json(text).dump(); }

std::string_view operator_name(Compare compare) {
  switch (compare) {
    case Compare::kNotEqual: return "SCMP_CMP_NE";
    case Compare::kLess: return "SCMP_CMP_LT";
    case Compare::kLessEqual: return "SCMP_CMP_LE";
    case Compare::kEqual: return "SCMP_CMP_EQ";
    case Compare::kGreaterEqual: return "SCMP_CMP_GE";
    case Compare::kGreater: return "SCMP_CMP_GT";
    case Compare::kMaskedEqual: return "SCMP_CMP_MASKED_EQ";
  }
  return "";
}

std::string argument_json(const ArgumentRule& rule) {
  std::string json = "{\"index\": " + std::to_string(rule.index) + ", \"value\": " + std::to_string(rule.value);
  if (rule.compare == Compare::kMaskedEqual) json += ", \"valueTwo\": " + std::to_string(rule.second);
  return json + R"(, "op": ")" + std::string(operator_name(rule.compare)) + "\"}";
}

/// One entry for calls that share everything else.
std::string entry(const std::string& comment, const std::vector<std::string>& calls, const Statement& like,
                  const std::vector<ArgumentRule>& arguments) {
  std::string names, args;
  for (const std::string& call : calls) names += (names.empty() ? "" : ", ") + json_text(call);
  for (const ArgumentRule& rule : arguments) args += (args.empty() ? "" : ", ") + argument_json(rule);
  std::string json =
      "    {\"comment\": " + json_text(comment) + ",\n     \"names\": [" + names + "],\n     \"action\": ";
  json += like.error == 0 ? "\"SCMP_ACT_ALLOW\"" : R"("SCMP_ACT_ERRNO", "errnoRet": )" + std::to_string(like.error);
  if (!args.empty()) json += ",\n     \"args\": [" + args + "]";
  if (like.machine)
    json += std::string(",\n     \"includes\": {\"arches\": [\"") +
            (*like.machine == sys::Machine::kX86_64 ? "amd64" : "arm64") + "\"]}";
  return json + "}";
}

bool alike(const Statement& first, const Statement& second) {
  return first.error == second.error && first.machine == second.machine && first.alternatives == second.alternatives;
}

void add_rule(std::vector<std::string>& entries, const std::string& comment, const GroupRule& rule) {
  for (auto line = rule.lines.begin(); line != rule.lines.end();) {
    const Statement& like = line->statement;
    std::vector<std::string> calls;
    for (; line != rule.lines.end() && alike(like, line->statement); ++line) calls.push_back(line->statement.call);
    for (const std::vector<ArgumentRule>& arguments : like.alternatives)
      entries.push_back(entry(comment, calls, like, arguments));
  }
}

}  // namespace

Result<std::string> docker_json(const Groups& groups, std::string_view profile) {
  TRY(const std::vector<const Group*> members, groups.of(profile));
  std::vector<std::string> entries;
  for (const Group* group : members)
    for (const GroupRule& rule : group->rules)
      add_rule(entries, group->name + ": " + (rule.because.empty() ? group->opens : rule.because), rule);
  std::string json = R"({
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 1,
  "archMap": [
    {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []},
    {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []}
  ],
  "syscalls": [
)";
  for (std::size_t i = 0; i < entries.size(); ++i) json += entries[i] + (i + 1 < entries.size() ? ",\n" : "\n");
  return json + "  ]\n}\n";
}

}  // namespace immure::plan
