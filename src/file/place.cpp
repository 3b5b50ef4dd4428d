#include "file/place.hpp"

#include <cerrno>
#include <climits>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "file/readable_path.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/list.hpp"

namespace immure::file {
namespace {

constexpr int kHold = O_PATH | O_DIRECTORY;
// The largest number of links that the kernel follows in one path (path_resolution(7)).
constexpr int kMaxLinks = 40;

std::string joined(const std::vector<std::string>& names) {
  std::string path;
  for (const std::string& name : names) text::append_item(path, name, "/");
  return path;
}

constexpr std::string_view kOwnDescriptors = "/proc/self/fd/";

/// The beginning `/proc/self/fd/N` of the path; empty for another path.
std::string_view descriptor_of(std::string_view path) {
  if (!path.starts_with(kOwnDescriptors)) return {};
  const std::size_t end = std::min(path.find_first_not_of("0123456789", kOwnDescriptors.size()), path.size());
  const bool is_number = end > kOwnDescriptors.size() && (end == path.size() || path[end] == '/');
  return is_number ? path.substr(0, end) : std::string_view();
}

/// One walk along a path, component by component.
class Walk {
 public:
  explicit Walk(std::string shown) : shown_(std::move(shown)) {}

  /// Opens the directory where the path starts, and takes what named that directory from the path. For a descriptor,
  /// the kernel opens the descriptor's own directory, whatever has the directory's former name.
  Result<void> start_for(std::string_view& path) {
    if (const std::string_view link = descriptor_of(path); !link.empty()) {
      const std::string name(link);
      const auto target = sys::link_target(AT_FDCWD, name.c_str());
      struct stat status{};
      if (target && ::stat(name.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        path.remove_prefix(link.size());
        return start(name.c_str(), *target);
      }
    }
    if (path.starts_with('/')) return start("/", "/");
    char buffer[PATH_MAX];
    // Somebody may have removed the working directory; its descriptor still works.
    const char* current = ::getcwd(buffer, sizeof buffer);
    return start(".", current != nullptr && *current == '/' ? current : ".");
  }

  /// Walks `path`. With `anything` the last component may be something other than a directory.
  Result<void> enter(std::string_view path, bool anything = false) {
    while (!path.empty()) {
      const std::size_t slash = std::min(path.find('/'), path.size());
      const std::string name(path.substr(0, slash));
      const bool last = slash == path.size();
      path.remove_prefix(std::min(slash + 1, path.size()));
      if (name.empty() || name == ".") continue;
      CHECK_OK(name == ".." ? leave() : step(name, anything && last));
    }
    return {};
  }

  HeldDirectory take() { return {std::move(here_), path()}; }
  HeldFile take_file() { return {std::move(here_), path(), std::move(directory_)}; }

 private:
  [[nodiscard]] std::string path() const {
    std::string path = base_;
    for (const std::string& name : names_) path.append(path == "/" ? "" : "/").append(name);
    return path;
  }

  Result<void> start(const char* path, std::string base) {
    names_.clear();
    base_ = std::move(base);
    auto opened = sys::open_at(AT_FDCWD, path, kHold);
    if (!opened) return refuse(opened.error().value);
    auto again = sys::open_at(opened->get(), ".", kHold);
    if (!again) return refuse(again.error().value);
    start_ = std::move(*opened);
    here_ = std::move(*again);
    return {};
  }

  /// Goes one directory up, along the names that were walked. `..` would lead elsewhere if somebody has moved the
  /// directory.
  Result<void> leave() {
    if (names_.empty()) return leave_start();
    names_.pop_back();
    auto opened = names_.empty() ? sys::open_at(start_.get(), ".", kHold)
                                 : sys::open_beneath(start_.get(), joined(names_).c_str(), kHold);
    if (!opened) return refuse(opened.error().value);
    here_ = std::move(*opened);
    return {};
  }

  /// Leaves the working directory by `..`, because no name was walked there. The directory's owner may move the
  /// directory meanwhile.
  Result<void> leave_start() {
    struct stat status{};
    if (const int failure = sys::error_of(::fstat, start_.get(), &status); failure != 0) return refuse(failure);
    if (!is_trusted(status.st_uid))
      return fail(Code::kBadInput, shown_, "leads out of a working directory that belongs to another user",
                  "Name the absolute path.");
    auto opened = sys::open_at(start_.get(), "..", kHold);
    if (!opened) return refuse(opened.error().value);
    const std::size_t slash = base_.rfind('/');
    const std::string base = slash == std::string::npos ? ".." : slash == 0 ? "/" : base_.substr(0, slash);
    auto again = sys::open_at(opened->get(), ".", kHold);
    if (!again) return refuse(again.error().value);
    base_ = base;
    start_ = std::move(*opened);
    here_ = std::move(*again);
    return {};
  }

  Result<void> step(const std::string& name, bool anything) {
    auto opened = sys::open_at(here_.get(), name.c_str(), O_PATH | O_NOFOLLOW);
    if (!opened) return refuse(opened.error().value);
    struct stat status{};
    if (const int failure = sys::error_of(::fstat, opened->get(), &status); failure != 0) return refuse(failure);
    if (S_ISLNK(status.st_mode)) return follow(*opened, name, status, anything);
    if (!S_ISDIR(status.st_mode)) {
      if (!anything) return refuse(ENOTDIR);
      directory_ = std::move(here_);
    }
    here_ = std::move(*opened);
    names_.push_back(name);
    return {};
  }

  Result<void> follow(const sys::Fd& link, const std::string& name, const struct stat& status, bool anything) {
    if (!is_trusted(status.st_uid))
      return fail(Code::kBadInput, shown_,
                  "leads through the symbolic link " + name + " of user " + std::to_string(status.st_uid) +
                      ", who can change where it leads",
                  "Give the path to which the link leads.");
    if (++links_ > kMaxLinks) return refuse(ELOOP);
    const auto target = sys::link_target(link.get(), "");
    if (!target || target->empty()) return refuse(target ? ENOENT : target.error().value);
    const std::string_view path = *target;
    if (path.starts_with('/')) CHECK_OK(start("/", "/"));
    return enter(path, anything);
  }

  /// True for root, for the caller, and for the owner of `/`: in a user namespace the host's root appears as that
  /// owner.
  [[nodiscard]] static bool is_trusted(unsigned uid) {
    struct stat root{};
    return uid == 0 || uid == ::geteuid() || (::stat("/", &root) == 0 && uid == root.st_uid);
  }

  [[nodiscard]] std::unexpected<Error> refuse(int number) const {
    return fail(Code::kBadInput, shown_, "cannot be resolved",
                number == ENOENT ? "Check the path, or make the directory first." : "", number);
  }

  std::string shown_, base_;
  sys::Fd start_, here_, directory_;
  std::vector<std::string> names_;  ///< the names walked since start_; none of them is a link
  int links_ = 0;
};

bool is_same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// Sets the mode again, because a umask such as 0777 takes away rights that the caller needs to fill the directory.
SysResult<sys::Fd> open_despite_umask(const sys::Fd& parent, const std::string& name) {
  TRY(const sys::Fd held, sys::open_beneath(parent.get(), name.c_str(), kHold));
  struct stat status{};
  CHECK_OK(sys::call(::fstat, held.get(), &status));
  const std::string path = "/proc/self/fd/" + std::to_string(held.get());
  if (status.st_uid != ::geteuid() || ::chmod(path.c_str(), (status.st_mode & 07777U) | 0700U) != 0)
    return std::unexpected(Errno{EACCES});
  return sys::open_at(held.get(), ".", O_RDONLY | O_DIRECTORY);
}

}  // namespace

std::string readable_path(const std::string& path) {
  const std::string_view link = descriptor_of(path);
  if (link.empty()) return path;
  auto target = sys::link_target(AT_FDCWD, std::string(link).c_str());
  if (!target || !target->starts_with('/')) return path;
  std::string rest = path.substr(link.size());
  if (rest.ends_with("/.")) rest.resize(rest.size() - 2);
  if (*target == "/" && !rest.empty()) target->clear();
  return *target + rest;
}

Result<HeldDirectory> hold_directory(const std::string& path) {
  if (path.empty()) return fail(Code::kBadInput, path, "does not name a directory");
  Walk walk(readable_path(path));
  std::string_view rest = path;
  CHECK_OK(walk.start_for(rest));
  CHECK_OK(walk.enter(rest));
  return walk.take();
}

Result<HeldFile> hold_named(const std::string& path) {
  if (path.empty())
    return fail(Code::kBadInput, path, "does not name a file", "Write a path that ends with the name of a file.");
  Walk walk(readable_path(path));
  std::string_view rest = path;
  CHECK_OK(walk.start_for(rest));
  CHECK_OK(walk.enter(rest, true));
  return walk.take_file();
}

Result<Place> place_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..")
    return fail(Code::kBadInput, path, "does not name a file", "Write a path that ends with the name of a file.");
  Walk walk(readable_path(path));
  std::string_view directory = std::string_view(path).substr(0, slash == std::string::npos ? 0 : slash);
  // `/a` lies in `/`.
  if (slash == 0) directory = "/";
  CHECK_OK(walk.start_for(directory));
  CHECK_OK(walk.enter(directory));
  HeldDirectory held = walk.take();
  return Place{std::move(held.fd), std::move(name), std::move(held.path), readable_path(path)};
}

Result<Place> place_in(const sys::Fd& directory, const std::string& parent, const std::string& name,
                       const std::string& shown) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
    return fail(Code::kBadInput, shown, "does not name a file", "Write a path that ends with the name of a file.");
  auto held = sys::open_at(directory.get(), ".", kHold);
  if (!held) return fail(Code::kBadInput, shown, "cannot open its directory", {}, held.error().value);
  return Place{std::move(*held), name, parent, shown};
}

