#include "attest/host/cgroup_layout.hpp"

#include <algorithm>
#include <utility>

#include "attest/host/proc_text.hpp"

namespace immure::attest {
namespace {

/// Finds a place below the caller's own group, or beside it. A group that holds processes itself cannot delegate its
/// controllers to groups below it (cgroups(7), "no internal processes").
std::vector<std::string> unified_places(std::string_view own, const CgroupTree& tree) {
  const std::string& root = tree.unified_root;
  std::vector<std::string> places{root + std::string(own)};
  if (const std::size_t slash = own.rfind('/'); own.size() > 1)
    places.push_back(root + std::string(own.substr(0, slash)));
  std::erase_if(places, [&](const std::string& place) { return !tree.delegates(place); });
  return places;
}

std::string controller_directory(std::string_view controller, std::string_view path) {
  return std::string(kCgroupRoot) + "/" + std::string(controller) + (path == "/" ? "" : std::string(path));
}

}  // namespace

std::vector<Membership> memberships(std::string_view text) {
  std::vector<Membership> result;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    take(line, ':');
    const std::string_view controllers = take(line, ':');
    result.push_back({controllers, line});
  }
  return result;
}

std::vector<CgroupLayout> layouts_for(std::string_view own, const std::string& name, const CgroupWish& wish,
                                      const CgroupTree& tree) {
  const std::string memory = std::to_string(wish.memory_bytes), processes = std::to_string(wish.processes);
  std::vector<CgroupLayout> layouts;
  CgroupLayout version1{"cgroup1", {}};
  for (const Membership& membership : memberships(own)) {
    if (membership.controllers.empty()) {
      for (const std::string& place : unified_places(membership.path, tree)) {
        if (tree.may_make_in(place))
          layouts.push_back({"cgroup2",
                             {{place + "/" + name,
                               {{"memory.max", memory}, {"memory.swap.max", "0", true}, {"pids.max", processes}},
                               false}}});
      }
      continue;
    }
    const bool is_memory = membership.controllers == "memory";
    if (!is_memory && membership.controllers != "pids") continue;
    const std::string place = controller_directory(membership.controllers, membership.path);
    // Write the limit of memory first: the kernel refuses a limit of memory with swap that is smaller than the limit of
    // memory.
    std::vector<CgroupSetting> settings = {{"pids.max", processes}};
    if (is_memory) settings = {{"memory.limit_in_bytes", memory}, {"memory.memsw.limit_in_bytes", memory, true}};
    if (tree.may_make_in(place)) version1.directories.push_back({place + "/" + name, std::move(settings), true});
  }
  if (version1.directories.size() == 2) layouts.push_back(std::move(version1));
  return layouts;
}

}  // namespace immure::attest
