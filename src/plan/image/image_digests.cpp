#include "plan/image/image_digests.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <ctime>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "file/md5.hpp"
#include "plan/image/workers.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"
#include "text/hex.hpp"

namespace immure::plan {
namespace {

constexpr std::int64_t kRest = 100'000'000;
constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr std::size_t kBuffer = 256 << 10;

/// The ctime of an open file, in nanoseconds.
Result<std::int64_t> ctime_of(const sys::Fd& file, const std::string& where) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, file.get(), &status); failure != 0)
    return fail(Code::kSystem, where, "its status cannot be read", {}, failure);
  return file::nanoseconds(status.st_ctim);
}

struct FileDigest {
  std::string sha256;
  bool differs = false;  ///< the file's package names another digest
};

/// Hashes one file of the image. Also compares the file with the digest in `packed`, if the file's package names one.
Result<FileDigest> digest_of(int root, const std::string& name, const file::Entry& entry, const PackItem* packed,
                             const file::GoOn& go_on) {
  const std::string where = name + "/" + entry.path;
  const auto file = sys::open_beneath(root, entry.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file)
    return fail(Code::kBadInput, where, "cannot be read", sys::lease_hint(file.error().value), file.error().value);
  CHECK_OK(file::check_unchanged(file->get(), entry, name));
  thread_local std::vector<std::byte> buffer(kBuffer);
  const bool compared = packed != nullptr && !packed->md5.empty();
  file::Sha256 hash;
  file::Md5 sum;
  while (true) {
    CHECK_OK(file::may_go_on(go_on));
    const auto count = sys::read_some(file->get(), buffer);
    if (!count) return fail(Code::kBadInput, where, "cannot be read", {}, count.error().value);
    if (*count == 0) break;
    hash.update(std::span(buffer).first(*count));
    if (compared) sum.update(std::span(buffer).first(*count));
  }
  CHECK_OK(file::check_unchanged(file->get(), entry, name));
  return FileDigest{text::hex(hash.finish()), compared && sum.finish() != packed->md5};
}

/// Hashes a file while other images may add or remove hard links to it, which changes the file's ctime. Starts anew
/// after such a change. Each builder changes the links of a file only a few times, so the loop ends.
Result<std::string> digest_of_shared_file(int root, const std::string& name, file::Entry entry,
                                          const file::GoOn& go_on) {
  constexpr int kTries = 100;
  const std::string where = name + "/" + entry.path;
  for (int tries = 0;; ++tries) {
    const auto file = sys::open_beneath(root, entry.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file) return fail(Code::kBadInput, where, "cannot be read", {}, file.error().value);
    TRY(entry.ctime_ns, ctime_of(*file, where));
    auto digest = digest_of(root, name, entry, nullptr, go_on);
    if (digest) return std::move(digest->sha256);
    if (digest.error().code != Code::kBadInput || tries == kTries) return std::unexpected(digest.error());
    TRY(const std::int64_t now, ctime_of(*file, where));
    if (now == entry.ctime_ns) return std::unexpected(digest.error());
  }
}

}  // namespace

Result<std::vector<file::Entry>> list_image(int root, const std::string& name, const file::GoOn& go_on) {
  return file::scan(root, name, {.readers = sys::processors(), .go_on = go_on});
}

Result<ImageDigests> digests_of(int root, const std::string& name, const std::vector<file::Entry>& entries,
                                const file::GoOn& go_on, const std::vector<PackItem>& items) {
  std::unordered_map<std::string_view, const PackItem*> packed;
  for (const PackItem& item : items) packed.emplace(std::string_view(item.inner).substr(1), &item);
  std::vector<FileDigest> found(entries.size());
  CHECK_OK(for_each_number(entries.size(), [&](std::size_t i) -> Result<void> {
    if (entries[i].kind != file::Kind::kFile) return {};
    const auto item = packed.find(entries[i].path);
    TRY(found[i], digest_of(root, name, entries[i], item == packed.end() ? nullptr : item->second, go_on));
    return {};
  }));
  ImageDigests digests;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (found[i].differs) digests.differing.push_back("/" + entries[i].path);
    digests.files.push_back(std::move(found[i].sha256));
  }
  digests.content = file::manifest_digest(entries, digests.files);
  return digests;
}

Result<std::string> digest_of_shared(int root, const std::string& name, const std::vector<file::Entry>& entries,
                                     const file::GoOn& go_on) {
  std::vector<std::string> digests(entries.size());
  CHECK_OK(for_each_number(entries.size(), [&](std::size_t i) -> Result<void> {
    if (entries[i].kind != file::Kind::kFile) return {};
    TRY(digests[i], digest_of_shared_file(root, name, entries[i], go_on));
    return {};
  }));
  return file::manifest_digest(entries, digests);
}

Result<std::string> program_digest(const std::vector<file::Entry>& entries, const ImageDigests& digests,
                                   const std::string& program, const std::string& name) {
  const auto entry = std::ranges::find(entries, program.substr(1), &file::Entry::path);
  if (entry == entries.end()) return fail(Code::kInternal, name, "does not hold the program " + program);
  return digests.files.at(static_cast<std::size_t>(entry - entries.begin()));
}

bool let_rest(std::int64_t newest_ns) {
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return false;
  const std::int64_t age = now.tv_sec * kNanoseconds + now.tv_nsec - newest_ns;
  if (age < 0 || age >= kRest) return false;
  const timespec pause{0, kRest - age};
  static_cast<void>(::nanosleep(&pause, nullptr));
  return true;
}

}  // namespace immure::plan
