#include "attest/stage.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/harvest.hpp"
#include "attest/input_parts.hpp"
#include "attest/made_as.hpp"
#include "file/sha256.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::attest {
namespace {

using file::Entry;
using file::Kind;

bool is_channel(const Entry& entry) {
  return entry.kind != Kind::kFile && entry.kind != Kind::kDirectory && entry.kind != Kind::kLink;
}

/// The extent of the first data at or after `at`. If the file system cannot tell, everything counts as data.
struct Extent {
  std::uint64_t begin, end;
};
Extent extent_at(int fd, std::uint64_t at, std::uint64_t size) {
  const auto begin = sys::call(::lseek, fd, static_cast<off_t>(at), SEEK_DATA);
  if (!begin) return begin.error().value == ENXIO ? Extent{size, size} : Extent{at, size};
  const auto end = sys::call(::lseek, fd, *begin, SEEK_HOLE);
  const auto from = std::min(static_cast<std::uint64_t>(*begin), size);
  return {from, end ? std::clamp(static_cast<std::uint64_t>(*end), from, size) : size};
}

/// Copies one file.
class FileCopy {
 public:
  FileCopy(const sys::Fd& from, const sys::Fd& to, const std::string& where, const Staging& staging)
      : from_(from), to_(to), where_(where), staging_(staging) {}

  /// Returns the digest of the bytes that were written; empty if no digest is wanted.
  Result<std::string> copy(std::uint64_t size) {
    for (std::uint64_t at = 0; at < size;) {
      const Extent extent = extent_at(from_.get(), at, size);
      CHECK_OK(skip(extent.begin - at));
      CHECK_OK(copy_data(extent));
      at = extent.end;
    }
    if (const int failure = sys::error_of(::ftruncate, to_.get(), static_cast<off_t>(size)); failure != 0)
      return cannot_stage(failure);
    return staging_.digests_wanted ? text::hex(hash_.finish()) : std::string();
  }

 private:
  // Leave a hole in the copy too, and hash zeros for the hole, because a reader gets zeros for a hole.
  Result<void> skip(std::uint64_t bytes) {
    if (!staging_.digests_wanted) return {};
    std::ranges::fill(buffer_, std::byte{0});
    while (bytes > 0) {
      CHECK_OK(staging_.go_on());
      const std::uint64_t piece = std::min<std::uint64_t>(bytes, buffer_.size());
      hash_.update(std::span(buffer_).first(piece));
      bytes -= piece;
    }
    return {};
  }

  Result<void> copy_data(Extent extent) {
    for (const sys::Fd* file : {&from_, &to_}) {
      const int failure = sys::error_of(::lseek, file->get(), static_cast<off_t>(extent.begin), SEEK_SET);
      if (failure != 0) return cannot_stage(failure);
    }
    for (std::uint64_t left = extent.end - extent.begin; left > 0;) {
      CHECK_OK(staging_.go_on());
      const auto count =
          sys::read_some(from_.get(), std::span(buffer_).first(std::min<std::uint64_t>(left, buffer_.size())));
      if (!count) return fail(Code::kSystem, where_, "cannot be read", {}, count.error().value);
      if (*count == 0) return fail(Code::kBadInput, where_, "changed while it was staged");
      const auto bytes = std::span(buffer_).first(*count);
      if (staging_.digests_wanted) hash_.update(bytes);
      if (const auto written = sys::write_all(to_.get(), bytes); !written) return cannot_stage(written.error().value);
      left -= *count;
    }
    return {};
  }

  [[nodiscard]] std::unexpected<Error> cannot_stage(int number) const {
    if (number == ENOSPC)
      return fail(Code::kBadInput, where_, "does not fit into the copy of the input",
                  "The copy lies in memory and may take as much as the profile's memory limit.");
    return fail(Code::kSystem, where_, "cannot be staged", {}, number);
  }

