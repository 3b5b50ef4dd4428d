#include "venue/cgroup.hpp"

#include <algorithm>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file/io.hpp"
#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/syscall.hpp"
#include "venue/proc_text.hpp"

namespace immure::venue {
namespace {

constexpr std::string_view kRoot = "/sys/fs/cgroup";
constexpr std::string_view kPrefix = "immure-";

/// One line of /proc/PID/cgroup (cgroups(7)): `hierarchy:controllers:path`.
struct Membership {
  std::string_view controllers, path;
};

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

std::string unified_root() {
  struct statfs status{};
  const std::string root(kRoot);
  if (::statfs(root.c_str(), &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC) return root;
  return root + "/unified";
}

bool write_value(const std::string& path, const std::string& value) {
  const auto file = sys::open_at(AT_FDCWD, path.c_str(), O_WRONLY);
  return file && sys::write_all(file->get(), value);
}

std::string read_value(const std::string& path) {
  const auto file = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  char text[256];
  const auto count =
      file ? sys::read_some(file->get(), std::as_writable_bytes(std::span(text))) : SysResult<std::size_t>(0);
  std::string value(text, count.value_or(0));
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

bool delegates(const std::string& directory) {
  const std::string text = read_value(directory + "/cgroup.subtree_control");
  const auto controllers = words(text);
  return std::ranges::find(controllers, "memory") != controllers.end() &&
         std::ranges::find(controllers, "pids") != controllers.end();
}

/// Below the caller's own group, or beside it: a group that holds processes delegates nothing (cgroups(7), no internal
/// processes).
std::vector<std::string> unified_places(std::string_view own) {
  const std::string root = unified_root();
  std::vector<std::string> places{root + std::string(own)};
  if (const std::size_t slash = own.rfind('/'); own.size() > 1)
    places.push_back(root + std::string(own.substr(0, slash)));
  std::erase_if(places, [](const std::string& place) { return !delegates(place); });
  return places;
}

struct Setting {
  const char* file;
  std::string value;
};

bool make_group(const std::string& directory, const std::vector<Setting>& settings) {
  if (::mkdir(directory.c_str(), 0755) != 0) return false;
  const bool set =
      std::ranges::all_of(settings, [&](const Setting& s) { return write_value(directory + "/" + s.file, s.value); });
  if (!set) ::rmdir(directory.c_str());
  return set;
}

std::optional<std::string> make_unified(std::string_view own, const std::string& name, const std::string& memory,
                                        const std::string& processes) {
  for (const std::string& place : unified_places(own)) {
    const std::string directory = place + "/" + name;
    if (make_group(directory, {{"memory.max", memory}, {"pids.max", processes}})) return directory;
  }
  return std::nullopt;
}

std::string controller_directory(std::string_view controller, std::string_view path) {
  return std::string(kRoot) + "/" + std::string(controller) + (path == "/" ? "" : std::string(path));
}

// After its supervisor, so that no two runs meet.
std::string own_name() { return std::string(kPrefix) + std::to_string(::getpid()); }

// A container of ours may stand in a group that its engine made and named alike; nobody here set that one's limits.
bool is_ours(std::string_view path) { return path.substr(path.rfind('/') + 1) == own_name(); }

}  // namespace

std::optional<Cgroup> Cgroup::create(std::uint64_t memory_bytes, std::uint32_t processes) {
  const auto own = file::read_whole("/proc/self/cgroup", 64 << 10);
  if (!own) return std::nullopt;
  const std::string name = own_name();
  const std::string memory = std::to_string(memory_bytes), count = std::to_string(processes);
  Cgroup group;
  std::size_t directories = 0;
  const auto made = [&](std::string directory) {
    group.janitor_.add(std::move(directory));
    ++directories;
  };
  for (const Membership& membership : memberships(*own)) {
    if (!membership.controllers.empty()) continue;
    if (auto directory = make_unified(membership.path, name, memory, count)) {
      group.version_ = "cgroup2";
      made(std::move(*directory));
    }
  }
  for (const Membership& membership : memberships(*own)) {
    if (group.version_ == "cgroup2") break;
    const std::string directory = controller_directory(membership.controllers, membership.path) + "/" + name;
    if (membership.controllers == "memory" && make_group(directory, {{"memory.limit_in_bytes", memory}}))
      made(directory);
    if (membership.controllers == "pids" && make_group(directory, {{"pids.max", count}})) made(directory);
  }
  if (group.version_.empty() && directories == 2) group.version_ = "cgroup1";
  if (directories == 0) return std::nullopt;
  if (group.version_.empty() || !group.janitor_.start()) return std::nullopt;  // the janitor removes what was made
  return group;
}

Result<void> Cgroup::add(int pid) const {
  for (const std::string& directory : janitor_.paths()) {
    if (!write_value(directory + "/cgroup.procs", std::to_string(pid)))
      return fail(Code::kSystem, directory, "the cell cannot be put into its control group", {}, errno);
  }
  return {};
}

std::vector<CgroupLimit> cgroup_limits(const std::string& proc_cgroup) {
  std::vector<CgroupLimit> limits;
  for (const Membership& membership : memberships(proc_cgroup)) {
    if (!is_ours(membership.path)) continue;
    if (membership.controllers.empty()) {
      const std::string directory = unified_root() + std::string(membership.path);
      limits.push_back({"memory", read_value(directory + "/memory.max")});
      limits.push_back({"pids", read_value(directory + "/pids.max")});
    } else if (membership.controllers == "memory") {
      limits.push_back(
          {"memory", read_value(controller_directory("memory", membership.path) + "/memory.limit_in_bytes")});
    } else if (membership.controllers == "pids") {
      limits.push_back({"pids", read_value(controller_directory("pids", membership.path) + "/pids.max")});
    }
  }
  std::ranges::sort(limits, {}, &CgroupLimit::name);
  return limits;
}

}  // namespace immure::venue
