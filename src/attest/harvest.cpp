#include "attest/harvest.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/output_selection.hpp"
#include "file/io.hpp"
#include "file/place.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"
#include "text/hex.hpp"
#include "text/visible.hpp"

namespace immure::attest {
namespace {

using file::Entry;
using file::Kind;

/// The part of a path before its last slash (empty without a slash), and the part after this slash.
std::string parent_of(const std::string& path) {
  return path.substr(0, path.find('/') == std::string::npos ? 0 : path.rfind('/'));
}
std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// Gives a file or directory of the operator the modification time that the entry has in /out.
Result<void> set_time(const sys::Fd& file, const Entry& entry, const std::string& where) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t seconds = entry.mtime_ns / kSecond, rest = entry.mtime_ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  const std::array<timespec, 2> times = {timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                                         timespec{.tv_sec = seconds, .tv_nsec = static_cast<long>(rest)}};
  if (const int failure = sys::error_of(::futimens, file.get(), times.data()); failure != 0)
    return fail(Code::kSystem, where, "cannot get its time of change", {}, failure);
  return {};
}

/// The harvest's own directories below the operator's. The harvest opens a directory from the top, without following
/// links, whenever it enters that directory, and checks that it is still the directory that the harvest made. The owner
/// of the operator's directory may rename its contents at any time.
class Target {
 public:
  explicit Target(const HarvestRequest& request) : request_(request) {}

  Result<void> make(const Entry& entry) {
    TRY(const sys::Fd parent, open(parent_of(entry.path)));
    // When root makes the directory, it must not be one that the group or others can write to.
    constexpr unsigned kOwn = 0700, kNobodyElseWrites = 0755;
    TRY(const sys::Fd made, file::make_directory(parent, last_of(entry.path), (entry.mode | kOwn) & kNobodyElseWrites,
                                                 where(entry.path), Code::kSystem));
    struct stat status{};
    if (const int failure = sys::error_of(::fstat, made.get(), &status); failure != 0)
      return fail(Code::kSystem, where(entry.path), "its status cannot be read", {}, failure);
    made_.emplace(entry.path, Identity{status.st_dev, status.st_ino});
    return {};
  }

  /// Opens a directory that the harvest made, or, for an empty path, the operator's own.
  [[nodiscard]] Result<sys::Fd> open(const std::string& path) const {
    auto opened = path.empty() ? sys::open_at(request_.target.get(), ".", O_RDONLY | O_DIRECTORY)
                               : sys::open_beneath(request_.target.get(), path.c_str(), O_RDONLY | O_DIRECTORY);
    if (!opened) return fail(Code::kSystem, where(path), "cannot be opened", {}, opened.error().value);
    if (path.empty()) return std::move(*opened);
    struct stat status{};
    const auto made = made_.find(path);
    if (made == made_.end() || ::fstat(opened->get(), &status) != 0 || status.st_dev != made->second.device ||
        status.st_ino != made->second.inode || status.st_uid != ::geteuid())
      return fail(Code::kSystem, where(path), "was replaced during the harvest",
                  "Its owner or somebody else renamed it; name a directory where only you can write.");
    return std::move(*opened);
  }

  [[nodiscard]] std::string where(const std::string& path) const {
    return path.empty() ? request_.target_path : request_.target_path + "/" + path;
  }

 private:
  struct Identity {
    dev_t device;
    ino_t inode;
  };
  const HarvestRequest& request_;
  std::map<std::string, Identity> made_;
};

/// Copies one file after the other. Each thread has its own Copier.
class Copier {
 public:
  Copier(const HarvestRequest& request, const Target& target, std::mutex& asking, unsigned umask)
      : request_(request),
        target_(target),
        asking_(asking),
        umask_(umask),
        block_(std::make_unique_for_overwrite<std::byte[]>(kBlock)) {}

