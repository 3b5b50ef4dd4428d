#include "attest/publish.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "attest/made_as.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::attest {
namespace {

/// Moves one file or directory to /out, and never replaces anything there. Returns 0 or the errno of the failure.
int move_out(const sys::Fd& scratch, const sys::Fd& output, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string above = slash == std::string::npos ? "." : path.substr(0, slash);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const auto directory = sys::open_beneath(scratch.get(), above.c_str(), O_PATH | O_DIRECTORY);
  if (!directory) return directory.error().value;
  return sys::error_of(::renameat2, directory->get(), name.c_str(), output.get(), name.c_str(), RENAME_NOREPLACE);
}

std::string reason_of(int failure) {
  if (failure == ENOENT || failure == ENOTDIR) return "was not among the temporary files when the program ended";
  if (failure == EEXIST) return "cannot be published: the program has made an output of the same name";
  return std::string("cannot be published: ") + ::strerrordesc_np(failure);
}

}  // namespace

std::string_view among_temporary_files(std::string_view path) {
  constexpr std::array<std::string_view, 3> kPlaces = {"/tmp/", "/var/tmp/", "/dev/shm/"};
  if (std::filesystem::path(path).lexically_normal().native() != path || path.ends_with('/')) return {};
  for (const std::string_view place : kPlaces)
    if (path.starts_with(place)) return path.substr(place.size());
  return {};
}

std::vector<std::string> publish(const sys::Fd& scratch, const sys::Fd& output, const std::vector<std::string>& paths) {
  std::vector<std::string> refused;
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, output.get(), &status); failure != 0) {
    for (const std::string& path : paths) refused.push_back(path + ": " + reason_of(failure));
    return refused;
  }
  // The file system of /out belongs to the cell's user namespace. This namespace does not map root of the host, so a
  // call by root would fail with EOVERFLOW.
  const MadeAs made_as(status.st_uid, status.st_gid);
  for (const std::string& path : paths)
    if (const int failure = move_out(scratch, output, std::string(among_temporary_files(path))); failure != 0)
      refused.push_back(path + ": " + reason_of(failure));
  return refused;
}

std::vector<std::string> left_temporary_files(const sys::Fd& scratch) {
  const auto directory = sys::open_beneath(scratch.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!directory) return {};
  const auto entries = file::entries_in(directory->get());
  if (!entries) return {};
  std::vector<std::string> left;
  for (const file::Listed& entry : *entries) {
    struct stat status{};
    const bool is_file =
        entry.type == DT_REG &&
        sys::error_of(::fstatat, directory->get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        status.st_size != 0;
    if (is_file || entry.type == DT_DIR) left.push_back("/tmp/" + entry.name);
  }
  return left;
}

}  // namespace immure::attest
