#include "cli/directories.hpp"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/program_path.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"

namespace immure::cli {
namespace {

Result<std::string> resolved(const std::string& path, const std::string& name) {
  char buffer[PATH_MAX];
  if (::realpath(path.c_str(), buffer) == nullptr) return fail(Code::kBadInput, name, "cannot be resolved", {}, errno);
  return std::string(buffer);
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool may(const std::string& path, int mode) { return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0; }

/// What lies at `path` itself, a link not followed; nothing if it is not there.
Result<std::optional<struct stat>> look(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) == 0) return info;
  if (errno == ENOENT) return std::nullopt;
  return fail(Code::kBadInput, path, "cannot be looked at", {}, errno);
}

Result<void> check_directory(const struct stat& info, const std::string& name) {
  if (S_ISLNK(info.st_mode)) {
    return fail(Code::kBadInput, name, "is a symbolic link", "Name the directory itself.");
  }
  if (!S_ISDIR(info.st_mode)) return fail(Code::kBadInput, name, "is not a directory");
  return {};
}

Result<void> check_empty(const std::string& path, const std::string& name) {
  const auto directory = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
  const auto names = directory ? file::names_in(directory->get()) : std::unexpected(directory.error());
  if (!names) return fail(Code::kBadInput, name, "cannot be listed", {}, names.error().value);
  if (names->empty()) return {};
  return fail(Code::kBadInput, name, "is not empty: it holds " + names->front(),
              "Name an empty directory, or one that is not there yet.");
}

bool same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// What `path` leads to; nothing if it is not there.
Result<std::optional<struct stat>> target(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0) return info;
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  return fail(Code::kBadInput, path, "cannot be looked at", {}, errno);
}

/// Whether `path` or one of its ancestors is the directory `ancestor`. By inode, because a bind mount is another name
/// for it.
Result<bool> lies_in(std::string path, const std::string& ancestor) {
  TRY(const auto wanted, target(ancestor));
  if (!wanted) return false;
  while (true) {
    TRY(const auto info, target(path));
    if (info && same(*info, *wanted)) return true;
    if (path == "/" || path == ".") return false;
    path = parent_of(path);
  }
}

}  // namespace

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

Result<std::string> input_directory(const std::string& name) {
  // With a slash behind it a link would be followed before it is seen.
  const std::string path = without_trailing_slashes(name);
  TRY(const auto info, look(path));
  if (!info)
    return fail(Code::kBadInput, name, "does not exist", "--in names the directory that the program may read.");
  CHECK_OK(check_directory(*info, name));
  if (!may(path, R_OK | X_OK)) return fail(Code::kBadInput, name, "cannot be read", {}, errno);
  return resolved(path, name);
}

Result<OutputDirectory> OutputDirectory::look_at(const std::string& name) {
  const std::string path = without_trailing_slashes(name);
  TRY(const auto info, look(path));
  if (info) {
    CHECK_OK(check_directory(*info, name));
    CHECK_OK(check_empty(path, name));
    if (!may(path, W_OK | X_OK)) return fail(Code::kBadInput, name, "cannot be written", {}, errno);
    TRY(std::string absolute, resolved(path, name));
    return OutputDirectory(std::move(absolute), true);
  }
  if (path.empty()) return fail(Code::kBadInput, "--out", "is empty");
  const std::string parent = parent_of(path);
  TRY(const std::string absolute, resolved(parent, name));
  if (!may(parent, W_OK | X_OK)) return fail(Code::kBadInput, name, "cannot be made in " + parent, {}, errno);
  return OutputDirectory(absolute == "/" ? "/" + last_of(path) : absolute + "/" + last_of(path), false);
}

Result<void> OutputDirectory::create() {
  if (exists_) return {};
  if (::mkdir(path_.c_str(), 0777) != 0) return fail(Code::kBadInput, path_, "cannot be made", {}, errno);
  made_ = exists_ = true;
  return {};
}

OutputDirectory::OutputDirectory(OutputDirectory&& other) noexcept
    : path_(std::move(other.path_)), exists_(other.exists_), made_(std::exchange(other.made_, false)) {}

OutputDirectory::~OutputDirectory() {
  // Fails on a directory that holds something, which is then not ours to remove.
  if (made_) ::rmdir(path_.c_str());
}

Result<void> check_apart(const std::string& input, const std::string& output) {
  TRY(const auto out, target(output));
  TRY(const bool out_in_input, lies_in(out ? output : parent_of(output), input));
  TRY(const bool input_in_out, out ? lies_in(input, output) : Result<bool>(false));
  if (out_in_input && input_in_out) return fail(Code::kBadInput, output, "is both the input and the output");
  if (out_in_input) return fail(Code::kBadInput, output, "the output lies inside the input " + input);
  if (input_in_out) return fail(Code::kBadInput, input, "the input lies inside the output " + output);
  return {};
}

Result<void> check_file_outside(const std::string& path, const std::string& what, const std::string& input,
                                const std::string& output) {
  TRY(const std::string parent, resolved(parent_of(path), path));
  TRY(const bool in_input, lies_in(parent, input));
  TRY(const bool in_output, lies_in(parent, output));
  if (in_input) return fail(Code::kBadInput, path, what + " lies inside the input " + input);
  if (in_output) return fail(Code::kBadInput, path, what + " lies inside the output " + output);
  return {};
}

Result<void> check_file_apart(const std::string& path, const std::string& what, const std::string& directory) {
  TRY(const std::string parent, resolved(parent_of(path), path));
  TRY(const bool inside, lies_in(parent, directory));
  if (inside) return fail(Code::kBadInput, path, what + " lies inside " + directory);
  return {};
}

Result<void> check_other_file(const std::string& path, const std::string& other) {
  TRY(const auto one, target(path));
  TRY(const auto two, target(other));
  if (!one || !two || !same(*one, *two)) return {};
  return fail(Code::kBadInput, path, "is the same file as " + other + ", which it would replace");
}

Result<void> check_writable_file(const std::string& path) {
  TRY(const auto info, look(path));
  if (info && !S_ISREG(info->st_mode)) return fail(Code::kBadInput, path, "is not a regular file");
  const std::string parent = parent_of(path);
  if (!may(parent, W_OK | X_OK)) return fail(Code::kBadInput, path, "cannot be written in " + parent, {}, errno);
  return {};
}

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  if (auto path = file::find_program(name)) return *std::move(path);
  return fail(Code::kBadInput, name, "is not found in PATH", "Name the program by its path.");
}

}  // namespace immure::cli
