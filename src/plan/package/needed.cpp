#include <algorithm>
#include <array>
#include <set>

#include "plan/package/package_database.hpp"

namespace immure::plan {

std::vector<PackageDatabase::Index> with_needed(const PackageDatabase& database,
                                                const std::vector<PackageDatabase::Index>& packages, bool recommended) {
  // This set also ends the loops that dependencies may have.
  std::set<PackageDatabase::Index> seen(packages.begin(), packages.end());
  std::vector<PackageDatabase::Index> open(seen.begin(), seen.end());
  while (!open.empty()) {
    const PackageDatabase::Index package = open.back();
    open.pop_back();
    for (const PackageDatabase::Index needed : database.needs(package, recommended)) {
      if (is_useless_package(database.name(needed).name) || !seen.insert(needed).second) continue;
      open.push_back(needed);
    }
  }
  return {seen.begin(), seen.end()};
}

bool is_useless_package(std::string_view name) {
  // Drivers for graphics need a device, and no cell has one. Service managers, buses and package managers need what a
  // cell denies. If an ELF header of the program names a library of such a package, immure packs the library anyway.
  constexpr auto kNames = std::to_array<std::string_view>({
      "adwaita-icon-theme",
      "apt",
      "at-spi2-core",
      "cron",
      "dbus",
      "dbus-bin",
      "dbus-daemon",
      "dbus-user-session",
      "debconf",
      "dconf-service",
      "dpkg",
      "fakeroot",
      "glib-networking-services",
      "hicolor-icon-theme",
      "humanity-icon-theme",
      "init",
      "install-info",
      "intel-media-va-driver",
      "i965-va-driver",
      "libgl1-mesa-dri",
      "libgl1-amber-dri",
      "libmfx1",
      "libpam-systemd",
      "mesa-va-drivers",
      "mesa-vdpau-drivers",
      "mesa-vulkan-drivers",
      "libglx-mesa0",
      "policykit-1",
      "polkitd",
      "systemd",
      "systemd-sysv",
      "systemd-timesyncd",
      "tango-icon-theme",
      "ubuntu-mono",
      "ucf",
      "udev",
      "va-driver-all",
      "vdpau-driver-all",
      "xserver-common",
  });
  if (std::ranges::find(kNames, name) != kNames.end()) return true;
  constexpr auto kPrefixes = std::to_array<std::string_view>(
      {"firmware-", "libllvm", "linux-headers-", "linux-image-", "linux-modules-", "nvidia-", "xserver-xorg"});
  return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace immure::plan