  Result<evidence::Artifact> copy(const Entry& entry) {
    CHECK_OK(ask());
    const std::string where = target_.where(entry.path);
    auto from = sys::open_own_beneath(request_.output.get(), entry.path.c_str(), O_RDONLY | O_NONBLOCK);
    if (!from) return fail(Code::kSystem, where, "cannot be opened in /out", {}, from.error().value);
    struct stat status{};
    if (::fstat(from->get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1 ||
        static_cast<std::uint64_t>(status.st_size) != entry.size)
      return fail(Code::kInternal, where, "changed while it was harvested");
    CHECK_OK(enter(parent_of(entry.path)));
    TRY(file::NewFile made, file::NewFile::create_in(directory_, last_of(entry.path), where));
    TRY(std::string digest, copy_bytes(*from, made.descriptor(), entry.size, where));
    if (request_.keep_times) CHECK_OK(set_time(made.descriptor(), entry, where));
    constexpr unsigned kForOthersToWrite = 022;
    CHECK_OK(made.publish(entry.mode & 0777U & ~umask_ & ~kForOthersToWrite));
    return evidence::Artifact{entry.path, std::move(digest)};
  }

 private:
  static constexpr std::size_t kBlock = 256 << 10;

  Result<void> enter(const std::string& path) {
    if (directory_ && path == entered_) return {};
    TRY(directory_, target_.open(path));
    entered_ = path;
    return {};
  }

  Result<std::string> copy_bytes(const sys::Fd& from, const sys::Fd& to, std::uint64_t size, const std::string& where) {
    file::Sha256 hash;
    std::uint64_t at = 0;
    while (at < size) {
      // A file system that does not support holes reports that everything is data (lseek(2)).
      const auto data = sys::call(::lseek, from.get(), static_cast<off_t>(at), SEEK_DATA);
      if (!data && data.error().value != ENXIO)
        return fail(Code::kSystem, where, "cannot be read from /out", {}, data.error().value);
      const std::uint64_t next = data ? std::min(static_cast<std::uint64_t>(*data), size) : size;
      CHECK_OK(hash_hole(hash, next - at));
      at = next;
      if (at == size) break;
      const auto end = sys::call(::lseek, from.get(), static_cast<off_t>(at), SEEK_HOLE);
      if (!end) return fail(Code::kSystem, where, "cannot be read from /out", {}, end.error().value);
      const std::uint64_t until = std::min(static_cast<std::uint64_t>(*end), size);
      CHECK_OK(copy_data(from, to, at, until, hash, where));
      at = until;
    }
    // The bytes after the last data are a hole too.
    if (const int failure = sys::error_of(::ftruncate, to.get(), static_cast<off_t>(size)); failure != 0)
      return fail(Code::kSystem, where, "cannot be written to the output directory", {}, failure);
    return text::hex(hash.finish());
  }

  /// Adds zeros to the digest for a hole, because a reader gets zeros for it.
  Result<void> hash_hole(file::Sha256& hash, std::uint64_t length) {
    if (length > 0) std::fill_n(block_.get(), std::min<std::uint64_t>(length, kBlock), std::byte{});
    while (length > 0) {
      CHECK_OK(ask());
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(length, kBlock));
      hash.update(std::span<const std::byte>(block_.get(), piece));
      length -= piece;
    }
    return {};
  }

  Result<void> copy_data(const sys::Fd& from, const sys::Fd& to, std::uint64_t at, std::uint64_t until,
                         file::Sha256& hash, const std::string& where) {
    for (const sys::Fd* file : {&from, &to}) {
      const int failure = sys::error_of(::lseek, file->get(), static_cast<off_t>(at), SEEK_SET);
      if (failure != 0) return fail(Code::kSystem, where, "cannot be read from /out", {}, failure);
    }
    while (at < until) {
      CHECK_OK(ask());
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(until - at, kBlock));
      const auto count = sys::read_some(from.get(), std::span(block_.get(), piece));
      if (!count) return fail(Code::kSystem, where, "cannot be read from /out", {}, count.error().value);
      if (*count == 0) return fail(Code::kInternal, where, "changed while it was harvested");
      const std::span<const std::byte> bytes(block_.get(), *count);
      hash.update(bytes);
      if (const auto written = sys::write_all(to.get(), bytes); !written)
        return fail(Code::kSystem, where, "cannot be written to the output directory", {}, written.error().value);
      at += *count;
    }
    return {};
  }

  Result<void> ask() {
    if (!request_.go_on) return {};
    const std::scoped_lock lock(asking_);
    return request_.go_on();
  }

  const HarvestRequest& request_;
  const Target& target_;
  std::mutex& asking_;
  unsigned umask_;
  /// The block is not cleared, so that a small file touches only one page of the block.
  std::unique_ptr<std::byte[]> block_;
  /// The directory of the previous file, kept open because files of one directory follow each other.
  sys::Fd directory_;
  std::string entered_;
};

