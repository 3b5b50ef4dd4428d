/// The probes of the fixed files (probe/fixed_files.hpp).
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>

#include "probe/calls.hpp"
#include "probe/runner.hpp"
#include "sys/syscall.hpp"

namespace immure::probe {
namespace {

using sys::raw;

/// The answer of a probe that found something other than the fixed file.
Answer foreign(std::uint32_t effect) { return {.ret = -1, .errno_value = EEXIST, .effect = effect}; }

Answer failed(sys::Raw ret) { return {.ret = -1, .errno_value = static_cast<std::int32_t>(-ret)}; }

/// The contents that the plan states for this path; nullptr: none.
const char* stated_contents(const Context& context, std::string_view path) {
  for (std::size_t i = 0; i < context.fixed_paths.size(); ++i)
    if (path == context.fixed_paths[i]) return context.fixed_contents[i];
  return nullptr;
}

/// True if the open file is a regular file on the mount of the image.
bool lies_in_image(sys::Raw fd) {
  struct stat file{}, root{};
  return !sys::failed(raw(__NR_newfstatat, fd, "", &file, AT_EMPTY_PATH)) &&
         !sys::failed(raw(__NR_newfstatat, AT_FDCWD, "/", &root, 0)) && S_ISREG(file.st_mode) &&
         file.st_dev == root.st_dev;
}

/// Reads the file to its end, and tells whether it holds exactly `contents`. Sets `any` if a byte came back. The
/// function has its own buffer, because rows in child processes write to Context::buffer at the same time.
bool holds(sys::Raw fd, std::string_view contents, bool& any) {
  while (true) {
    char buffer[1024];
    const sys::Raw count = raw(__NR_read, fd, buffer, sizeof buffer);
    if (sys::failed(count)) return false;
    if (count == 0) return contents.empty();
    any = true;
    const auto size = static_cast<std::size_t>(count);
    if (size > contents.size() || std::memcmp(buffer, contents.data(), size) != 0) return false;
    contents.remove_prefix(size);
  }
}

}  // namespace

Answer fixed_file(Context& context, const Row& row) {
  // O_NONBLOCK is for FIFOs: outside of a cell anything may lie at this path.
  const sys::Raw fd = raw(__NR_openat, AT_FDCWD, row.args[1].text, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (sys::failed(fd)) return failed(fd);
  bool any = false;
  const char* contents = stated_contents(context, row.args[1].text);
  const bool same = holds(fd, contents == nullptr ? "" : contents, any) && lies_in_image(fd);
  raw(__NR_close, fd);
  return contents != nullptr && same ? Answer{.ret = 0} : foreign(any ? kRead : kNoEffect);
}

Answer link_to_program(Context& context, const Row& row) {
  struct stat root{}, link{}, target{}, program{};
  const auto look = [](const char* path, struct stat& status, int flags) {
    return raw(__NR_newfstatat, AT_FDCWD, path, &status, flags);
  };
  const sys::Raw found = look(row.args[1].text, link, AT_SYMLINK_NOFOLLOW);
  if (sys::failed(found)) return failed(found);
  // Outside of a cell nobody states which file the program is; then the link must only stay on its mount.
  const bool stated = *context.program != '\0';
  const bool seen = !sys::failed(look("/", root, 0)) && !sys::failed(look(row.args[1].text, target, 0)) &&
                    (!stated || !sys::failed(look(context.program, program, 0)));
  // The link of procfs leads to the program as well, but does not lie on the mount of the image.
  const bool same = seen && S_ISLNK(link.st_mode) && link.st_dev == root.st_dev && target.st_dev == root.st_dev &&
                    (!stated || target.st_ino == program.st_ino);
  return same ? Answer{.ret = 0} : foreign(kNoEffect);
}

}  // namespace immure::probe
