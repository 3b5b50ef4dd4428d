#include "plan/image/search.hpp"

#include <array>

namespace immure::plan {
namespace {

/// The directories in which immure looks for the NAME of `#!/usr/bin/env NAME` and for a program that is named without
/// a slash. The list is fixed, because the result of a run must not depend on the caller's PATH.
constexpr std::array<std::string_view, 6> kSearchPath = {"/usr/local/bin/",  "/usr/bin/",  "/bin/",
                                                         "/usr/local/sbin/", "/usr/sbin/", "/sbin/"};

}  // namespace

Result<std::string> search_program(const HostRoot& root, const std::string& name, std::string_view who,
                                   const std::vector<std::string>& first) {
  if (name.find('/') != std::string::npos) return name;
  for (const std::string& directory : first) {
    std::string path = directory + (directory.ends_with('/') ? "" : "/") + name;
    if (root.file(path)) return path;
  }
  for (const std::string_view directory : kSearchPath) {
    std::string path = std::string(directory) + name;
    if (root.file(path)) return path;
  }
  return fail(Code::kBadInput, who,
              "`" + name + "` is not found in /usr/local/bin, /usr/bin, /bin or the sbin directories beside them");
}

}  // namespace immure::plan
