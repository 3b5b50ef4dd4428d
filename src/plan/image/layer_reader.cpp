#include "plan/image/layer_reader.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "file/sha256.hpp"
#include "plan/image/pack.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::plan {
namespace {

constexpr std::size_t kBlock = 128 << 10;
constexpr std::size_t kMostSaved = 10'000;

struct FreeArchive {
  void operator()(archive* a) const { ::archive_read_free(a); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;

std::unexpected<Error> broken(archive* a, const std::string& where) {
  const char* text = ::archive_error_string(a);
  return fail(Code::kBadInput, where, "is not a whole archive: " + std::string(text == nullptr ? "no reason" : text));
}

/// Hands a blob to libarchive, and hashes all its bytes.
struct Feed {
  ReadBlob read;
  file::Sha256 hash;
  std::optional<Error> error;
  std::vector<std::byte> block = std::vector<std::byte>(kBlock);

  static la_ssize_t pull(archive* a, void* data, const void** bytes) {
    auto& feed = *static_cast<Feed*>(data);
    const auto count = feed.read(feed.block);
    if (!count) {
      feed.error = count.error();
      ::archive_set_error(a, EIO, "%s", "cannot be read");
      return ARCHIVE_FATAL;
    }
    feed.hash.update(std::span(feed.block).first(*count));
    *bytes = feed.block.data();
    return static_cast<la_ssize_t>(*count);
  }

  /// Reads and hashes the bytes that the parser did not read.
  Result<void> drain(const file::GoOn& go_on) {
    while (true) {
      CHECK_OK(file::may_go_on(go_on));
      TRY(const std::size_t count, read(block));
      if (count == 0) return {};
      hash.update(std::span(block).first(count));
    }
  }
};

Result<Archive> open_archive(Feed& feed, const std::string& where, std::span<int (*const)(archive*)> parsers) {
  Archive a(::archive_read_new());
  if (!a) return fail(Code::kSystem, where, "cannot be read", {}, ENOMEM);
  for (const auto enable : parsers)
    if (enable(a.get()) != ARCHIVE_OK) return broken(a.get(), where);
  if (::archive_read_open(a.get(), &feed, nullptr, Feed::pull, nullptr) != ARCHIVE_OK) {
    if (feed.error) return std::unexpected(*feed.error);
    return broken(a.get(), where);
  }
  return a;
}

/// The bytes of a blob after decompression.
class Decompressed {
 public:
  static Result<std::unique_ptr<Decompressed>> open(ReadBlob blob, const std::string& where) {
    constexpr int (*kParsers[])(archive*) = {archive_read_support_filter_gzip, archive_read_support_filter_zstd,
                                             archive_read_support_format_raw};
    auto made = std::make_unique<Decompressed>();
    made->where_ = where;
    made->feed_.read = std::move(blob);
    TRY(made->archive_, open_archive(made->feed_, where, kParsers));
    archive_entry* entry = nullptr;
    if (::archive_read_next_header(made->archive_.get(), &entry) != ARCHIVE_OK)
      return broken(made->archive_.get(), where);
    return made;
  }

  Result<std::size_t> read(std::span<std::byte> buffer) {
    const la_ssize_t count = ::archive_read_data(archive_.get(), buffer.data(), buffer.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (feed_.error) return std::unexpected(*feed_.error);
    return broken(archive_.get(), where_);
  }

  Feed& feed() { return feed_; }

 private:
  std::string where_;
  Feed feed_;
  Archive archive_;
};

/// Returns a text of a member. In the C locale, libarchive cannot convert every name, and then has only the UTF-8 text.
std::string text_of(const char* plain, const char* utf8) {
  return plain != nullptr ? plain : utf8 != nullptr ? utf8 : "";
}

std::optional<file::Kind> kind_of(archive_entry* entry) {
  switch (::archive_entry_filetype(entry)) {
    case AE_IFREG: return file::Kind::kFile;
    case AE_IFDIR: return file::Kind::kDirectory;
    case AE_IFLNK: return file::Kind::kLink;
    case AE_IFIFO: return file::Kind::kFifo;
    case AE_IFSOCK: return file::Kind::kSocket;
    case AE_IFCHR: return file::Kind::kCharDevice;
    case AE_IFBLK: return file::Kind::kBlockDevice;
    default: return std::nullopt;
  }
}

/// Writes the content of the present member to a new file. Holes of a sparse member stay holes.
Result<std::shared_ptr<LayerContent>> take_content(archive* a, archive_entry* entry, const std::string& where,
                                                   LayerStore& store, const file::GoOn& go_on) {
  auto content = std::make_shared<LayerContent>();
  content->name = std::to_string(store.next++);
  const la_int64_t size = ::archive_entry_size(entry);
  if (size < 0) return fail(Code::kBadInput, where, "has a member without a size");
  CHECK_OK(count_image_bytes(store.bytes, static_cast<std::uint64_t>(size), where));
  const auto made =
      sys::open_at(store.directory, content->name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!made) return fail(Code::kSystem, where, "cannot be unpacked", {}, made.error().value);
  const void* bytes = nullptr;
  std::size_t count = 0;
  la_int64_t at = 0;
  int result = ARCHIVE_OK;
  while ((result = ::archive_read_data_block(a, &bytes, &count, &at)) == ARCHIVE_OK) {
    CHECK_OK(file::may_go_on(go_on));
    if (at < 0 || at > size || static_cast<la_int64_t>(count) > size - at) return broken(a, where);
    if (const int failure = sys::error_of(::lseek, made->get(), at, SEEK_SET); failure != 0)
      return fail(Code::kSystem, where, "cannot be unpacked", {}, failure);
    if (const auto written = sys::write_all(made->get(), {static_cast<const std::byte*>(bytes), count}); !written)
      return fail(Code::kSystem, where, "cannot be unpacked", "Is the disk full?", written.error().value);
  }
  if (result != ARCHIVE_EOF) return broken(a, where);
  const timespec time{::archive_entry_mtime(entry), ::archive_entry_mtime_nsec(entry)};
  const timespec times[2] = {time, time};
  const bool executable = (::archive_entry_perm(entry) & 0111U) != 0;
  const auto finished = sys::call([&] {
    const bool done = ::ftruncate(made->get(), size) == 0 && ::fchmod(made->get(), executable ? 0555 : 0444) == 0 &&
                      ::futimens(made->get(), times) == 0;
    return done ? 0 : -1;
  });
  if (!finished) return fail(Code::kSystem, where, "cannot be unpacked", {}, finished.error().value);
  return content;
}

Result<LayerMember> member_of(archive* a, archive_entry* entry, const std::string& where, LayerStore& store,
                              const file::GoOn& go_on) {
  LayerMember member;
  member.path = text_of(::archive_entry_pathname(entry), ::archive_entry_pathname_utf8(entry));
  if (member.path.empty()) return fail(Code::kBadInput, where, "has a member without a name");
  member.hard_link = text_of(::archive_entry_hardlink(entry), ::archive_entry_hardlink_utf8(entry));
  if (!member.hard_link.empty()) return member;
  const auto kind = kind_of(entry);
  if (!kind) return fail(Code::kBadInput, where, "has a member of an unknown kind: " + member.path);
  member.kind = *kind;
  member.mode = ::archive_entry_perm(entry);
  if (*kind == file::Kind::kLink) {
    member.target = text_of(::archive_entry_symlink(entry), ::archive_entry_symlink_utf8(entry));
    if (member.target.empty()) return fail(Code::kBadInput, where, "has a link to nothing: " + member.path);
  }
  if (*kind == file::Kind::kFile) {
    TRY(member.content, take_content(a, entry, where, store, go_on));
  }
  return member;
}

/// libarchive answers ARCHIVE_WARN for a name that the locale cannot express; text_of() has the name nevertheless.
bool is_usable(int result) { return result == ARCHIVE_OK || result == ARCHIVE_WARN; }

}  // namespace

ReadBlob read_file_blob(int fd, std::string where) {
  return [fd, where = std::move(where), at = std::uint64_t{0}](std::span<std::byte> buffer) mutable {
    const auto count = sys::read_at(fd, buffer, at);
    if (!count) return Result<std::size_t>(fail(Code::kBadInput, where, "cannot be read", {}, count.error().value));
    at += *count;
    return Result<std::size_t>(*count);
  };
}

Result<std::string> read_blob(const ReadBlob& blob, std::size_t most, const std::string& where) {
  std::string text;
  std::array<std::byte, 16384> buffer;
  while (true) {
    TRY(const std::size_t count, blob(buffer));
    if (count == 0) return text;
    if (text.size() + count > most)
      return fail(Code::kBadInput, where, "is larger than " + std::to_string(most) + " bytes");
    text.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
}

Result<LayerDigests> read_layer(const ReadBlob& blob, const std::string& where, LayerTree& tree, LayerStore& store,
                                const file::GoOn& go_on) {
  constexpr int (*kParsers[])(archive*) = {archive_read_support_format_tar, archive_read_support_format_empty};
  TRY(const auto plain, Decompressed::open(blob, where));
  Feed feed;
  feed.read = [&plain](std::span<std::byte> buffer) { return plain->read(buffer); };
  TRY(const Archive a, open_archive(feed, where, kParsers));
  tree.begin_layer();
  archive_entry* entry = nullptr;
  int result = ARCHIVE_OK;
  while (is_usable(result = ::archive_read_next_header(a.get(), &entry))) {
    CHECK_OK(file::may_go_on(go_on));
    TRY(LayerMember member, member_of(a.get(), entry, where, store, go_on));
    auto added = tree.add(std::move(member));
    if (!added) {
      added.error().where = where + ": " + added.error().where;
      return std::unexpected(added.error());
    }
  }
  if (feed.error) return std::unexpected(*feed.error);
  if (result != ARCHIVE_EOF) return broken(a.get(), where);
  CHECK_OK(feed.drain(go_on));
  CHECK_OK(plain->feed().drain(go_on));
  return LayerDigests{text::hex(plain->feed().hash.finish()), text::hex(feed.hash.finish())};
}

namespace {

/// An open archive of `docker save`. The parser skips what it does not want by moving the position in the file.
struct Saved {
  int fd;
  off_t at = 0;
  std::vector<std::byte> block = std::vector<std::byte>(kBlock);
  Archive handle = Archive(::archive_read_new());

  static la_ssize_t pull(struct archive* a, void* data, const void** bytes) {
    auto& saved = *static_cast<Saved*>(data);
    const auto count = sys::read_at(saved.fd, saved.block, static_cast<std::uint64_t>(saved.at));
    if (!count) {
      ::archive_set_error(a, count.error().value, "%s", "cannot be read");
      return ARCHIVE_FATAL;
    }
    saved.at += static_cast<off_t>(*count);
    *bytes = saved.block.data();
    return static_cast<la_ssize_t>(*count);
  }
  static la_int64_t skip(struct archive*, void* data, la_int64_t request) {
    auto& saved = *static_cast<Saved*>(data);
    struct stat status{};
    if (request <= 0 || ::fstat(saved.fd, &status) != 0) return 0;
    const la_int64_t skipped = std::min<la_int64_t>(request, std::max<off_t>(status.st_size - saved.at, 0));
    saved.at += skipped;
    return skipped;
  }
};

Result<std::shared_ptr<Saved>> open_tar(int fd, const std::string& where) {
  auto saved = std::make_shared<Saved>(Saved{.fd = fd});
  archive* a = saved->handle.get();
  if (a == nullptr) return fail(Code::kSystem, where, "cannot be read", {}, ENOMEM);
  if (::archive_read_support_format_tar(a) != ARCHIVE_OK ||
      ::archive_read_open2(a, saved.get(), nullptr, Saved::pull, Saved::skip, nullptr) != ARCHIVE_OK)
    return broken(a, where);
  return saved;
}

/// The name of a member without the `./` in front.
std::string plain_name(std::string name) { return name.starts_with("./") ? name.substr(2) : name; }

/// The target of a link in the archive, relative to the top: `../ID/layer.tar` in the directory of another layer.
std::string target_of(archive_entry* entry, const std::string& name) {
  if (const char* hard = ::archive_entry_hardlink(entry)) return plain_name(hard);
  const char* soft = ::archive_entry_symlink(entry);
  if (soft == nullptr) return {};
  std::string target = soft, directory = name.substr(0, std::min(name.rfind('/'), name.size()));
  while (target.starts_with("../")) {
    target.erase(0, 3);
    const std::size_t slash = directory.rfind('/');
    directory = slash == std::string::npos ? std::string() : directory.substr(0, slash);
  }
  return directory.empty() ? target : directory + "/" + target;
}

}  // namespace

Result<std::vector<SavedMember>> list_saved(int fd, const std::string& where, const file::GoOn& go_on) {
  TRY(const auto saved, open_tar(fd, where));
  archive* a = saved->handle.get();
  std::vector<SavedMember> members;
  archive_entry* entry = nullptr;
  int result = ARCHIVE_OK;
  while (is_usable(result = ::archive_read_next_header(a, &entry))) {
    CHECK_OK(file::may_go_on(go_on));
    if (members.size() >= kMostSaved)
      return fail(Code::kBadInput, where, "has more than " + std::to_string(kMostSaved) + " members");
    SavedMember member{
        .name = plain_name(text_of(::archive_entry_pathname(entry), ::archive_entry_pathname_utf8(entry))),
        .size = static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_entry_size(entry), 0)),
        .target = {}};
    member.target = target_of(entry, member.name);
    members.push_back(std::move(member));
  }
  if (result != ARCHIVE_EOF) return broken(a, where);
  return members;
}

Result<ReadBlob> open_saved(int fd, const std::string& where, const std::string& name) {
  TRY(auto saved, open_tar(fd, where));
  archive* a = saved->handle.get();
  archive_entry* entry = nullptr;
  while (is_usable(::archive_read_next_header(a, &entry))) {
    if (plain_name(text_of(::archive_entry_pathname(entry), ::archive_entry_pathname_utf8(entry))) != name) continue;
    if (::archive_entry_filetype(entry) != AE_IFREG) break;
    return [saved = std::move(saved), where](std::span<std::byte> buffer) -> Result<std::size_t> {
      const la_ssize_t count = ::archive_read_data(saved->handle.get(), buffer.data(), buffer.size());
      if (count < 0) return broken(saved->handle.get(), where);
      return static_cast<std::size_t>(count);
    };
  }
  return fail(Code::kBadInput, where, "lacks the file " + name);
}

}  // namespace immure::plan