  const sys::Fd& from_;
  const sys::Fd& to_;
  const std::string& where_;
  const Staging& staging_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(256 << 10);
  file::Sha256 hash_;
};

Result<std::string> copy_file(const OpenInput& input, const Entry& entry, const std::string& where,
                              const sys::Fd& target, const Staging& staging) {
  const auto from = open_entry(input, entry.path);
  if (!from)
    return fail(Code::kBadInput, where, "cannot be read", sys::lease_hint(from.error().value), from.error().value);
  CHECK_OK(file::check_unchanged(from->get(), entry, staging.name));
  const MadeAs made_as(staging.uid, staging.gid);
  const auto to = sys::open_at(target.get(), entry.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!to) return fail(Code::kSystem, where, "cannot be staged", {}, to.error().value);
  TRY(std::string digest, FileCopy(*from, *to, where, staging).copy(entry.size));
  CHECK_OK(file::check_unchanged(from->get(), entry, staging.name));
  // The program must see the modes that the evidence names. No mount of the cell heeds set-id bits.
  if (const int failure = sys::error_of(::fchmod, to->get(), static_cast<mode_t>(entry.mode)); failure != 0)
    return fail(Code::kSystem, where, "cannot be staged", {}, failure);
  return digest;
}

/// Makes a directory. Its owner may list and enter it, whatever its mode is, because the copy belongs to the cell.
int make_directory(const sys::Fd& target, const Entry& entry) {
  const mode_t mode = entry.mode | 0700U;
  if (const int failure = sys::error_of(::mkdirat, target.get(), entry.path.c_str(), mode); failure != 0)
    return failure;
  return sys::error_of(::fchmodat, target.get(), entry.path.c_str(), mode, 0);
}

/// Gives the copies the modification times of the originals, a directory after everything in it.
Result<void> copy_times(const OpenInput& input, const sys::Fd& target, const Staging& staging) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const MadeAs made_as(staging.uid, staging.gid);
  for (auto entry = input.entries.rbegin(); entry != input.entries.rend(); ++entry) {
    if (entry->path == ".") continue;
    CHECK_OK(staging.go_on());
    const std::int64_t nanoseconds = (entry->mtime_ns % kSecond + kSecond) % kSecond;
    const timespec time{.tv_sec = (entry->mtime_ns - nanoseconds) / kSecond, .tv_nsec = nanoseconds};
    const std::array times = {time, time};
    const int failure =
        sys::error_of(::utimensat, target.get(), entry->path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
    if (failure != 0)
      return fail(Code::kSystem, staging.name + "/" + entry->path, "cannot get its times in the copy", {}, failure);
  }
  return {};
}

std::string mebibytes(std::uint64_t bytes) {
  constexpr unsigned kShift = 20;
  return std::to_string((bytes + (1U << kShift) - 1) >> kShift) + " MiB";
}

}  // namespace

std::vector<std::string> leave_out_channels(OpenInput& input) {
  const auto is_left_out = [](const Entry& entry) { return is_channel(entry) || entry.unread; };
  // The author of the input chose the number and the names of these entries, and the evidence must have room for them.
  RefusedList left_out;
  for (const Entry& entry : input.entries) {
    if (is_left_out(entry))
      left_out.add(entry.path, (entry.unread ? "unreadable " : "") + std::string(file::name(entry.kind)));
  }
  std::erase_if(input.entries, is_left_out);
  return left_out.take();
}

Result<void> check_stage_fits(const OpenInput& input, const std::string& name, std::uint64_t limit) {
  std::uint64_t data = 0;
  for (const Entry& entry : input.entries) {
    if (entry.kind == Kind::kFile) data += std::min(entry.size, entry.allocated);
  }
  if (data <= limit) return {};
  return fail(Code::kBadInput, name,
              "its copy would take " + mebibytes(data) + " of memory, and the profile allows " + mebibytes(limit),
              "Raise `memory` in the profile, or take large files out of the input.");
}

StageSize stage_size(const OpenInput& input, std::uint64_t limit) {
  constexpr std::uint64_t kPage = 4096, kRoom = 1 << 20;
  StageSize size{.bytes = kRoom, .inodes = input.entries.size() + 16};
  for (const Entry& entry : input.entries) {
    // The apparent sizes of files with holes can add up to more than 64 bits can hold, so stop the sum at the limit.
    size.bytes += std::min(entry.size, limit) / kPage * kPage + 2 * kPage;
    size.bytes = std::min(size.bytes, limit + kRoom + input.entries.size() * 2 * kPage);
  }
  return size;
}

Result<std::vector<std::string>> copy_input(const OpenInput& input, const sys::Fd& target, const Staging& staging) {
  std::vector<std::string> digests(input.entries.size());
  for (std::size_t i = 0; i < input.entries.size(); ++i) {
    const Entry& entry = input.entries[i];
    const std::string where = staging.name + "/" + entry.path;
    if (entry.path == ".") continue;
    if (entry.kind == Kind::kFile) {
      TRY(digests[i], copy_file(input, entry, where, target, staging));
      continue;
    }
    CHECK_OK(staging.go_on());
    const MadeAs made_as(staging.uid, staging.gid);
    const int failure = entry.kind == Kind::kDirectory
                            ? make_directory(target, entry)
                            : sys::error_of(::symlinkat, entry.target.c_str(), target.get(), entry.path.c_str());
    if (failure != 0) return fail(Code::kSystem, where, "cannot be staged", {}, failure);
  }
  CHECK_OK(copy_times(input, target, staging));
  return digests;
}

}  // namespace immure::attest
