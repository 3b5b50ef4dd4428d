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

struct Directory {
  std::string path;
  std::vector<Setting> settings;
  const char* entrance;  ///< what a new process needs to get in
  int flags;             ///< to open it with
};

/// One way to have a group: all of its directories, or none.
struct Layout {
  std::string_view version;
  std::vector<Directory> directories;
};

SysResult<sys::Fd> make(const Directory& directory) {
  if (::mkdir(directory.path.c_str(), 0755) != 0) return std::unexpected(Errno{errno});
  for (const Setting& setting : directory.settings) {
    if (!write_value(directory.path + "/" + setting.file, setting.value)) return std::unexpected(Errno{errno});
  }
  return sys::open_at(AT_FDCWD, (directory.path + "/" + directory.entrance).c_str(), directory.flags);
}

bool may_make_in(const std::string& directory) {
  return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

std::string controller_directory(std::string_view controller, std::string_view path) {
  return std::string(kRoot) + "/" + std::string(controller) + (path == "/" ? "" : std::string(path));
}

// After its supervisor, so that no two runs meet.
std::string own_name() { return std::string(kPrefix) + std::to_string(::getpid()); }

// A container of ours may stand in a group that its engine made and named alike; nobody here set that one's limits.
bool is_ours(std::string_view path) { return path.substr(path.rfind('/') + 1) == own_name(); }

/// The ways that the caller may take, best first.
std::vector<Layout> layouts_for(std::string_view own, const std::string& memory, const std::string& processes) {
  std::vector<Layout> layouts;
  Layout version1{"cgroup1", {}};
  const std::string name = "/" + own_name();
  for (const Membership& membership : memberships(own)) {
    if (membership.controllers.empty()) {
      for (const std::string& place : unified_places(membership.path)) {
        if (may_make_in(place))
          layouts.push_back(
              {"cgroup2",
               {{place + name, {{"memory.max", memory}, {"pids.max", processes}}, ".", O_PATH | O_DIRECTORY}}});
      }
      continue;
    }
    const bool is_memory = membership.controllers == "memory";
    if (!is_memory && membership.controllers != "pids") continue;
    const std::string place = controller_directory(membership.controllers, membership.path);
    const Setting setting = is_memory ? Setting{"memory.limit_in_bytes", memory} : Setting{"pids.max", processes};
    if (may_make_in(place)) version1.directories.push_back({place + name, {setting}, "tasks", O_WRONLY});
  }
  if (version1.directories.size() == 2) layouts.push_back(std::move(version1));
  return layouts;
}

}  // namespace

std::optional<Cgroup> Cgroup::create(std::uint64_t memory_bytes, std::uint32_t processes) {
  const auto own = file::read_whole("/proc/self/cgroup", 64 << 10);
  if (!own) return std::nullopt;
  const std::vector<Layout> layouts = layouts_for(*own, std::to_string(memory_bytes), std::to_string(processes));
  if (layouts.empty()) return std::nullopt;
  Cgroup group;
  for (const Layout& layout : layouts) {
    for (const Directory& directory : layout.directories) group.janitor_.add(directory.path);
  }
  // Before the first is made: a supervisor that is killed in between would leave it.
  if (!group.janitor_.start()) return std::nullopt;
  for (const Layout& layout : layouts) {
    group.version_ = layout.version;
    group.entrances_.clear();
    for (const Directory& directory : layout.directories) {
      auto entrance = make(directory);
      if (!entrance) break;
      group.entrances_.push_back(std::move(*entrance));
    }
    if (group.entrances_.size() == layout.directories.size()) return group;
  }
  return std::nullopt;
}

std::array<int, 2> Cgroup::entrances() const {
  std::array<int, 2> places{-1, -1};
  if (version_ != kVersion2) std::ranges::transform(entrances_, places.begin(), &sys::Fd::get);
  return places;
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
