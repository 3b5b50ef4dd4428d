#include "cli/mcp/roots.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

#include "cli/run/directories.hpp"
#include "sys/file.hpp"
#include "text/list.hpp"

namespace immure::cli::mcp {
namespace {

constexpr int kHold = O_PATH | O_DIRECTORY;

std::unexpected<Error> refused(const std::string& path, std::string_view what, std::string_view hint = {},
                               int number = 0) {
  return fail(Code::kUsage, path, what, hint, number);
}

/// The part of `path` below `root`, or nothing if the path does not begin like the root.
bool strip(std::string_view& path, std::string_view root) {
  if (root.empty() || !path.starts_with(root)) return false;
  const std::string_view rest = path.substr(root.size());
  if (root != "/" && !rest.empty() && rest.front() != '/') return false;
  path = rest;
  return true;
}

/// The path without `.` and doubled slashes. Error kUsage for `..`, which a name on the way could turn elsewhere.
Result<std::string> plain(std::string_view path, const std::string& whole) {
  std::string joined;
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    if (name.empty() || name == ".") continue;
    if (name == "..") return refused(whole, "has `..`", "Write the path without `..`.");
    text::append_item(joined, name, "/");
  }
  return joined;
}

bool is_link(const sys::Fd& directory, const char* name) {
  const auto found = sys::open_beneath(directory.get(), name, O_PATH | O_NOFOLLOW);
  struct stat status{};
  return found && ::fstat(found->get(), &status) == 0 && S_ISLNK(status.st_mode);
}

std::string descriptor_path(const sys::Fd& fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

std::string joined(const std::string& directory, const std::string& rest) {
  if (rest.empty()) return directory;
  return (directory == "/" ? "" : directory) + "/" + rest;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

Result<void> Roots::add(const std::string& directory, bool writable) {
  TRY(file::HeldDirectory held, file::hold_directory(directory));
  std::string given = directory.starts_with('/') ? without_trailing_slashes(directory) : std::string();
  roots_.push_back({.held = std::move(held), .given = std::move(given), .writable = writable});
  return {};
}

Result<Roots::Below> Roots::below(const std::string& path) const {
  constexpr std::size_t kLongest = 4096;
  if (path.empty() || path.size() > kLongest || path.find('\0') != std::string::npos)
    return refused(path.substr(0, kLongest), "is no path");
  TRY(const std::string whole, plain(path, path));
  // A relative path begins in the first directory that the operator named.
  if (!path.starts_with('/')) return Below{.root = &roots_.front(), .rest = whole};
  Below best;
  const std::string absolute = "/" + whole;
  for (const Root& root : roots_) {
    std::string_view rest = absolute;
    if (!strip(rest, root.held.path) && !strip(rest, root.given)) continue;
    if (rest.starts_with('/')) rest.remove_prefix(1);
    // A root within another root may have other rights, and the nearer root decides.
    if (best.root == nullptr || rest.size() < best.rest.size()) best = {.root = &root, .rest = std::string(rest)};
  }
  if (best.root != nullptr) return best;
  return refused(path, "lies outside of the directories that the operator allows", "Allowed: " + text() + ".");
}

Result<sys::Fd> Roots::open(const Below& place, const std::string& directory, const std::string& path) {
  const char* name = directory.empty() ? "." : directory.c_str();
  auto opened = sys::open_beneath(place.root->held.fd.get(), name, kHold);
  if (opened) return std::move(*opened);
  // The kernel says ELOOP for a link on the way, and ENOTDIR for a link at the end.
  if (opened.error().value == ELOOP || (opened.error().value == ENOTDIR && is_link(place.root->held.fd, name)))
    return refused(path, "leads through a symbolic link", "Name the directory itself.");
  return refused(path, "cannot be opened", "Check the path.", opened.error().value);
}

Result<Grant> Roots::entry(const std::string& path, bool to_write) const {
  TRY(const Below place, below(path));
  if (to_write && !place.root->writable)
    return refused(path, "may only be read", "Directories that may be written: see " + text() + ".");
  if (place.rest.empty()) return refused(path, "is an allowed directory itself", "Name a file or directory below it.");
  const std::size_t slash = place.rest.rfind('/');
  const std::string parent = slash == std::string::npos ? "" : place.rest.substr(0, slash);
  const std::string name = slash == std::string::npos ? place.rest : place.rest.substr(slash + 1);
  Grant grant{.fd = {}, .argument = {}, .path = joined(place.root->held.path, place.rest)};
  TRY(grant.fd, open(place, parent, path));
  grant.argument = descriptor_path(grant.fd) + "/" + name;
  return grant;
}

Result<Grant> Roots::directory(const std::string& path) const {
  TRY(const Below place, below(path));
  Grant grant{.fd = {}, .argument = {}, .path = joined(place.root->held.path, place.rest)};
  TRY(grant.fd, open(place, place.rest, path));
  grant.argument = descriptor_path(grant.fd) + "/.";
  return grant;
}

Result<Grant> Roots::input(const std::string& path) const {
  auto found = directory(path);
  if (found || found.error().errno_value != ENOTDIR) return found;
  return entry(path, false);
}

Result<void> Roots::check_outside(const std::string& file, std::string_view option) const {
  TRY(const file::Place place, file::place_of(file));
  for (const Root& root : roots_) {
    const auto inside = file::lies_in(place.directory, root.held.fd);
    if (inside && !*inside) continue;
    return fail(Code::kUsage, std::string(option) + " " + file,
                "lies in " + root.held.path + ", which calls may give to a program",
                "Keep the file in a directory that no call may read.", inside ? 0 : inside.error().value);
  }
  return {};
}

std::string Roots::text() const {
  std::string all;
  for (const Root& root : roots_)
    text::append_item(all, root.held.path + (root.writable ? " (read and write)" : " (read)"), ", ");
  return all;
}

std::string with_paths(std::string text, const std::vector<Grant>& grants) {
  for (const Grant& grant : grants) {
    const std::string prefix = descriptor_path(grant.fd) + "/";
    const std::string parent = grant.path.substr(0, grant.path.rfind('/'));
    if (grant.argument == prefix + ".") {
      replace_all(text, grant.argument, grant.path);
    } else {
      replace_all(text, prefix, parent + "/");
    }
  }
  return text;
}

}  // namespace immure::cli::mcp
