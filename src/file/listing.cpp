#include "file/listing.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include <sys/stat.h>
#include <sys/xattr.h>

#include "sys/file.hpp"
#include "sys/numbers.hpp"
#include "sys/syscall.hpp"
#include "text/hex.hpp"

namespace immure::file {
namespace {

Kind kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return Kind::kDirectory;
    case S_IFLNK: return Kind::kLink;
    case S_IFIFO: return Kind::kFifo;
    case S_IFSOCK: return Kind::kSocket;
    case S_IFCHR: return Kind::kCharDevice;
    case S_IFBLK: return Kind::kBlockDevice;
    default: return Kind::kFile;
  }
}

}  // namespace

Entry entry_of(std::string path, const sys::Status& status) {
  const struct stat& told = status.stat;
  Entry entry;
  entry.path = std::move(path);
  entry.mount_point = status.mount_root;
  entry.kind = kind_of(told.st_mode);
  entry.mode = told.st_mode & 07777U;
  entry.size = static_cast<std::uint64_t>(told.st_size);
  // The unit of st_blocks is 512 bytes, whatever st_blksize is (stat(3type)).
  constexpr std::uint64_t kBlock = 512;
  entry.allocated = static_cast<std::uint64_t>(told.st_blocks) * kBlock;
  entry.inode = told.st_ino;
  entry.device = told.st_dev;
  entry.uid = told.st_uid;
  entry.gid = told.st_gid;
  entry.links = static_cast<std::uint32_t>(told.st_nlink);
  entry.mtime_ns = nanoseconds(told.st_mtim);
  entry.ctime_ns = nanoseconds(told.st_ctim);
  return entry;
}

std::string capabilities_of(int directory, const char* base) {
  constexpr const char* kName = "security.capability";
  std::array<std::uint8_t, 64> value{};
  // struct xattr_args of getxattrat(2), which Linux has since 6.13.
  struct {
    std::uint64_t value;
    std::uint32_t size, flags;
  } arguments = {.value = sys::as_word(value.data()), .size = value.size(), .flags = 0};
  sys::Raw size =
      sys::raw(sys::nr::kGetxattrat, directory, base, AT_SYMLINK_NOFOLLOW, kName, &arguments, sizeof arguments);
  if (size == -ENOSYS) {
    const std::string path = "/proc/self/fd/" + std::to_string(directory) + "/" + base;
    size = ::lgetxattr(path.c_str(), kName, value.data(), value.size());
  }
  return size > 0 ? text::hex(std::span(value).first(static_cast<std::size_t>(size))) : std::string();
}

SysResult<std::vector<Listed>> entries_in(int directory) {
  TRY(const sys::Fd opened, sys::open_at(directory, ".", kListDirectory));
  std::vector<Listed> entries;
  alignas(dirent64) std::array<std::byte, 8192> buffer;
  const int number = list_names(opened.get(), buffer, [&](const char* name, unsigned char type) {
    entries.push_back({name, type});
    return true;
  });
  if (number != 0) return std::unexpected(Errno{number});
  std::ranges::sort(entries, {}, &Listed::name);
  return entries;
}

SysResult<std::vector<std::string>> names_in(int directory) {
  TRY(std::vector<Listed> entries, entries_in(directory));
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (Listed& entry : entries) names.push_back(std::move(entry.name));
  return names;
}

}  // namespace immure::file
