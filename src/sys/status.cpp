#include "sys/status.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include "sys/syscall.hpp"

namespace immure::sys {

SysResult<Status> status_of(int directory, const char* name) {
  const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name == '\0' ? AT_EMPTY_PATH : 0);
  struct statx told{};
  CHECK_OK(checked(raw(__NR_statx, directory, name, flags, STATX_BASIC_STATS, &told)));
  const auto time = [](const statx_timestamp& stamp) {
    return timespec{.tv_sec = stamp.tv_sec, .tv_nsec = stamp.tv_nsec};
  };
  Status status{};
  status.stat.st_dev = ::makedev(told.stx_dev_major, told.stx_dev_minor);
  status.stat.st_rdev = ::makedev(told.stx_rdev_major, told.stx_rdev_minor);
  status.stat.st_ino = told.stx_ino;
  status.stat.st_mode = told.stx_mode;
  status.stat.st_nlink = told.stx_nlink;
  status.stat.st_uid = told.stx_uid;
  status.stat.st_gid = told.stx_gid;
  status.stat.st_size = static_cast<off_t>(told.stx_size);
  status.stat.st_blksize = static_cast<blksize_t>(told.stx_blksize);
  status.stat.st_blocks = static_cast<blkcnt_t>(told.stx_blocks);
  status.stat.st_atim = time(told.stx_atime);
  status.stat.st_mtim = time(told.stx_mtime);
  status.stat.st_ctim = time(told.stx_ctime);
  status.mount_root = (told.stx_attributes & told.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0;
  return status;
}

}  // namespace immure::sys
