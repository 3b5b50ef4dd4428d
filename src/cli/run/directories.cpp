#include "cli/run/directories.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <span>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/batch/names.hpp"
#include "file/place.hpp"
#include "file/program_path.hpp"
#include "file/tree.hpp"
#include "plan/image/cache_place.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::cli {
namespace {

std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

Result<void> check_directory(const struct stat& info, const std::string& name) {
  if (S_ISLNK(info.st_mode)) {
    return fail(Code::kBadInput, name, "is a symbolic link", "Name the directory itself.");
  }
  if (!S_ISDIR(info.st_mode)) return fail(Code::kBadInput, name, "is not a directory", "Name a directory.");
  return {};
}

Result<void> check_empty(const sys::Fd& directory, const std::string& name, bool may_hold_batch) {
  const auto names = file::names_in(directory.get());
  if (!names) return fail(Code::kBadInput, name, "cannot be listed", {}, names.error().value);
  if (names->empty()) return {};
  const bool holds_batch = std::ranges::find(*names, kBatchDirectory) != names->end();
  if (holds_batch && may_hold_batch) return {};
  return fail(Code::kBadInput, name, "is not empty: it holds " + names->front(),
              holds_batch ? "It has the results of a batch: to go on with that batch, use --resume."
                          : "Name an empty directory, or one that is not there yet.");
}

/// Why the caller may not write in the directory, as an errno; 0 if the caller may.
int why_not_writable(const sys::Fd& directory) {
  return sys::error_of(::faccessat, directory.get(), ".", W_OK | X_OK, AT_EACCESS);
}

std::unexpected<Error> locked_by_another(const std::string& name) {
  return fail(Code::kBadInput, name, "is in use: another process holds its lock, probably another run of immure",
              "Wait until that run has ended, or name another directory.");
}

/// Keeps a second run out of the directory. On a file system that cannot lock directories (NFS) a second run is not
/// kept out, but even there no file of one run ever replaces a file of another run. Waits for a lock that the runs of a
/// batch hold: if somebody has killed the batch, the kernel has yet to end its runs.
Result<void> lock(const sys::Fd& directory, const std::string& name, bool of_batch) {
  constexpr std::int64_t kPatienceMs = 5'000;
  const std::int64_t end = sys::monotonic_ms() + (of_batch ? kPatienceMs : 0);
  while (sys::error_of(sys::call_until_done(::flock, directory.get(), LOCK_EX | LOCK_NB)) == EWOULDBLOCK) {
    if (sys::monotonic_ms() >= end) return locked_by_another(name);
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 10'000'000};
    ::nanosleep(&kPause, nullptr);
  }
  return {};
}

bool same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// The status of the file that `path` leads to; nothing if there is no such file.
Result<std::optional<struct stat>> target(const std::string& path) {
  struct stat info{};
  const int failure = sys::error_of(::stat, path.c_str(), &info);
  if (failure == 0) return info;
  if (failure == ENOENT || failure == ENOTDIR) return std::nullopt;
  return fail(Code::kBadInput, path, "its status cannot be read", {}, failure);
}

/// Like file::lies_in(). `name` is the name of the inner directory in messages.
Result<bool> lies_in(const sys::Fd& inner, const sys::Fd& outer, const std::string& name) {
  const auto inside = file::lies_in(inner, outer);
  if (inside) return *inside;
  return fail(Code::kBadInput, name, "immure cannot check all its parent directories",
              inside.error().value == EMFILE
                  ? std::string()
                  : "Choose a directory whose parents you may enter, and which nobody moves during the run.",
              inside.error().value);
}

/// Error kBadInput if `directory` is the directory of the image cache, or lies in it. immure removes what it has made
/// there, and nobody should have to tell results from images.
Result<void> check_outside_cache(const sys::Fd& directory, const std::string& shown) {
  TRY(const auto images, plan::hold_images());
  if (!images) return {};
  TRY(const bool inside, lies_in(directory, images->fd, shown));
  if (!inside) return {};
  return fail(Code::kBadInput, shown, "lies inside immure's image cache " + images->path,
              "Name another place: what lies there belongs to immure.");
}

