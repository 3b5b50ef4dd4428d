// Probes of what the payload can execute (probe/rows_helpers.hpp).
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>

#include "probe/calls.hpp"
#include "probe/runner.hpp"
#include "sys/syscall.hpp"

namespace immure::probe {
namespace {

using sys::raw;

Answer answer(sys::Raw ret) {
  if (sys::failed(ret)) return Answer{.ret = -1, .errno_value = static_cast<std::int32_t>(-ret)};
  return Answer{.ret = 0};
}

sys::Raw execute_path(const char* path) {
  const char* arguments[] = {path, nullptr};
  const char* environment[] = {nullptr};
  return raw(__NR_execve, path, arguments, environment);
}

/// True for the answer of a wall that refuses the file.
bool refused(sys::Raw ret) { return ret == -EACCES; }

/// A path that is built on the stack.
struct Path {
  char text[512] = {};
  std::size_t size = 0;

  void append(std::string_view part) {
    if (size + part.size() >= sizeof text) return;
    std::memcpy(text + size, part.data(), part.size());
    size += part.size();
  }
};

/// An entry as getdents64(2) writes it.
struct Listed {
  std::uint64_t inode, offset;
  std::uint16_t size;
  std::uint8_t type;
  char name[1];
};

/// Executes the regular files of this block of entries.
sys::Raw execute_block(const char* directory, std::span<const std::byte> block) {
  for (std::size_t at = 0; at + sizeof(Listed) <= block.size();) {
    Listed entry{};
    std::memcpy(&entry, block.data() + at, offsetof(Listed, name));
    if (entry.size <= offsetof(Listed, name) || entry.size > block.size() - at) return -EACCES;
    const char* name = reinterpret_cast<const char*>(block.data() + at + offsetof(Listed, name));
    at += entry.size;
    if (entry.type != DT_REG) continue;
    Path path;
    path.append(directory);
    path.append("/");
    path.append({name, ::strnlen(name, entry.size - offsetof(Listed, name))});
    if (const sys::Raw ret = execute_path(path.text); !refused(ret)) return ret;
  }
  return -EACCES;
}

}  // namespace

Answer execute(Context&, const Row& row) { return answer(execute_path(row.args[1].text)); }

Answer execute_made(Context& context, const Row& row) {
  // Other stages make such a file at the same time.
  constexpr std::string_view kDigits = "0123";
  Path path;
  path.append(row.args[1].text);
  path.append("/.immure-x");
  path.append(kDigits.substr(static_cast<std::size_t>(context.stage), 1));
  const sys::Raw file = raw(__NR_openat, AT_FDCWD, path.text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  if (sys::failed(file)) return answer(file);
  constexpr std::string_view kText = "no program\n";
  raw(__NR_write, file, kText.data(), kText.size());
  // The kernel executes no file that is open for writing (ETXTBSY).
  raw(__NR_close, file);
  const sys::Raw ret = execute_path(path.text);
  raw(__NR_unlinkat, AT_FDCWD, path.text, 0);
  return answer(ret);
}

Answer execute_undeclared(Context& context, const Row& row) {
  for (const char* path : context.undeclared)
    if (const sys::Raw ret = execute_path(path); !refused(ret)) return answer(ret);
  return answer(execute_path(row.args[1].text));
}

Answer execute_listed(Context&, const Row& row) {
  const char* directory = row.args[1].text;
  // Not the buffer of the stage, because this probe runs beside others.
  std::byte block[2048];
  const sys::Raw opened = raw(__NR_openat, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (sys::failed(opened)) return answer(opened);
  sys::Raw ret = execute_path(directory);
  // The walls refuse all files alike, so one block is enough.
  const sys::Raw count = raw(__NR_getdents64, opened, block, sizeof block);
  if (refused(ret) && count > 0)
    ret = execute_block(directory, std::span(block).first(static_cast<std::size_t>(count)));
  raw(__NR_close, opened);
  return answer(sys::failed(count) ? count : ret);
}

}  // namespace immure::probe
