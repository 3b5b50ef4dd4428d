#include "attest/host/cgroup.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/host/cgroup_layout.hpp"
#include "attest/host/proc_text.hpp"
#include "attest/start/prepare.hpp"
#include "file/io.hpp"
#include "probe/limits.hpp"
#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/libc.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

constexpr std::string_view kRoot = kCgroupRoot;
constexpr std::string_view kPrefix = "immure-";

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

/// True if this host has swap space now. /proc/swaps has a heading and then a line for each swap space.
bool has_swap() {
  const std::string text = read_value(AT_FDCWD, "/proc/swaps");
  return text.find('\n') != std::string::npos;
}

SysResult<void> set(int directory, const CgroupSetting& setting) {
  const auto file = sys::open_at(directory, setting.file, O_WRONLY);
  // On a host with swap a limit of memory is useless if the kernel does not count swapped memory.
  if (!file && file.error().value == ENOENT && setting.of_swap && !has_swap()) return {};
  if (!file) return std::unexpected(file.error());
  return sys::write_all(file->get(), setting.value);
}

SysResult<sys::Fd> make(const CgroupDirectory& directory) {
  CHECK_OK(sys::call(::mkdir, directory.path.c_str(), 0755));
  TRY(sys::Fd made, sys::open_at(AT_FDCWD, directory.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  for (const CgroupSetting& setting : directory.settings) CHECK_OK(set(made.get(), setting));
  return made;
}

SysResult<std::vector<sys::Fd>> make(const CgroupLayout& layout) {
  std::vector<sys::Fd> made;
  for (const CgroupDirectory& directory : layout.directories) {
    TRY(sys::Fd one, make(directory));
    made.push_back(std::move(one));
  }
  return made;
}

SysResult<std::vector<sys::Fd>> open_entrances(const CgroupLayout& layout, const std::vector<sys::Fd>& directories) {
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

// The process number in the name tells people whose group this is. Two supervisors in different pid namespaces can have
// the same number; the random part keeps them from using one group, and from removing each other's group.
Result<std::string> new_name() {
  constexpr std::size_t kRandomBytes = 16;
  TRY(const std::string random, random_hex(kRandomBytes));
  return std::string(kPrefix) + std::to_string(::getpid()) + "-" + random;
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
  const std::vector<CgroupLayout> layouts =
      layouts_for(*own, *name, {memory_bytes, processes}, {unified_root(), delegates, may_make_in});
  if (layouts.empty()) return std::nullopt;
  Cgroup group;
  group.name_ = std::move(*name);
  for (const CgroupLayout& layout : layouts) {
    for (const CgroupDirectory& directory : layout.directories) group.cleanup_.add(directory.path);
  }
  // Start the cleanup process before the first directory is made. If the supervisor were killed in between, the
  // directory would stay.
  if (!group.cleanup_.start()) return std::nullopt;
  for (const CgroupLayout& layout : layouts) {
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
  // Version 1 limits memory and swap together. immure sets this to the limit of memory, so no swap is left.
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
