#include "file/program_path.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace immure::file {
namespace {

bool is_program(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos) return std::nullopt;
  const char* path = std::getenv("PATH");
  std::string places = path != nullptr && *path != '\0' ? path : "/usr/local/bin:/usr/bin:/bin";
  places += ":/usr/sbin";
  for (std::string_view rest = places; !rest.empty();) {
    const std::string_view place = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(place.size() + 1, rest.size()));
    std::string candidate = std::string(place) + "/" + name;
    if (place.starts_with('/') && is_program(candidate)) return candidate;
  }
  return std::nullopt;
}

}  // namespace immure::file
