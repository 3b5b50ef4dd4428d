// Probes of what a plan may give a program (probe/rows_gifts.hpp).
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include <fcntl.h>
#include <sys/socket.h>

#include "probe/calls.hpp"
#include "probe/runner.hpp"
#include "sys/syscall.hpp"

namespace immure::probe {
namespace {

using sys::raw;

Answer answer(sys::Raw ret, std::uint32_t effect = kNoEffect) {
  if (sys::failed(ret)) return Answer{.ret = -1, .errno_value = static_cast<std::int32_t>(-ret), .effect = effect};
  return Answer{.ret = 0, .effect = effect};
}

sys::Raw open_path(const char* path, std::uint64_t flags, std::uint64_t mode = 0) {
  return raw(__NR_openat, AT_FDCWD, path, flags | O_CLOEXEC, mode);
}

void remove(const char* path) { raw(__NR_unlinkat, AT_FDCWD, path, 0); }

/// True for the names that probes use. Another stage may just have made such a file.
bool is_of_a_probe(std::string_view name) { return name == "." || name == ".." || name.starts_with(".immure-"); }

/// An entry as getdents64(2) writes it.
struct Listed {
  std::uint64_t inode, offset;
  std::uint16_t size;
  std::uint8_t type;
  char name[1];
};

/// True if this block of entries has a name that no probe uses.
bool has_foreign(std::span<const std::byte> block) {
  for (std::size_t at = 0; at + sizeof(Listed) <= block.size();) {
    std::uint16_t size = 0;
    std::memcpy(&size, block.data() + at + offsetof(Listed, size), sizeof size);
    if (size <= offsetof(Listed, name) || size > block.size() - at) return true;
    const char* name = reinterpret_cast<const char*>(block.data() + at + offsetof(Listed, name));
    if (!is_of_a_probe({name, ::strnlen(name, size - offsetof(Listed, name))})) return true;
    at += size;
  }
  return false;
}

}  // namespace

Answer list_foreign(Context& context, const Row& row) {
  const sys::Raw directory = open_path(row.args[1].text, row.args[2].number);
  if (sys::failed(directory)) return answer(directory);
  bool foreign = false;
  sys::Raw count = 0;
  while (!foreign && (count = raw(__NR_getdents64, directory, context.buffer.data(), context.buffer.size())) > 0)
    foreign = has_foreign(context.buffer.first(static_cast<std::size_t>(count)));
  raw(__NR_close, directory);
  if (sys::failed(count)) return answer(count);
  return foreign ? Answer{.ret = -1, .errno_value = EEXIST} : Answer{};
}

Answer write_and_read(Context&, const Row& row) {
  const char* path = row.args[1].text;
  const sys::Raw file = open_path(path, row.args[2].number, row.args[3].number);
  if (sys::failed(file)) {
    // Landlock refuses O_CREAT with O_RDWR only after the kernel has made the file.
    remove(path);
    return answer(file);
  }
  std::uint32_t effects = kCreated;
  constexpr char kWrittenByte = 'w';
  char byte = 0;
  const sys::Raw written = raw(__NR_pwrite64, file, &kWrittenByte, 1, 0);
  if (written == 1) effects |= kWritten;
  const sys::Raw count = raw(__NR_pread64, file, &byte, 1, 0);
  if (count == 1 && byte == kWrittenByte) effects |= kRead;
  raw(__NR_close, file);
  remove(path);
  return answer(sys::failed(written) ? written : count, effects);
}

Answer move_and_read(Context&, const Row& row) {
  const char* from = row.args[1].text;
  const char* to = row.args[3].text;
  const sys::Raw made = open_path(from, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (sys::failed(made)) return answer(made);
  raw(__NR_write, made, "m", 1);
  raw(__NR_close, made);
  const sys::Raw moved = raw(__NR_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (sys::failed(moved)) {
    remove(from);
    return answer(moved);
  }
  const sys::Raw file = open_path(to, O_RDONLY);
  char byte = 0;
  const sys::Raw count = sys::failed(file) ? file : raw(__NR_read, file, &byte, 1);
  if (!sys::failed(file)) raw(__NR_close, file);
  remove(to);
  return answer(count, count == 1 ? kRead : kNoEffect);
}

Answer talk_over_pair(Context&, const Row& row) {
  int ends[2] = {-1, -1};
  const sys::Raw made =
      raw(__NR_socketpair, row.args[0].number, row.args[1].number | SOCK_CLOEXEC, row.args[2].number, ends);
  if (sys::failed(made)) return answer(made);
  std::uint32_t effects = kNoEffect;
  char byte = 0;
  const sys::Raw sent = raw(__NR_sendto, ends[0], "s", 1, MSG_NOSIGNAL, nullptr, 0);
  if (sent == 1) effects |= kWritten;
  const sys::Raw received = raw(__NR_recvfrom, ends[1], &byte, 1, MSG_DONTWAIT, nullptr, nullptr);
  if (received == 1 && byte == 's') effects |= kRead;
  for (const int end : ends) raw(__NR_close, end);
  return answer(sys::failed(sent) ? sent : received, effects);
}

}  // namespace immure::probe
