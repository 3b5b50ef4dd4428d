#include "plan/image/special_paths.hpp"

#include <algorithm>
#include <string>

#include "probe/fixed_files.hpp"

namespace immure::plan {

const std::vector<std::string_view>& special_paths() {
  static const std::vector<std::string_view> kPaths = {
      // Views of the kernel and of devices. A root directory that somebody has used may have them mounted.
      "boot", "dev", "proc", "sys",
      // Places that everybody may write, and what running services leave.
      "run", "tmp", "var/lock", "var/log", "var/run", "var/tmp",
      // Users, and the name of a machine.
      "etc/group", "etc/group-", "etc/gshadow", "etc/gshadow-", "etc/hostname", "etc/hosts", "etc/machine-id",
      "etc/nsswitch.conf", "etc/passwd", "etc/passwd-", "etc/resolv.conf", "etc/shadow", "etc/shadow-",
      // Marks of a container engine.
      ".dockerenv",
      // Private files of a person.
      "home/user/.profile", "root/.aws", "root/.ssh"};
  return kPaths;
}

bool is_special_path(std::string_view path) {
  const auto& paths = special_paths();
  return std::ranges::find(paths, path) != paths.end();
}

std::string special_path_note(std::string_view path) {
  const std::string full = "/" + std::string(path);
  const auto fixed = probe::constant_files();
  const bool is_fixed = std::ranges::find(fixed, full, &probe::FixedFile::path) != fixed.end();
  return full + (is_fixed ? ": every cell has immure's own file there instead" : ": no cell has it");
}

}  // namespace immure::plan