/// Opens the input at `path` and holds it. Does not follow a link in the last component. `name` is for messages.
Result<file::HeldDirectory> hold_input(const std::string& path, const std::string& name,
                                       const file::HeldDirectory* parent) {
  const std::string last = last_of(path);
  if (last.empty() || last == "." || last == "..") return file::hold_directory(path);
  TRY(const file::Place place,
      parent != nullptr ? file::place_in(parent->fd, parent->path, last, name) : file::place_of(path));
  auto held = sys::open_at(place.directory.get(), place.name.c_str(), O_PATH | O_NOFOLLOW);
  if (held) return file::HeldDirectory{std::move(*held), place.path()};
  if (held.error().value == ENOENT)
    return fail(Code::kBadInput, name, "does not exist", "Name the directory that the program may read.");
  return fail(Code::kBadInput, name, "cannot be opened", {}, held.error().value);
}

}  // namespace

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Result<InputDirectory> input_directory(const std::string& name, const file::HeldDirectory* parent) {
  // Remove a slash at the end, because with the slash the kernel would follow a link in the last component.
  const std::string path = without_trailing_slashes(name);
  TRY(const file::HeldDirectory held, hold_input(path, name, parent));
  struct stat info{};
  if (const int failure = sys::error_of(::fstat, held.fd.get(), &info); failure != 0)
    return fail(Code::kBadInput, name, "its status cannot be read", {}, failure);
  CHECK_OK(check_directory(info, name));
  // Reopen the directory by its descriptor, because its name may lead elsewhere by now.
  auto directory = sys::open_at(held.fd.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!directory) return fail(Code::kBadInput, name, "cannot be read", {}, directory.error().value);
  return InputDirectory{std::move(*directory), held.path};
}

Result<OutputDirectory> OutputDirectory::look_at(const std::string& name, const file::HeldDirectory* parent) {
  return look_at(name, parent, false);
}

Result<OutputDirectory> OutputDirectory::look_at_batch(const std::string& name) { return look_at(name, nullptr, true); }

Result<OutputDirectory> OutputDirectory::look_at(const std::string& name, const file::HeldDirectory* parent,
                                                 bool filled) {
  const std::string path = without_trailing_slashes(name);
  if (path.empty()) return fail(Code::kBadInput, "--out", "is empty");
  const std::string last = last_of(path);
  // `/`, `.` and `..` name a directory that exists already, and have no last component to open in a parent.
  if (last.empty() || last == "." || last == "..") {
    TRY(file::HeldDirectory held, file::hold_directory(path));
    OutputDirectory output({.directory = {}, .name = {}, .parent = {}, .shown = name}, std::move(held.path), filled);
    CHECK_OK(check_outside_cache(held.fd, name));
    CHECK_OK(output.open(held.fd));
    return output;
  }
  TRY(file::Place place,
      parent != nullptr ? file::place_in(parent->fd, parent->path, last, name) : file::place_of(path));
  place.shown = name;
  std::string absolute = place.path();
  OutputDirectory output(std::move(place), std::move(absolute), filled);
  CHECK_OK(check_outside_cache(output.place_.directory, name));
  auto there = sys::open_at(output.place_.directory.get(), last.c_str(), O_PATH | O_NOFOLLOW);
  if (there) {
    CHECK_OK(output.open(*there));
  } else if (there.error().value != ENOENT) {
    return fail(Code::kBadInput, name, "its status cannot be read", "Name a directory that you may enter.",
                there.error().value);
  } else if (const int failure = why_not_writable(output.place_.directory); failure != 0) {
    return fail(Code::kBadInput, name, "cannot be made in " + output.place_.parent, {}, failure);
  }
  return output;
}

Result<void> OutputDirectory::open(const sys::Fd& there) {
  struct stat info{};
  if (const int failure = sys::error_of(::fstat, there.get(), &info); failure != 0)
    return fail(Code::kBadInput, place_.shown, "its status cannot be read", {}, failure);
  CHECK_OK(check_directory(info, place_.shown));
  auto opened = sys::open_at(there.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!opened) return fail(Code::kBadInput, place_.shown, "cannot be listed", {}, opened.error().value);
  CHECK_OK(check_empty(*opened, place_.shown, filled_));
  if (const int failure = why_not_writable(*opened); failure != 0)
    return fail(Code::kBadInput, place_.shown, "cannot be written", {}, failure);
  fd_ = std::move(*opened);
  return {};
}

