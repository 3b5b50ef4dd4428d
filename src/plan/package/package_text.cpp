#include "plan/package/package_set.hpp"
#include "text/visible.hpp"

namespace immure::plan {

std::string package_text(const PackageName& package) {
  return package.name + " " + package.version + " " + package.architecture;
}

std::string packages_text(const PackageSet& set) {
  constexpr std::uint64_t kMegabyte = 1'000'000;
  std::string text = std::to_string(set.packages.size()) + " packages, " + std::to_string(set.files) + " files, " +
                     std::to_string(set.bytes / kMegabyte) + " MB\n";
  for (const PackageName& package : set.packages) text += "  " + package_text(package) + "\n";
  for (const std::string& path : set.left_out) text += "  left out: " + text::visible(path) + "\n";
  return text;
}

}  // namespace immure::plan
