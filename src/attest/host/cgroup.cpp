#include "attest/host/cgroup.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/host/proc_text.hpp"
#include "attest/start/prepare.hpp"
#include "file/io.hpp"
#include "probe/limits.hpp"
#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
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

std::string read_value(int directory, const char* name) {
  const auto file = sys::open_at(directory, name, O_RDONLY);
  std::array<char, 512> text{};
  const auto count =
      file ? sys::read_some(file->get(), std::as_writable_bytes(std::span(text))) : SysResult<std::size_t>(0);
  std::string value(text.data(), count.value_or(0));
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return value;
}

bool delegates(const std::string& directory) {
  const std::string text = read_value(AT_FDCWD, (directory + "/cgroup.subtree_control").c_str());
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
  bool of_swap = false;  ///< its file is missing where the kernel does not account for swap
};

struct Directory {
  std::string path;
  std::vector<Setting> settings;
  bool has_entrance;  ///< version 1: a process enters by a write to `tasks`
};

/// One way to have a group: all of its directories, or none.
struct Layout {
  std::string_view version;
  std::vector<Directory> directories;
};

/// Whether this host has somewhere to swap to now: /proc/swaps has a line for each place, below its heading.
bool has_swap() {
  const std::string text = read_value(AT_FDCWD, "/proc/swaps");
  return text.find('\n') != std::string::npos;
}

SysResult<void> set(int directory, const Setting& setting) {
  const auto file = sys::open_at(directory, setting.file, O_WRONLY);
  // A limit of memory is useless on a host with swap if the kernel does not count swapped memory.
  if (!file && file.error().value == ENOENT && setting.of_swap && !has_swap()) return {};
  if (!file) return std::unexpected(file.error());
  return sys::write_all(file->get(), setting.value);
}