SysResult<bool> lies_in(const sys::Fd& inner, const sys::Fd& outer) {
  // PATH_MAX allows half as many components.
  constexpr int kMostSteps = 4096;
  struct stat wanted{}, here{}, above{};
  CHECK_OK(sys::call(::fstat, outer.get(), &wanted));
  CHECK_OK(sys::call(::fstat, inner.get(), &here));
  sys::Fd climbed;
  for (int step = 0; step < kMostSteps; ++step) {
    if (is_same_file(here, wanted)) return true;
    TRY(sys::Fd parent, sys::open_at(climbed ? climbed.get() : inner.get(), "..", kHold));
    CHECK_OK(sys::call(::fstat, parent.get(), &above));
    // Only the root directory is its own parent.
    if (is_same_file(above, here)) return false;
    here = above;
    climbed = std::move(parent);
  }
  return std::unexpected(Errno{ELOOP});
}

SysResult<bool> is_same_place(const Place& one, const Place& other) {
  struct stat here{}, there{};
  CHECK_OK(sys::call(::fstat, one.directory.get(), &here));
  CHECK_OK(sys::call(::fstat, other.directory.get(), &there));
  return one.name == other.name && is_same_file(here, there);
}

Result<void> hold(Place& place) {
  auto found = sys::open_at(place.directory.get(), place.name.c_str(), O_PATH | O_NOFOLLOW);
  if (!found && found.error().value == ENOENT) return {};
  if (!found) return fail(Code::kBadInput, place.shown, "cannot be opened", {}, found.error().value);
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, found->get(), &status); failure != 0)
    return fail(Code::kBadInput, place.shown, "its status cannot be read", {}, failure);
  if (S_ISREG(status.st_mode)) place.found = std::make_shared<const sys::Fd>(std::move(*found));
  return {};
}

