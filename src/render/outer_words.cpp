#include "render/outer_words.hpp"

#include "judge/text.hpp"
#include "text/list.hpp"

namespace immure::render {
namespace {

std::string command_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text::append_item(text, word, " ");
  return text.empty() ? "none" : text;
}

std::string namespaces_text(const std::map<std::string, std::uint64_t>& namespaces) {
  if (namespaces.empty()) return "none";
  return text::list_text(namespaces, text::kAllItems,
                         [](const auto& space) { return space.first + " " + std::to_string(space.second); });
}

}  // namespace

std::vector<OuterFact> outer_facts(const evidence::Evidence& evidence) {
  std::vector<OuterFact> facts;
  if (evidence.host.passed_over) facts.push_back({"venues passed over", judge::list_text(*evidence.host.passed_over)});
  if (!evidence.outer) return facts;
  const evidence::OuterWalls& outer = *evidence.outer;
  facts.push_back({"walls around the cell", evidence.host.venue + ", " + evidence.host.venue_version});
  facts.push_back({"started by", command_text(outer.command)});
  facts.push_back({"its namespaces", namespaces_text(outer.namespaces)});
  facts.push_back({"its bounding capabilities", outer.bounding_capabilities});
  facts.push_back({"its effective capabilities", outer.effective_capabilities});
  facts.push_back({"its no_new_privs", std::to_string(outer.no_new_privs)});
  facts.push_back({"its seccomp mode", std::to_string(outer.seccomp_mode)});
  facts.push_back({"options of its root", judge::list_text(outer.root)});
  facts.push_back({"its user on the host", std::to_string(outer.uid)});
  return facts;
}

}  // namespace immure::render
