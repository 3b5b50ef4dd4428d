#include <algorithm>
#include <array>

#include "judge/observed.hpp"

namespace immure::judge {
namespace {

constexpr SandboxTest kUnshared = 37;

void check_namespaces(const evidence::Container& container, const std::string& where, const Observed& observed,
                      Findings& findings) {
  for (const auto& [space, inode] : container.namespaces) {
    const auto demand = [&](const std::map<std::string, std::uint64_t>& own, const std::string& whose) {
      const auto found = own.find(space);
      if (found == own.end() || found->second != inode) return;
      findings.open(kUnshared, "container-shared", where + "/namespaces/" + space,
                    "a namespace different from " + whose, std::to_string(inode));
    };
    for (const Look& look : observed.looks) demand(look->namespaces, "the cell's");
    if (observed.evidence.outer && std::ranges::find(kOfWalls, space, &OfWalls::name) != std::end(kOfWalls))
      demand(observed.evidence.outer->namespaces, "that of the venue's walls");
  }
}

// The cell's container must have a name and an id of its own. An engine refuses a name that is in use; a runtime
// refuses an id.
void check_name(const evidence::Container& container, const std::string& where, const Observed& observed,
                Findings& findings) {
  if (!observed.evidence.outer) return;
  for (const std::string& word : observed.evidence.outer->command) {
    if (word == container.id || word == "--name=" + container.id)
      findings.open(kUnshared, "container-shared", where + "/id", "a name and an id different from the cell's",
                    container.id);
  }
}

}  // namespace

void judge_neighbours(const Observed& observed, Findings& findings) {
  const auto& neighbours = observed.evidence.neighbours;
  if (!neighbours || neighbours->looked.empty()) {
    findings.unproved(kUnshared, "neighbours-missing", "/neighbours", "a search for other containers on the host",
                      "none");
    return;
  }
  for (std::size_t i = 0; i < neighbours->containers.size(); ++i) {
    const evidence::Container& container = neighbours->containers[i];
    const std::string where = "/neighbours/containers/" + std::to_string(i);
    if (container.mounts == 0)
      findings.unproved(kUnshared, "neighbours-missing", where + "/mounts",
                        "the container's mounts, compared with the cell's", "none");
    check_namespaces(container, where, observed, findings);
    check_name(container, where, observed, findings);
  }
}

}  // namespace immure::judge
