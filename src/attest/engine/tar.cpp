#include "attest/engine/tar.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::attest {
namespace {

constexpr std::size_t kBlock = 512;

/// The header of an entry (POSIX.1-2017, pax(1), "ustar Interchange Format").
struct Header {
  char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
      user[32], group[32], major[8], minor[8], prefix[155], padding[12];
};
static_assert(sizeof(Header) == kBlock);

Header header(const char* name, unsigned mode, std::uint64_t size, char type) {
  Header header{};
  std::snprintf(header.name, sizeof header.name, "%s", name);
  std::snprintf(header.mode, sizeof header.mode, "%07o", mode);
  std::snprintf(header.uid, sizeof header.uid, "%07o", 0U);
  std::snprintf(header.gid, sizeof header.gid, "%07o", 0U);
  std::snprintf(header.size, sizeof header.size, "%011lo", static_cast<unsigned long>(size));
  std::snprintf(header.mtime, sizeof header.mtime, "%011o", 0U);
  header.type = type;
  std::memcpy(header.magic, "ustar", sizeof header.magic);
  std::memcpy(header.version, "00", sizeof header.version);
  // The checksum is computed with blanks in its own field.
  std::memset(header.checksum, ' ', sizeof header.checksum);
  unsigned sum = 0;
  for (const std::byte byte : std::as_bytes(std::span(&header, 1))) sum += static_cast<unsigned>(byte);
  std::snprintf(header.checksum, sizeof header.checksum, "%06o", sum);
  return header;
}

SysResult<void> append(int to, const Header& header) {
  return sys::write_all(to, std::as_bytes(std::span(&header, 1)));
}

SysResult<void> copy(int from, int to, std::uint64_t size) {
  std::array<std::byte, 64 << 10> buffer;
  std::uint64_t copied = 0;
  while (copied < size) {
    TRY(const std::size_t count, sys::read_at(from, buffer, copied));
    if (count == 0) return std::unexpected(Errno{EIO});
    CHECK_OK(sys::write_all(to, std::span(buffer).first(count)));
    copied += count;
  }
  return {};
}

SysResult<void> write_archive(int to, int program) {
  constexpr unsigned kDirectory = 0555, kProgram = 0555;
  for (const char* name : {"in/", "image/", "run/", "run/immure/"})
    CHECK_OK(append(to, header(name, kDirectory, 0, '5')));
  struct stat status{};
  CHECK_OK(sys::call(::fstat, program, &status));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  CHECK_OK(append(to, header("immure", kProgram, size, '0')));
  CHECK_OK(copy(program, to, size));
  // Fill up the last block, and add the two empty blocks that end an archive.
  const std::vector<std::byte> rest((kBlock - size % kBlock) % kBlock + 2 * kBlock);
  return sys::write_all(to, rest);
}

}  // namespace

Result<void> write_image_archive(const std::string& path, int program) {
  const auto to = sys::open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!to) return fail(Code::kSystem, path, "cannot be made", {}, to.error().value);
  if (const auto written = write_archive(to->get(), program); !written)
    return fail(Code::kSystem, path, "cannot be written", {}, written.error().value);
  return {};
}

}  // namespace immure::attest
