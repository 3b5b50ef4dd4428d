#include "plan/image/locale.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "sys/file.hpp"

namespace immure::plan {
namespace {

constexpr std::string_view kLocale = "/usr/lib/locale/C.utf8";
constexpr std::string_view kZones = "/usr/share/zoneinfo/";
/// The first bytes of a file with a time zone (tzfile(5)).
constexpr std::string_view kMagic = "TZif";

bool uses_glibc(const Closure& closure) {
  return std::ranges::any_of(closure.files, [](const Packed& file) { return file.inner.ends_with("/libc.so.6"); });
}

/// True for the name of a zone: `Asia/Tokyo`, `Etc/GMT+1`. No name leads out of the directory of the zones.
bool names_zone(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '+';
  };
  return !name.empty() && name.size() <= kLongest && name.front() != '/' && std::ranges::all_of(name, fits);
}

/// The contents of a file with a time zone; empty for every other file.
std::string zone_in(const Packed& file) {
  constexpr std::size_t kLargest = 1 << 20;
  std::string text(kLargest, '\0');
  const auto count = sys::read_at(file.held->get(), std::as_writable_bytes(std::span(text)), 0);
  text.resize(count.value_or(0));
  return text.starts_with(kMagic) && text.size() < kLargest ? text : std::string();
}

/// True if the error means that there is no such file, or none that an image may have. An error of the system, such as
/// too many open files, may hide what the program needs.
bool is_absent(const Error& error) {
  constexpr std::array kAbsent = {0, ENOENT, ENOTDIR, EISDIR, ELOOP};
  return error.code != Code::kInterrupted && std::ranges::find(kAbsent, error.errno_value) != kAbsent.end();
}

void insert_sorted(std::vector<Packed>& list, Packed packed) {
  list.insert(std::ranges::upper_bound(list, packed.inner, {}, &Packed::inner), std::move(packed));
}

}  // namespace

Result<void> add_locale(Closure& closure, const file::GoOn& go_on) {
  const std::string path(kLocale);
  const bool there = std::ranges::find(closure.trees, path, &Packed::inner) != closure.trees.end();
  if (there || !uses_glibc(closure)) return {};
  auto tree = named_tree(path, path, go_on);
  if (!tree && !is_absent(tree.error())) return std::unexpected(tree.error());
  // A host without the locale has programs that do without it.
  if (tree) insert_sorted(closure.trees, *std::move(tree));
  return {};
}

Result<void> add_time_zone(Closure& closure, std::string_view zone) {
  if (zone.starts_with(':')) zone.remove_prefix(1);
  if (!names_zone(zone)) return {};
  const std::string path = std::string(kZones) + std::string(zone);
  const auto file = named_file(path, path);
  if (!file && !is_absent(file.error())) return std::unexpected(file.error());
  std::string text = file ? zone_in(*file) : std::string();
  if (text.empty()) return {};
  // Pack the contents and not the host's file, because a package may have a link in this place.
  closure.fixed.push_back({.path = path, .content = std::move(text)});
  closure.fixed.push_back({.path = "/etc/localtime", .content = path, .link = true});
  return {};
}

std::map<std::string, std::string> usual_environment() {
  return {{"HOME", "/"}, {"LANG", "C.UTF-8"}, {"PATH", "/usr/local/bin:/usr/bin:/bin"}};
}

}  // namespace immure::plan