/// Copies the files and returns their artifacts in order. Uses several processors if there is enough to copy.
Result<std::vector<evidence::Artifact>> copy_files(const std::vector<Entry>& files, const HarvestRequest& request,
                                                   const Target& target) {
  constexpr std::uint64_t kWorthAThread = 1 << 20;
  constexpr unsigned kMost = 8;
  std::vector<std::optional<Result<evidence::Artifact>>> results(files.size());
  std::atomic<std::size_t> next = 0;
  std::mutex asking;
  const unsigned umask = current_umask();
  const auto work = [&] {
    Copier copier(request, target, asking, umask);
    for (std::size_t i = next++; i < files.size(); i = next++) {
      results[i] = copier.copy(files[i]);
      if (!*results[i]) next = files.size();
    }
  };
  std::uint64_t bytes = 0;
  for (const Entry& file : files) bytes += file.size;
  const std::size_t threads =
      bytes < kWorthAThread ? 1 : std::min<std::size_t>({sys::processors(), files.size(), kMost});
  std::vector<std::jthread> helpers;
  try {
    while (helpers.size() + 1 < threads) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // The threads that have started share the work.
  }
  work();
  helpers.clear();
  std::vector<evidence::Artifact> artifacts;
  for (auto& result : results) {
    if (result && !*result) return std::unexpected(std::move(result->error()));
    if (result) artifacts.push_back(**std::move(result));
  }
  return artifacts;
}

}  // namespace

unsigned current_umask() {
  const mode_t mask = ::umask(077);
  ::umask(mask);
  return mask;
}

namespace {

/// The program may have taken the owner's permissions away from /out itself. The owner is the user who runs immure.
Result<void> open_to_owner(const sys::Fd& output) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, output.get(), &status); failure != 0)
    return fail(Code::kSystem, "/out", "its status cannot be read", {}, failure);
  if ((status.st_mode & S_IRWXU) == S_IRWXU) return {};
  const std::string link = "/proc/self/fd/" + std::to_string(output.get());
  if (const int failure = sys::error_of(::chmod, link.c_str(), (status.st_mode & 07777U) | S_IRWXU); failure != 0)
    return fail(Code::kSystem, "/out", "its permissions cannot be restored", {}, failure);
  return {};
}

}  // namespace

Result<Harvest> harvest(const HarvestRequest& request) {
  CHECK_OK(open_to_owner(request.output));
  TRY(std::vector<Entry> entries,
      file::scan(request.output.get(), "/out", {.leave_unread = true, .own = true, .go_on = request.go_on}));
  struct stat scratch{};
  if (request.scratch != nullptr)
    if (const int failure = sys::error_of(::fstat, request.scratch->get(), &scratch); failure != 0)
      return fail(Code::kSystem, "/out", "the status of the directory for temporary files cannot be read", {}, failure);
  const Selection selection = select(std::move(entries), request, scratch.st_ino);
  Target target(request);
  for (const Entry& directory : selection.directories) {
    if (request.go_on) CHECK_OK(request.go_on());
    CHECK_OK(target.make(directory));
  }
  Harvest harvest{.artifacts = {},
                  .refused = selection.refused,
                  .perhaps_cut = selection.perhaps_cut,
                  .over_bytes = selection.over_bytes,
                  .over_names = selection.over_names,
                  .over_files = selection.over_files};
  TRY(harvest.artifacts, copy_files(selection.files, request, target));
  // Set these times last, because making a file in a directory changes the directory's modification time.
  for (const Entry& directory : selection.directories) {
    if (!request.keep_times) break;
    TRY(const sys::Fd made, target.open(directory.path));
    CHECK_OK(set_time(made, directory, target.where(directory.path)));
  }
  std::ranges::sort(harvest.artifacts, {}, &evidence::Artifact::name);
  return harvest;
}

Result<std::vector<std::string>> left_in_output(const sys::Fd& output, const sys::Fd& scratch, std::uint32_t stage) {
  struct stat kept{};
  if (const int failure = scratch ? sys::error_of(::fstat, scratch.get(), &kept) : 0; failure != 0)
    return fail(Code::kSystem, "/out", "its directory for temporary files cannot be read", {}, failure);
  const auto names = file::names_in(output.get());
  if (!names) return fail(Code::kSystem, "/out", "cannot be listed", {}, names.error().value);
  RefusedList left;
  for (const std::string& name : *names) {
    struct stat status{};
    const bool seen = sys::error_of(::fstatat, output.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (scratch && seen && status.st_ino == kept.st_ino) continue;
    left.add(name, "left in /out of stage " + std::to_string(stage) + ", and only the last stage's /out is kept");
  }
  return left.take();
}

}  // namespace immure::attest
