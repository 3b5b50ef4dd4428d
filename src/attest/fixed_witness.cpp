#include "attest/fixed_witness.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::attest {
namespace {

using evidence::FixedFile;

/// The supervisor reads at most this many bytes of a file, because somebody may have put any file at the path. No fixed
/// file is larger.
constexpr std::size_t kLargest = 1 << 20;
/// At most this many files are recorded. An image with more files below /proc and /sys holds foreign files in any case.
constexpr std::size_t kMostListed = 64;
constexpr int kDeepest = 8;

class Eye {
 public:
  explicit Eye(sys::Fd root) : root_(std::move(root)) {}

  Result<void> look_at(const std::string& path) {
    if (seen_.contains(path)) return {};
    const auto found = sys::open_on_same_mount(root_.get(), path.c_str() + 1, O_PATH | O_NOFOLLOW);
    if (!found && (found.error().value == ENOENT || found.error().value == ENOTDIR)) return {};
    // ELOOP: a directory on the way is a link. EXDEV: the path leads to another mount.
    if (!found && (found.error().value == ELOOP || found.error().value == EXDEV)) return add(path, "elsewhere", {});
    if (!found) return unreadable(path, found.error().value);
    struct stat status{};
    if (const int failure = sys::error_of(::fstat, found->get(), &status); failure != 0)
      return unreadable(path, failure);
    if (S_ISLNK(status.st_mode)) return add_link(path, *found);
    if (S_ISREG(status.st_mode)) return add_file(path, status);
    return add(path, S_ISDIR(status.st_mode) ? "directory" : "other", {});
  }

  /// Looks at everything below the directory.
  Result<void> list(const std::string& path, int depth = 0) {
    const auto directory = sys::open_on_same_mount(root_.get(), path.c_str() + 1, O_RDONLY | O_DIRECTORY);
    const int number = directory ? 0 : directory.error().value;
    if (number == ENOENT) return {};
    if (number == ENOTDIR) return look_at(path);
    if (number == ELOOP || number == EXDEV || depth == kDeepest) return add(path, "elsewhere", {});
    if (number != 0) return unreadable(path, number);
    const auto entries = file::entries_in(directory->get());
    if (!entries) return unreadable(path, entries.error().value);
    for (const file::Listed& entry : *entries) {
      if (seen_.size() >= kMostListed) return {};
      const std::string inner = path + "/" + entry.name;
      CHECK_OK(entry.type == DT_DIR || entry.type == DT_UNKNOWN ? list(inner, depth + 1) : look_at(inner));
    }
    return {};
  }

  [[nodiscard]] std::vector<FixedFile> seen() const {
    std::vector<FixedFile> files;
    for (const auto& [path, file] : seen_) files.push_back(file);
    return files;
  }

 private:
  static std::unexpected<Error> unreadable(const std::string& path, int number) {
    return fail(Code::kBlocked, path, "the outside witness cannot read it in the cell's image", {}, number);
  }

  Result<void> add(const std::string& path, std::string_view kind, std::string digest) {
    seen_[path] = {.path = path, .kind = std::string(kind), .sha256 = std::move(digest)};
    return {};
  }

  Result<void> add_link(const std::string& path, const sys::Fd& link) {
    const auto target = sys::link_target(link.get(), "");
    if (!target) return unreadable(path, target.error().value);
    return add(path, "link", file::sha256_hex(*target));
  }

  Result<void> add_file(const std::string& path, const struct stat& looked) {
    const auto opened = sys::open_on_same_mount(root_.get(), path.c_str() + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!opened) return unreadable(path, opened.error().value);
    struct stat status{};
    if (const int failure = sys::error_of(::fstat, opened->get(), &status); failure != 0)
      return unreadable(path, failure);
    if (status.st_dev != looked.st_dev || status.st_ino != looked.st_ino) return unreadable(path, ESTALE);
    std::string contents;
    std::byte buffer[8192];
    while (contents.size() <= kLargest) {
      const auto count = sys::read_some(opened->get(), buffer);
      if (!count) return unreadable(path, count.error().value);
      if (*count == 0) return add(path, "file", file::sha256_hex(contents));
      contents.append(reinterpret_cast<const char*>(buffer), *count);
    }
    return add(path, "large", {});
  }

  sys::Fd root_;
  std::map<std::string, FixedFile> seen_;
};

}  // namespace

Result<std::vector<FixedFile>> look_at_fixed_files(int pid, std::span<const probe::FixedFile> stated) {
  const std::string path = "/proc/" + std::to_string(pid) + "/root";
  auto root = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
  if (!root)
    return fail(Code::kBlocked, path, "the outside witness cannot read it",
                "Needs the host's /proc, mounted without hidepid for the caller's own processes.", root.error().value);
  Eye eye(std::move(*root));
  for (const probe::FixedFile& file : stated) CHECK_OK(eye.look_at(file.path));
  for (const std::string_view directory : probe::kFixedDirectories) CHECK_OK(eye.list(std::string(directory)));
  return eye.seen();
}

}  // namespace immure::attest
