#include "attest/start/undeclared.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "file/tree.hpp"
#include "sys/file.hpp"

namespace immure::attest {
namespace {

/// The probes cannot try thousands of programs. A Landlock rule that reaches too far reaches a whole directory.
constexpr std::size_t kOfEachDirectory = 3, kMost = 48;

using Identity = std::pair<std::uint64_t, std::uint64_t>;

/// The device and inode of a regular file that may be executed; nothing for anything else.
std::optional<Identity> executable(const sys::Fd& image, const std::string& path) {
  const auto file = sys::open_beneath(image.get(), path.c_str() + 1, O_PATH | O_NOFOLLOW);
  struct stat status{};
  if (!file || ::fstat(file->get(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode) || (status.st_mode & 0111U) == 0) return std::nullopt;
  return Identity{status.st_dev, status.st_ino};
}

std::set<std::string> directories_of(const std::vector<std::string>& declared) {
  std::set<std::string> directories = {"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/app"};
  for (const std::string& path : declared) directories.insert(path.substr(0, path.rfind('/')));
  return directories;
}

}  // namespace

std::vector<std::string> undeclared_programs(const sys::Fd& image, const std::vector<std::string>& declared) {
  std::set<Identity> known;
  for (const std::string& path : declared)
    if (const auto file = executable(image, path)) known.insert(*file);
  std::vector<std::string> found;
  for (const std::string& directory : directories_of(declared)) {
    const auto opened = sys::open_beneath(image.get(), directory.c_str() + (directory.empty() ? 0 : 1),
                                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const auto names = opened ? file::names_in(opened->get()) : std::unexpected(opened.error());
    if (!names) continue;
    std::size_t count = 0;
    for (const std::string& name : *names) {
      if (count == kOfEachDirectory || found.size() == kMost) break;
      std::string path = directory + "/" + name;
      const auto file = executable(image, path);
      // Each file is tried once, whatever its names are.
      if (!file || !known.insert(*file).second) continue;
      found.push_back(std::move(path));
      ++count;
    }
  }
  return found;
}

}  // namespace immure::attest