SysResult<sys::Fd> make(const Directory& directory) {
  if (::mkdir(directory.path.c_str(), 0755) != 0) return std::unexpected(Errno{errno});
  TRY(sys::Fd made, sys::open_at(AT_FDCWD, directory.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  for (const Setting& setting : directory.settings) CHECK_OK(set(made.get(), setting));
  return made;
}

SysResult<std::vector<sys::Fd>> make(const Layout& layout) {
  std::vector<sys::Fd> made;
  for (const Directory& directory : layout.directories) {
    TRY(sys::Fd one, make(directory));
    made.push_back(std::move(one));
  }
  return made;
}

SysResult<std::vector<sys::Fd>> open_entrances(const Layout& layout, const std::vector<sys::Fd>& directories) {
  std::vector<sys::Fd> opened;
  for (std::size_t i = 0; i < directories.size(); ++i) {
    if (!layout.directories[i].has_entrance) continue;
    TRY(sys::Fd one, sys::open_at(directories[i].get(), "tasks", O_WRONLY));
    opened.push_back(std::move(one));
  }
  return opened;
}

bool may_make_in(const std::string& directory) {
  return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

std::string controller_directory(std::string_view controller, std::string_view path) {
  return std::string(kRoot) + "/" + std::string(controller) + (path == "/" ? "" : std::string(path));
}

// The process number in the name tells people whose group this is. Two supervisors in different pid namespaces can have
// the same number; the random part keeps them from using one group, and from removing each other's group.
Result<std::string> new_name() {
  constexpr std::size_t kRandomBytes = 16;
  TRY(const std::string random, random_hex(kRandomBytes));
  return std::string(kPrefix) + std::to_string(::getpid()) + "-" + random;
}

/// The ways that the caller may take, best first.
std::vector<Layout> layouts_for(std::string_view own, const std::string& name, const std::string& memory,
                                const std::string& processes) {
  std::vector<Layout> layouts;
  Layout version1{"cgroup1", {}};
  for (const Membership& membership : memberships(own)) {
    if (membership.controllers.empty()) {
      for (const std::string& place : unified_places(membership.path)) {
        if (may_make_in(place))
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
    // Write the limit of memory first: the kernel refuses a limit of memory with swap that is less than it.
    std::vector<Setting> settings = {{"pids.max", processes}};
    if (is_memory) settings = {{"memory.limit_in_bytes", memory}, {"memory.memsw.limit_in_bytes", memory, true}};
    if (may_make_in(place)) version1.directories.push_back({place + "/" + name, std::move(settings), true});
  }
  if (version1.directories.size() == 2) layouts.push_back(std::move(version1));
  return layouts;
}

}  // namespace

bool has_controllers() {
  struct statfs status{};
  const std::string root(kRoot);
  if (::statfs(root.c_str(), &status) != 0) return false;
  if (status.f_type != CGROUP2_SUPER_MAGIC)
    return ::access((root + "/memory").c_str(), F_OK) == 0 && ::access((root + "/pids").c_str(), F_OK) == 0;
  const std::string text = read_value(AT_FDCWD, (root + "/cgroup.controllers").c_str());
  const auto controllers = words(text);
  return std::ranges::find(controllers, "memory") != controllers.end() &&
         std::ranges::find(controllers, "pids") != controllers.end();
}

std::optional<Cgroup> Cgroup::create(std::uint64_t memory_bytes, std::uint32_t processes) {
  const auto own = file::read_whole("/proc/self/cgroup", 64 << 10);
  auto name = new_name();
  if (!own || !name) return std::nullopt;
  const std::vector<Layout> layouts = layouts_for(*own, *name, std::to_string(memory_bytes), std::to_string(processes));
  if (layouts.empty()) return std::nullopt;
  Cgroup group;
  group.name_ = std::move(*name);
  for (const Layout& layout : layouts) {
    for (const Directory& directory : layout.directories) group.janitor_.add(directory.path);
  }
  // Before the first is made: a supervisor that is killed in between would leave it.
  if (!group.janitor_.start()) return std::nullopt;
  for (const Layout& layout : layouts) {
    group.version_ = layout.version;
    auto directories = make(layout);
    auto entrances = directories ? open_entrances(layout, *directories) : std::unexpected(directories.error());
    if (!entrances) continue;
    group.directories_ = std::move(*directories);
    group.entrances_ = std::move(*entrances);
    return group;
  }
  return std::nullopt;
}

std::array<int, 2> Cgroup::entrances() const {
  std::array<int, 2> places{-1, -1};
  std::ranges::transform(entrances_, places.begin(), &sys::Fd::get);
  return places;
}

std::string Cgroup::value(const char* file) const {
  for (const sys::Fd& directory : directories_) {
    if (std::string text = read_value(directory.get(), file); !text.empty()) return text;
  }
  return {};
}

bool Cgroup::holds(std::string_view proc_cgroup) const {
  const auto in = [this](const Membership& membership) {
    return membership.path.substr(membership.path.rfind('/') + 1) == name_;
  };
  return !name_.empty() &&
         std::ranges::count_if(memberships(proc_cgroup), in) == static_cast<std::ptrdiff_t>(directories_.size());
}

std::vector<CgroupLimit> Cgroup::limits() const {
  const bool second = version_ == kVersion2;
  const std::string memory = value(second ? "memory.max" : "memory.limit_in_bytes");
  std::vector<CgroupLimit> limits{
      {std::string(probe::row_of(&probe::Limits::memory_bytes).evidence_name), memory},
      {std::string(probe::row_of(&probe::Limits::processes).evidence_name), value("pids.max")}};
  // Version 1 limits memory and swap together, to the limit of memory: so there is nothing left for swap alone.
  if (const std::string swap = value(second ? "memory.swap.max" : "memory.memsw.limit_in_bytes"); !swap.empty())
    limits.push_back({"swap", second || swap != memory ? swap : "0"});
  return limits;
}

CgroupCounts Cgroup::counts() const {
  const bool second = version_ == kVersion2;
  return {.memory_ran_out = counted(value(second ? "memory.events" : "memory.oom_control"), "oom_kill") != 0,
          .processes_refused = counted(value("pids.events"), "max") != 0,
          .peak_bytes = whole_number(value(second ? "memory.peak" : "memory.max_usage_in_bytes"))};
}

std::uint64_t counted(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const auto fields = words(take(text, '\n'));
    if (fields.size() == 2 && fields[0] == key) return whole_number(fields[1]).value_or(0);
  }
  return 0;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace immure::attest
