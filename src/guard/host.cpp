#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "guard/tries.hpp"

namespace immure::guard {
namespace {

// Paths that hosts have and no cell's image has: an image holds a program, its libraries and a few fixed files, but no
// configuration and no state.
constexpr const char* kHostPaths[] = {
    "/proc/version", "/proc/1",       "/sys/kernel",  "/sys/class",  "/dev/zero",   "/dev/tty",      "/dev/fd",
    "/etc/shadow",   "/etc/hostname", "/etc/fstab",   "/home",       "/root",       "/tmp",          "/var",
    "/run",          "/boot",         "/media",       "/mnt",        "/srv",        "/usr/sbin",     "/usr/local",
    "/usr/src",      "/usr/bin/env",  "/usr/bin/apt", "/.dockerenv", "/lost+found", "/usr/bin/sudo",
};

constexpr int kOpenPath = O_PATH | O_DIRECTORY | O_CLOEXEC;
constexpr int kDeepest = 128;

bool same(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

/// Walks up from `start` by `..` until the walk stays at one directory, and tells whether that directory is our root. A
/// directory that was opened outside of the cell and inherited leads to the host's root instead.
bool leads_to_root(sys::Raw start, const struct stat& root) {
  struct stat here{};
  if (sys::failed(sys::raw(__NR_fstat, start, &here))) return false;
  sys::Raw directory = sys::raw(__NR_openat, start, ".", kOpenPath);
  bool arrived = false;
  for (int depth = 0; depth < kDeepest && !sys::failed(directory); ++depth) {
    const sys::Raw above = sys::raw(__NR_openat, directory, "..", kOpenPath);
    give_back(directory);
    directory = above;
    struct stat up{};
    if (sys::failed(above) || sys::failed(sys::raw(__NR_fstat, above, &up))) break;
    arrived = same(up, here) && same(up, root);
    if (same(up, here)) break;
    here = up;
  }
  give_back(directory);
  return arrived;
}

void try_directories(Tries& tries, const struct stat& root) {
  constexpr int kDescriptors = 1024;
  bool inside = true;
  for (int fd = 0; fd < kDescriptors && inside; ++fd) {
    struct stat info{};
    const bool directory = !sys::failed(sys::raw(__NR_fstat, fd, &info)) && S_ISDIR(info.st_mode);
    inside = !directory || leads_to_root(fd, root);
  }
  tries.must_hold("openat(0..1023, \"..\")", inside, "an inherited directory lies outside of the root");
}

}  // namespace

void try_host(Tries& tries) {
  for (const char* path : kHostPaths) {
    // O_PATH does not open the file, so neither modes nor Landlock decide the answer: it tells only whether the name
    // exists.
    const sys::Raw found = sys::raw(__NR_openat, AT_FDCWD, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    tries.must_fail(path, found, {ENOENT, ENOTDIR});
    give_back(found);
  }
  const sys::Raw root = sys::raw(__NR_openat, AT_FDCWD, "/", kOpenPath);
  struct stat info{};
  if (sys::failed(root) || sys::failed(sys::raw(__NR_fstat, root, &info))) {
    tries.cannot("openat(/, O_PATH)", root, "so where `..` leads could not be tried");
    give_back(root);
    return;
  }
  tries.must_hold("openat(\"/\", \"..\")", leads_to_root(root, info), "the directory above / is not /");
  const sys::Raw here = sys::raw(__NR_openat, AT_FDCWD, ".", kOpenPath);
  tries.must_hold("openat(\".\", \"..\")", !sys::failed(here) && leads_to_root(here, info),
                  "the working directory lies outside of the root");
  give_back(here);
  give_back(root);
  try_directories(tries, info);
}

}  // namespace immure::guard
