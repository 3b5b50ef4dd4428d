#include "inspect/scan/links.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "inspect/scan/names.hpp"

namespace immure::inspect {
namespace {

constexpr int kMostHops = 40;  // the kernel's limit, too

std::vector<std::string> components(std::string_view path) {
  std::vector<std::string> all;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view one = path.substr(0, slash);
    if (!one.empty() && one != ".") all.emplace_back(one);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return all;
}

std::string joined(const std::vector<std::string>& components) {
  std::string path;
  for (const std::string& one : components) path += (path.empty() ? "" : "/") + one;
  return path;
}

Links::Way follow(const std::map<std::string, std::string, std::less<>>& targets, std::string_view path, bool last) {
  Links::Way way;
  const auto given = components(path);
  std::deque<std::string> left(given.begin(), given.end());
  std::vector<std::string> place;
  for (int hops = 0; !left.empty();) {
    const std::string one = std::move(left.front());
    left.pop_front();
    if (one == "..") {
      if (place.empty()) {
        way.out = true;
        return way;
      }
      place.pop_back();
      continue;
    }
    place.push_back(one);
    if (left.empty() && !last) return way;
    if (targets.empty()) continue;
    const auto link = targets.find(joined(place));
    if (link == targets.end()) continue;
    if (way.link.empty()) way.link = link->first;
    if (is_absolute(link->second)) {
      way.out = true;
      return way;
    }
    if (++hops > kMostHops) return way;
    place.pop_back();
    const auto target = components(link->second);
    left.insert(left.begin(), target.begin(), target.end());
  }
  return way;
}

}  // namespace

bool leads_to_system(std::string_view target) {
  constexpr auto kPlaces = std::to_array<std::string_view>({"/usr/",
                                                            "/bin/",
                                                            "/sbin/",
                                                            "/lib/",
                                                            "/lib32/",
                                                            "/lib64/",
                                                            "/etc/alternatives/",
                                                            "/etc/ssl/certs/",
                                                            "/etc/fonts/",
                                                            "/etc/java",
                                                            "/etc/init.d/",
                                                            "/etc/systemd/",
                                                            "/etc/php/",
                                                            "/etc/apache2/",
                                                            "/etc/vim/",
                                                            "/etc/emacs/",
                                                            "/etc/R/",
                                                            "/etc/perl/",
                                                            "/etc/sensors",
                                                            "/etc/X11/",
                                                            "/etc/ca-certificates",
                                                            "/etc/ld.so.conf",
                                                            "/etc/mime.types",
                                                            "/run/",
                                                            "/opt/",
                                                            "/snap/"});
  constexpr auto kFiles =
      std::to_array<std::string_view>({"/dev/null", "/dev/zero", "/proc/self/mounts", "/proc/mounts"});
  // A path that goes up again may lead anywhere.
  if (target.find("..") != std::string_view::npos) return false;
  return std::ranges::find(kFiles, target) != kFiles.end() ||
         std::ranges::any_of(kPlaces, [&](std::string_view place) { return target.starts_with(place); });
}

void Links::add(std::string_view path, std::string_view target) {
  targets_.insert_or_assign(joined(components(path)), std::string(target));
}

Links::Way Links::to(std::string_view path) const { return follow(targets_, path, false); }

Links::Way Links::through(std::string_view path) const { return follow(targets_, path, true); }

Links::Way Links::from(std::string_view path, std::string_view target) const {
  if (is_absolute(target)) return {.out = true, .link = {}};
  const std::size_t slash = path.rfind('/');
  const std::string parent(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash));
  return follow(targets_, parent + "/" + std::string(target), true);
}

}  // namespace immure::inspect
