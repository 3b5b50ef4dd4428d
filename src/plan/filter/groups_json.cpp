// Writes groups as Docker's seccomp JSON, which other engines and compile_filter() read.
#include "plan/filter/groups.hpp"
#include "text/json_writer.hpp"

namespace immure::plan {
namespace {

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

void write_argument(text::JsonWriter& json, const ArgumentRule& rule) {
  json.object().member("index", rule.index).member("value", rule.value);
  if (rule.compare == Compare::kMaskedEqual) json.member("valueTwo", rule.second);
  json.member("op", operator_name(rule.compare)).close();
}

/// Writes one entry for several calls that have everything but the name in common.
void write_entry(text::JsonWriter& json, const std::string& comment, const std::vector<std::string>& calls,
                 const Statement& like, const std::vector<ArgumentRule>& arguments) {
  json.object().member("comment", comment).member("names", calls);
  const bool allowed = like.error == 0 && !like.feigned;
  json.member("action", std::string_view(allowed ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO"));
  if (!allowed) json.member("errnoRet", like.error);
  if (!arguments.empty()) {
    json.key("args").array();
    for (const ArgumentRule& rule : arguments) write_argument(json, rule);
    json.close();
  }
  if (like.machine) {
    const std::vector<std::string> machine = {*like.machine == sys::Machine::kX86_64 ? "amd64" : "arm64"};
    json.key("includes").object().member("arches", machine).close();
  }
  json.close();
}

bool alike(const Statement& first, const Statement& second) {
  return first.error == second.error && first.feigned == second.feigned && first.machine == second.machine &&
         first.alternatives == second.alternatives;
}

void write_rule(text::JsonWriter& json, const std::string& comment, const GroupRule& rule) {
  for (auto line = rule.lines.begin(); line != rule.lines.end();) {
    const Statement& like = line->statement;
    std::vector<std::string> calls;
    for (; line != rule.lines.end() && alike(like, line->statement); ++line) calls.push_back(line->statement.call);
    for (const std::vector<ArgumentRule>& arguments : like.alternatives)
      write_entry(json, comment, calls, like, arguments);
  }
}

}  // namespace

Result<std::string> docker_json(const Groups& groups, std::string_view profile) {
  TRY(const std::vector<const Group*> members, groups.of(profile));
  std::string out;
  text::JsonWriter json(out);
  json.object().member("defaultAction", std::string_view("SCMP_ACT_ERRNO")).member("defaultErrnoRet", 1);
  json.key("archMap").array();
  for (const std::string_view architecture : {"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"})
    json.object().member("architecture", architecture).key("subArchitectures").array().close().close();
  json.close().key("syscalls").array();
  for (const Group* group : members)
    for (const GroupRule& rule : group->rules)
      write_rule(json, group->name + ": " + (rule.because.empty() ? group->opens : rule.because), rule);
  json.close().close();
  return out + "\n";
}

}  // namespace immure::plan
