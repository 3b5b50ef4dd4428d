#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "guard/random_name.hpp"
#include "guard/tries.hpp"

namespace immure::guard {
namespace {

constexpr int kOpenPath = O_PATH | O_DIRECTORY | O_CLOEXEC;

// True for the answers of a file system that lacks O_TMPFILE (open(2)).
bool lacks_tmpfile(sys::Raw answer) { return answer == -EOPNOTSUPP || answer == -EISDIR || answer == -EINVAL; }

// Call this only if the file system lacks O_TMPFILE. The function removes the new file again. In a cell whose Landlock
// rules deny the removal, an empty file stays.
void try_reading_back_by_name(Tries& tries, sys::Raw directory) {
  const auto name = random_name();
  const sys::Raw made =
      sys::raw(__NR_openat, directory, name.data(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (sys::failed(made)) {
    tries.cannot("openat(/out, a new name, O_WRONLY|O_CREAT)", made, "so reading it back could not be tried");
    return;
  }
  give_back(made);
  const sys::Raw back = sys::raw(__NR_openat, directory, name.data(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  sys::raw(__NR_unlinkat, directory, name.data(), 0);
  tries.must_fail("openat(/out, own file, O_RDONLY)", back, {EACCES, EPERM});
  give_back(back);
}

}  // namespace

void try_input(Tries& tries, const char* input) {
  const sys::Raw directory = sys::raw(__NR_openat, AT_FDCWD, input, kOpenPath);
  if (sys::failed(directory)) {
    tries.cannot("openat(/in, O_PATH|O_DIRECTORY)", directory, "so whether it is read-only could not be tried");
    return;
  }
  const auto name = random_name();
  const sys::Raw made =
      sys::raw(__NR_openat, directory, name.data(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (!sys::failed(made)) {
    sys::raw(__NR_unlinkat, directory, name.data(), 0);
    give_back(made);
  }
  // Permissions answer EACCES, but the owner of the files can change the permissions. Only EROFS proves that the mount
  // is read-only.
  tries.must_fail("openat(/in, a new name, O_WRONLY|O_CREAT|O_EXCL)", made, {EROFS});
  const sys::Raw unnamed = sys::raw(__NR_openat, directory, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
  tries.must_fail("openat(/in, O_WRONLY|O_TMPFILE)", unnamed, {EROFS});
  give_back(unnamed);
  give_back(directory);
}

void try_output(Tries& tries, const char* output) {
  const sys::Raw directory = sys::raw(__NR_openat, AT_FDCWD, output, kOpenPath);
  if (sys::failed(directory)) {
    tries.cannot("openat(/out, O_PATH|O_DIRECTORY)", directory, "so whether it can be read could not be tried");
    return;
  }
  const sys::Raw listing = sys::raw(__NR_openat, directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool denied = tries.must_fail("openat(/out, O_RDONLY|O_DIRECTORY)", listing, {EACCES, EPERM});
  give_back(listing);
  if (denied) {
    // The mode of a directory can deny listing it. But only a layer other than modes can deny the directory's owner a
    // file that the owner can read back. The unnamed file disappears when its descriptor is closed.
    const sys::Raw unnamed = sys::raw(__NR_openat, directory, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (lacks_tmpfile(unnamed)) {
      try_reading_back_by_name(tries, directory);
    } else {
      tries.must_fail("openat(/out, O_RDWR|O_TMPFILE)", unnamed, {EACCES, EPERM});
      give_back(unnamed);
    }
  }
  give_back(directory);
}

}  // namespace immure::guard