Result<void> OutputDirectory::create() {
  if (!fd_) {
    constexpr unsigned kByUmask = 0777;
    CHECK_OK(start_cleanup());
    TRY(fd_, file::make_directory(place_.directory, place_.name, kByUmask, place_.shown, Code::kBadInput));
    made_ = true;
    struct stat info{};
    int failure = sys::error_of(::fstat, fd_.get(), &info);
    if (failure == 0) failure = sys::error_of(cleanup_.made(info.st_dev, info.st_ino));
    if (failure != 0)
      return fail(Code::kSystem, place_.shown, "the process that tidies up cannot be told of it", {}, failure);
  }
  CHECK_OK(lock(fd_, place_.shown, filled_));
  locked_ = true;
  // Another run may have filled the directory and released its lock since look_at().
  return check_empty(fd_, place_.shown, filled_);
}

Result<void> OutputDirectory::start_cleanup() {
  auto parent = sys::open_at(place_.directory.get(), ".", O_PATH | O_DIRECTORY);
  if (!parent) return fail(Code::kSystem, place_.parent, "cannot be opened", {}, parent.error().value);
  cleanup_.add_directory(std::move(*parent), place_.name);
  // Without this process an empty directory stays if immure is killed, but nothing else changes. If no process can be
  // started, the cell cannot start either, and the error of the cell says so.
  static_cast<void>(cleanup_.start());
  return {};
}

void OutputDirectory::keep() {
  made_ = false;
  // If this fails, the cleanup process removes the directory if the directory is empty.
  static_cast<void>(cleanup_.made(0, 0));
}

void OutputDirectory::tell_what_was_made(attest::Pulse& pulse) const {
  struct stat info{};
  const std::string path = place_.path();
  if (!made_ || path.size() >= pulse.output.size() || ::fstat(fd_.get(), &info) != 0) return;
  path.copy(pulse.output.data(), path.size());
  pulse.output_device = info.st_dev;
  pulse.output_inode = info.st_ino;
}

Result<sys::Fd> OutputDirectory::descriptor() const {
  auto held = sys::open_at(fd_.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!held) return fail(Code::kSystem, place_.shown, "cannot be opened", {}, held.error().value);
  return std::move(*held);
}

OutputDirectory::OutputDirectory(OutputDirectory&& other) noexcept
    : place_(std::move(other.place_)),
      fd_(std::move(other.fd_)),
      path_(std::move(other.path_)),
      filled_(other.filled_),
      made_(std::exchange(other.made_, false)),
      locked_(std::exchange(other.locked_, false)),
      cleanup_(std::move(other.cleanup_)) {}

OutputDirectory::~OutputDirectory() {
  if (made_) {
    struct stat info{};
    const auto there = file::status_of(place_);
    // Remove the name only if it is still the directory that we made. rmdir fails if the directory is not empty.
    if (there && ::fstat(fd_.get(), &info) == 0 && same(info, *there))
      ::unlinkat(place_.directory.get(), place_.name.c_str(), AT_REMOVEDIR);
  }
  // Processes that still hold a copy of the descriptor must not hold the lock.
  if (locked_) ::flock(fd_.get(), LOCK_UN);
}

Result<void> check_apart(const sys::Fd& input, const std::string& path, const OutputDirectory& output) {
  const std::string& out = output.path();
  TRY(const bool out_in_input, lies_in(output.nearest(), input, out));
  TRY(const bool input_in_out, output.exists() ? lies_in(input, output.nearest(), path) : Result<bool>(false));
  if (out_in_input && input_in_out) return fail(Code::kBadInput, out, "is both the input and the output");
  if (out_in_input)
    return fail(Code::kBadInput, out, "the output lies inside the input " + path, "Name another output directory.");
  if (input_in_out) return fail(Code::kBadInput, path, "the input lies inside the output " + out);
  return {};
}

Result<void> check_file_outside(const file::Place& place, const std::string& what, const sys::Fd& inside,
                                const std::string& kind, const std::string& path) {
  TRY(const bool lies_there, lies_in(place.directory, inside, place.shown));
  if (lies_there) return fail(Code::kBadInput, place.shown, what + " lies inside the " + kind + " " + path);
  return {};
}

Result<void> check_file_outside(const file::Place& place, const std::string& what, const OutputDirectory& output) {
  // An output directory that does not exist yet holds no file, and create() makes a new directory or fails.
  if (!output.exists()) return {};
  return check_file_outside(place, what, output.nearest(), "output", output.path());
}

