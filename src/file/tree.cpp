#include "file/tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::file {
namespace {

void append_octal(std::string& line, std::uint32_t mode) {
  for (unsigned shift = 12; shift > 0; shift -= 3) line += static_cast<char>('0' + ((mode >> (shift - 3)) & 7U));
}

void append_escaped(std::string& line, std::string_view name) {
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '\\') {
      line += c;
      continue;
    }
    text::append_escape(line, "\\x", c);
  }
}

std::string stat_digest_of(const std::vector<Entry>& entries, bool file_ctime) {
  Sha256 hash;
  for (const Entry& entry : entries) {
    const bool has_ctime = file_ctime || entry.kind != Kind::kFile;
    // The fixed-width numbers and the lengths of both texts come first, so two different lists of entries never give
    // the same bytes.
    const std::array<std::uint64_t, 11> numbers = {static_cast<std::uint64_t>(entry.kind),
                                                   entry.mode,
                                                   entry.size,
                                                   static_cast<std::uint64_t>(entry.mtime_ns),
                                                   has_ctime ? static_cast<std::uint64_t>(entry.ctime_ns) : 0,
                                                   entry.inode,
                                                   entry.device,
                                                   entry.uid,
                                                   entry.gid,
                                                   entry.path.size(),
                                                   entry.target.size()};
    hash.update(std::as_bytes(std::span(numbers)));
    hash.update(entry.path);
    hash.update(entry.target);
  }
  return text::hex(hash.finish());
}

}  // namespace

std::string_view name(Kind kind) {
  constexpr std::array<std::string_view, 7> kNames = {"file",   "directory",   "link",        "fifo",
                                                      "socket", "char-device", "block-device"};
  return kNames.at(static_cast<std::size_t>(kind));
}

std::string stat_digest(const std::vector<Entry>& entries) { return stat_digest_of(entries, true); }

std::string linked_stat_digest(const std::vector<Entry>& entries) { return stat_digest_of(entries, false); }

ManifestHasher::ManifestHasher(int root, std::string name, const std::vector<Entry>& entries)
    : root_(root), name_(std::move(name)), entries_(entries), digests_(entries.size()) {}

Result<void> check_unchanged(int fd, const Entry& entry, const std::string& name) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, fd, &status); failure != 0)
    return fail(Code::kSystem, name + "/" + entry.path, "its status cannot be read", {}, failure);
  if (!S_ISREG(status.st_mode) || status.st_ino != entry.inode || status.st_dev != entry.device ||
      static_cast<std::uint64_t>(status.st_size) != entry.size || nanoseconds(status.st_mtim) != entry.mtime_ns ||
      nanoseconds(status.st_ctim) != entry.ctime_ns)
    return fail(Code::kBadInput, name + "/" + entry.path, "changed while it was being read");
  return {};
}

Result<void> ManifestHasher::open_next() {
  const Entry& entry = entries_[next_];
  if (held_ == nullptr) {
    auto opened = sys::open_beneath(root_, entry.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!opened)
      return fail(Code::kBadInput, name_ + "/" + entry.path, "cannot be read", sys::lease_hint(opened.error().value),
                  opened.error().value);
    open_ = std::move(*opened);
  }
  is_open_ = true;
  read_ = 0;
  return check_unchanged(descriptor(), entry, name_);
}

Result<bool> ManifestHasher::step(std::uint64_t budget) {
  constexpr std::uint64_t kOpenCost = 4096;
  // The code does not clear the buffer: every page that it touches costs a fault, and a small file needs only one page.
  std::array<std::byte, 65536> buffer;
  std::uint64_t spent = 0;
  while (next_ < entries_.size()) {
    const Entry& entry = entries_[next_];
    if (entry.kind != Kind::kFile) {
      ++next_;
      continue;
    }
    if (spent >= budget) return false;
    if (!is_open_) {
      CHECK_OK(open_next());
      spent += kOpenCost;
    }
    auto count = sys::read_some(descriptor(), buffer);
    if (!count) return fail(Code::kBadInput, name_ + "/" + entry.path, "cannot be read", {}, count.error().value);
    hash_.update(std::span(buffer).first(*count));
    read_ += *count;
    spent += *count;
    if (read_ < entry.size && *count > 0) continue;
    if (read_ != entry.size) return fail(Code::kBadInput, name_ + "/" + entry.path, "changed while it was being read");
    CHECK_OK(check_unchanged(descriptor(), entry, name_));
    digests_[next_++] = text::hex(hash_.finish());
    open_.reset();
    is_open_ = false;
  }
  return true;
}

std::string manifest_digest(const std::vector<Entry>& entries, const std::vector<std::string>& digests) {
  Sha256 hash;
  std::string line;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    line.assign(file::name(entry.kind)).append(1, ' ');
    append_octal(line, entry.mode);
    line.append(1, ' ').append(std::to_string(entry.kind == Kind::kFile ? entry.size : 0)).append(1, ' ');
    line.append(digests[i].empty() ? "-" : digests[i]).append(1, ' ');
    if (entry.target.empty()) line += '-';
    append_escaped(line, entry.target);
    line += ' ';
    append_escaped(line, entry.path);
    line += '\n';
    hash.update(line);
  }
  return text::hex(hash.finish());
}

}  // namespace immure::file
