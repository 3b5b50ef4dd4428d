#include <algorithm>
#include <array>
#include <span>

#include "render/html/html_parts.hpp"

namespace immure::render {
namespace {

using Group = std::pair<std::string, std::vector<const Inspection::Finding*>>;

constexpr std::array<std::string_view, 5> kSeverities{"critical", "high", "medium", "low", "info"};

std::uint64_t number(const Inspection& inspection, const std::string& name) {
  const auto found = inspection.numbers.find(name);
  return found == inspection.numbers.end() ? 0 : static_cast<std::uint64_t>(std::max<std::int64_t>(found->second, 0));
}

std::size_t rank(const Inspection& inspection, const std::string& rule) {
  const auto known = inspection.rules.find(rule);
  const auto* const place =
      std::ranges::find(kSeverities, known == inspection.rules.end() ? "" : known->second.severity);
  return static_cast<std::size_t>(place - kSeverities.begin());
}

/// Groups the findings by rule, the most severe rules first.
std::vector<Group> grouped(const Inspection& inspection) {
  std::map<std::pair<std::size_t, std::string>, std::vector<const Inspection::Finding*>> by;
  for (const Inspection::Finding& one : inspection.findings) by[{rank(inspection, one.rule), one.rule}].push_back(&one);
  std::vector<Group> groups;
  for (auto& [key, list] : by) groups.emplace_back(key.second, std::move(list));
  return groups;
}

struct Part {
  Markup name;
  const char* place;  ///< key in Inspection::numbers
};

void append_sum(Page& page, const Inspection& inspection, Markup what, const char* all, std::span<const Part> parts) {
  page.markup("<tr><th scope=\"row\">").markup(what).markup("</th><td>");
  page.number(number(inspection, all)).markup("</td><td>");
  for (const Part& part : parts) {
    if (&part != parts.data()) page.markup(" + ");
    page.number(number(inspection, part.place)).markup(" ").markup(part.name);
  }
  page.markup("</td></tr>\n");
}

constexpr Part kEntries[] = {{"files", "coverage.entries.files"},
                             {"directories", "coverage.entries.directories"},
                             {"links", "coverage.entries.links"},
                             {"special files", "coverage.entries.special"}};
constexpr Part kHashed[] = {{"hashed", "coverage.files.bytes.hashed"},
                            {"not hashed", "coverage.files.bytes.not_hashed"}};
constexpr Part kFiles[] = {{"analysed", "coverage.files.bytes.analysed"},
                           {"unpacked alone", "coverage.files.bytes.unpacked"},
                           {"not analysed", "coverage.files.bytes.not_analysed"}};
constexpr Part kMembers[] = {{"analysed", "coverage.members.bytes.analysed"},
                             {"unpacked alone", "coverage.members.bytes.unpacked"},
                             {"not analysed", "coverage.members.bytes.not_analysed"}};

void append_coverage(Page& page, const Inspection& inspection) {
  page.markup("<h3>Coverage</h3>\n<div class=\"wide\"><table>\n<caption>What became of every byte</caption>\n");
  page.markup("<thead><tr><th scope=\"col\">What</th><th scope=\"col\">All</th><th scope=\"col\">Of these</th></tr>");
  page.markup("</thead>\n<tbody>\n");
  append_sum(page, inspection, "Entries", "coverage.entries.all", kEntries);
  append_sum(page, inspection, "Bytes, hashed", "coverage.files.bytes.all", kHashed);
  append_sum(page, inspection, "Bytes, inspected", "coverage.files.bytes.all", kFiles);
  append_sum(page, inspection, "Bytes out of containers", "coverage.members.bytes.all", kMembers);
  page.markup("</tbody></table></div>\n");
}

void append_gaps(Page& page, const Inspection& inspection) {
  constexpr std::string_view kPrefix = "coverage.reasons.";
  page.markup("<p>Not inspected, and why:</p>\n<ul>\n");
  for (const auto& [name, count] : inspection.numbers) {
    if (!name.starts_with(kPrefix)) continue;
    const std::string id = name.substr(kPrefix.size());
    const auto rule = inspection.rules.find(id);
    page.markup("<li>").value(id).markup(": ").number(count).markup(" times");
    if (rule != inspection.rules.end()) page.markup(", ").sentence(rule->second.title);
    page.markup("</li>\n");
  }
  page.markup("</ul>\n");
}

void append_group(Page& page, const Inspection& inspection, const Group& group) {
  const auto found = inspection.rules.find(group.first);
  const Inspection::Rule rule = found == inspection.rules.end() ? Inspection::Rule{} : found->second;
  const bool grave = rule.severity == "critical" || rule.severity == "high";
  page.markup("<h3>").sentence(rule.title).markup("</h3>\n<p>");
  page.markup(grave ? Markup("<span class=\"outcome open\">") : Markup("<span class=\"outcome\">"));
  page.text(rule.severity).markup("</span> ").value(group.first).markup(": ").sentence(rule.why).markup(". ");
  page.markup("What to do: ").sentence(rule.advice).markup(".</p>\n<div class=\"wide\"><table>\n<caption>");
  page.markup("Places: ")
      .number(std::uint64_t{group.second.size()})
      .markup("</caption>\n<thead><tr><th scope=\"col\">Where</th>");
  page.markup("<th scope=\"col\">Seen</th></tr></thead>\n<tbody>\n");
  const std::size_t shown = std::min(group.second.size(), kMaxListed);
  for (std::size_t i = 0; i < shown; ++i) {
    const Inspection::Finding& one = *group.second[i];
    page.markup("<tr><td>").value(one.path);
    if (!one.member.empty()) page.markup(" in it ").value(one.member);
    page.markup("</td><td>").value(one.seen);
    if (!one.accepted.empty()) page.markup("<small>accepted: ").sentence(one.accepted).markup("</small>");
    page.markup("</td></tr>\n");
  }
  page.markup("</tbody></table>");
  if (shown < group.second.size())
    page.markup("<p><em>and ")
        .number(std::uint64_t{group.second.size() - shown})
        .markup(" more in report.json</em></p>");
  page.markup("</div>\n");
}

}  // namespace

void append_inspection(Page& page, const Inspection& inspection) {
  page.markup(
      "<section aria-labelledby=\"inspection\">\n<h2 id=\"inspection\">What the inspector found</h2>\n"
      "<p>The verdict above is about the cell. It says nothing good about the files that were inspected in "
      "it.</p>\n<p>");
  std::uint64_t all = 0;
  for (const std::string_view severity : kSeverities) {
    const std::uint64_t count = number(inspection, "counts.findings." + std::string(severity));
    all += count;
    if (count == 0) continue;
    page.markup("<strong>").number(count).markup(" ").text(severity).markup("</strong>, ");
  }
  page.number(all).markup(" findings in all");
  if (const std::uint64_t accepted = number(inspection, "counts.accepted"); accepted > 0)
    page.markup("; ").number(accepted).markup(" more are accepted by the baseline");
  if (const std::uint64_t left = number(inspection, "counts.findings_left_out"); left > 0)
    page.markup("; ").number(left).markup(" of them are left out of the report");
  const bool complete = number(inspection, "coverage.complete") == 1;
  page.markup(complete ? Markup(". Everything was inspected.</p>\n")
                       : Markup(". <span class=\"outcome open\">NOT everything was inspected.</span></p>\n"));
  append_coverage(page, inspection);
  if (!complete) append_gaps(page, inspection);
  for (const Group& group : grouped(inspection)) append_group(page, inspection, group);
  page.markup("</section>\n");
}

}  // namespace immure::render