Result<void> check_file_apart(const std::string& path, const std::string& what, const std::string& directory) {
  TRY(const file::Place place, file::place_of(path));
  const auto held = file::hold_directory(directory);
  // No file lies in a directory that does not exist. The appraisal reports the missing directory.
  if (!held && (held.error().errno_value == ENOENT || held.error().errno_value == ENOTDIR)) return {};
  if (!held) return std::unexpected(held.error());
  TRY(const bool inside, lies_in(place.directory, held->fd, path));
  if (inside) return fail(Code::kBadInput, path, what + " lies inside " + directory);
  return {};
}

Result<void> check_other_file(const std::string& path, const std::string& other) {
  TRY(const auto one, target(path));
  TRY(const auto two, target(other));
  if (!one || !two || !same(*one, *two)) return {};
  return fail(Code::kBadInput, path, "is the same file as " + other + ", which it would replace");
}

Result<void> check_replaceable(const file::Place& place) {
  const auto opened = sys::open_at(place.directory.get(), place.name.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  char first = '\0';
  const auto count = opened ? sys::read_some(opened->get(), std::as_writable_bytes(std::span(&first, 1)))
                            : SysResult<std::size_t>(std::unexpected(opened.error()));
  if (!count)
    return fail(Code::kBadInput, place.shown, "cannot be read, so immure does not overwrite it", {},
                count.error().value);
  if (*count == 0 || first == '{' || first == '<') return {};
  return fail(Code::kBadInput, place.shown, "is not a file that immure writes here, and is not replaced",
              "Move the file away, or name another one.");
}

Result<void> check_outside_cache(const file::Place& place) { return check_outside_cache(place.directory, place.shown); }

Result<file::Place> place_to_write(const std::string& path) {
  TRY(file::Place place, file::place_of(path));
  CHECK_OK(check_outside_cache(place));
  if (const int failure = why_not_writable(place.directory); failure != 0)
    return fail(Code::kBadInput, place.shown, "cannot be written in " + place.parent, {}, failure);
  return place;
}

Result<void> check_writable_file(const file::Place& place, bool replace) {
  CHECK_OK(check_outside_cache(place));
  if (const auto info = file::status_of(place)) {
    if (!S_ISREG(info->st_mode)) return fail(Code::kBadInput, place.shown, "is not a regular file");
    if (!replace)
      return fail(Code::kBadInput, place.shown, "exists already, and immure overwrites it only with --replace",
                  "Move the file away, name another with --evidence, or use --replace.");
    CHECK_OK(check_replaceable(place));
  }
  if (const int failure = why_not_writable(place.directory); failure != 0)
    return fail(Code::kBadInput, place.shown, "cannot be written in " + place.parent, {}, failure);
  return {};
}

Result<void> check_new_file(const file::Place& place, bool replace) {
  CHECK_OK(check_outside_cache(place));
  if (const auto info = file::status_of(place)) {
    if (!S_ISREG(info->st_mode)) return fail(Code::kBadInput, place.shown, "is not a regular file");
    if (!replace)
      return fail(Code::kBadInput, place.shown, "exists already, and immure overwrites it only with --replace",
                  "Move the file away, name another one, or use --replace.");
  }
  if (const int failure = why_not_writable(place.directory); failure != 0)
    return fail(Code::kBadInput, place.shown, "cannot be written in " + place.parent, {}, failure);
  return {};
}

Result<void> check_writable_file(const std::string& path) {
  TRY(const file::Place place, file::place_of(path));
  return check_writable_file(place, true);
}

Result<std::string> find_program(const std::string& name) {
  if (name.empty()) return fail(Code::kUsage, "the program's name", "is empty", "Name a program after `--`.");
  struct stat status{};
  if (name.starts_with("/in/") && ::stat(name.c_str(), &status) != 0)
    return fail(Code::kBadInput, name, "is a path of the input, and no program of the input is executed",
                "Name a program of this host, or an interpreter: python3 /in/script.py.");
  if (name.find('/') != std::string::npos) return name;
  if (auto path = file::find_program(name)) return *std::move(path);
  return fail(Code::kBadInput, name, "is not found in PATH", "Install the program, or name it by its path.");
}

}  // namespace immure::cli
