#include "attest/host/mount_places.hpp"

#include <algorithm>
#include <array>

#include "attest/host/proc_text.hpp"

namespace immure::attest {
namespace {

bool is_below(std::string_view path, std::string_view root) {
  if (root == "/") return true;
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

bool holds_data(std::string_view type) {
  constexpr auto kOfTheKernel =
      std::to_array<std::string_view>({"proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue", "devtmpfs",
                                       "securityfs", "debugfs", "tracefs", "bpf"});
  return std::ranges::find(kOfTheKernel, type) == kOfTheKernel.end();
}

}  // namespace

std::vector<MountPlace> mount_places(std::string_view mountinfo) {
  // A line has the fields: id parent device root point options [optional fields] - type source options.
  constexpr std::size_t kDevice = 2, kRoot = 3, kPoint = 4, kOptional = 6;
  std::vector<MountPlace> places;
  while (!mountinfo.empty()) {
    const auto fields = words(take(mountinfo, '\n'));
    if (fields.size() <= kOptional) continue;
    const auto dash = std::find(fields.begin() + kOptional, fields.end(), "-");
    if (dash == fields.end() || dash + 1 == fields.end() || !holds_data(*(dash + 1))) continue;
    places.push_back({std::string(fields[kDevice]), unescaped(fields[kRoot]), unescaped(fields[kPoint])});
  }
  return places;
}

std::optional<MountPlace> place_of(const std::vector<MountPlace>& mounts, std::string_view path) {
  const MountPlace* best = nullptr;
  for (const MountPlace& mount : mounts) {
    // If two mounts have the same mount point, the later one covers the earlier one.
    if (is_below(path, mount.point) && (best == nullptr || mount.point.size() >= best->point.size())) best = &mount;
  }
  if (best == nullptr) return std::nullopt;
  std::string_view rest = best->point == "/" ? path : path.substr(best->point.size());
  std::string inner = best->path == "/" ? std::string(rest) : best->path + (rest == "/" ? "" : std::string(rest));
  if (inner.empty()) inner = "/";
  return MountPlace{best->device, std::move(inner), std::string(path)};
}

bool lies_in(const MountPlace& inner, const MountPlace& outer) {
  return inner.device == outer.device && is_below(inner.path, outer.path);
}

}  // namespace immure::attest
