#include "inspect/report/repeated.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "inspect/scan/file_type.hpp"

namespace immure::inspect {
namespace {

/// What makes two findings the same: the rule and, if the rule is for secrets, the secret.
std::string_view same_if(const Finding& finding, const RuleSet& rules) {
  return rules.texts()[finding.rule].secret ? std::string_view(finding.seen) : std::string_view();
}

}  // namespace

void drop_repeated(FileResult& result, const RuleSet& rules) {
  constexpr auto kFirstOfRules = static_cast<std::uint16_t>(Rule::kCount);
  // The containers around each finding.
  std::set<std::tuple<std::uint16_t, std::string_view, std::string_view>> within;
  for (const Finding& finding : result.findings) {
    if (finding.member.empty() || finding.rule < kFirstOfRules) continue;
    const std::string_view member = finding.member;
    within.emplace(finding.rule, same_if(finding, rules), std::string_view());
    for (std::size_t at = member.find("!/"); at != std::string_view::npos; at = member.find("!/", at + 2))
      within.emplace(finding.rule, same_if(finding, rules), member.substr(0, at));
  }
  if (within.empty()) return;
  std::map<std::string_view, std::uint16_t> types{{std::string_view(), result.type}};
  for (const Member& member : result.members) types.try_emplace(member.path, member.type);
  std::vector<Finding> kept;
  for (const Finding& finding : result.findings) {
    const auto type = types.find(finding.member);
    const bool container = type != types.end() && is_only_members(file_types()[type->second].container);
    if (finding.rule < kFirstOfRules || !container ||
        !within.contains({finding.rule, same_if(finding, rules), finding.member}))
      kept.push_back(finding);
  }
  result.findings = std::move(kept);
}

}  // namespace immure::inspect