SysResult<struct stat> status_of(const Place& place) {
  struct stat status{};
  if (place.found) {
    CHECK_OK(sys::call(::fstat, place.found->get(), &status));
    return status;
  }
  CHECK_OK(sys::call(::fstatat, place.directory.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW));
  return status;
}

Result<sys::Fd> make_directory(const sys::Fd& parent, const std::string& name, unsigned mode, const std::string& shown,
                               Code code) {
  if (const int failure = sys::error_of(::mkdirat, parent.get(), name.c_str(), static_cast<mode_t>(mode)); failure != 0)
    return fail(code, shown, "cannot be made", failure == EEXIST ? "Name a directory that is not there yet." : "",
                failure);
  const auto replaced = [&shown] {
    return fail(Code::kSystem, shown, "was replaced while it was being made",
                "Another user may rename files in the parent directory. Make the directory yourself before the run.");
  };
  // A user who may write in the parent can put something else in the directory's place between mkdir and open.
  auto opened = sys::open_beneath(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY);
  if (!opened && opened.error().value == EACCES) opened = open_despite_umask(parent, name);
  if (!opened) return replaced();
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, opened->get(), &status); failure != 0)
    return fail(code, shown, "its status cannot be read", {}, failure);
  const auto names = names_in(opened->get());
  if (status.st_uid != ::geteuid() || !names || !names->empty()) return replaced();
  return std::move(*opened);
}

}  // namespace immure::file
