// Tries the input, the host's files and mounts: the program must be able to write nothing, and to see nothing of the
// host.
#include "try.h"

#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#ifndef MAP_UNINITIALIZED
#define MAP_UNINITIALIZED 0
#endif

static void input_by_path(void) {
  TRY_OPEN("input/in-open-wronly", openat(AT_FDCWD, "/in/a", O_WRONLY));
  TRY_OPEN("input/in-open-rdwr", openat(AT_FDCWD, "/in/a", O_RDWR));
  TRY_OPEN("input/in-open-trunc-rdonly", openat(AT_FDCWD, "/in/a", O_RDONLY | O_TRUNC));
  TRY_OPEN("input/in-creat", openat(AT_FDCWD, "/in/new", O_CREAT | O_WRONLY, 0600));
  TRY_OPEN("input/in-tmpfile", openat(AT_FDCWD, "/in", O_TMPFILE | O_WRONLY, 0600));
  TRY("input/in-unlink", syscall(SYS_unlinkat, AT_FDCWD, "/in/a", 0));
  TRY("input/in-unlink-real", syscall(SYS_unlinkat, AT_FDCWD, "/in/victim", 0));
  TRY("input/in-rmdir", syscall(SYS_unlinkat, AT_FDCWD, "/in/sub", AT_REMOVEDIR));
  TRY("input/in-rename", syscall(SYS_renameat2, AT_FDCWD, "/in/a", AT_FDCWD, "/in/b", 0));
  TRY("input/in-exchange", syscall(SYS_renameat2, AT_FDCWD, "/in/a", AT_FDCWD, "/in/victim", 2));
  TRY("input/in-rename-out", syscall(SYS_renameat2, AT_FDCWD, "/in/a", AT_FDCWD, "/out/a", 0));
  TRY("input/in-mkdir", syscall(SYS_mkdirat, AT_FDCWD, "/in/d2", 0700));
  TRY("input/in-symlink", syscall(SYS_symlinkat, "x", AT_FDCWD, "/in/s"));
  TRY("input/in-link-to-out", syscall(SYS_linkat, AT_FDCWD, "/in/a", AT_FDCWD, "/out/l", 0));
  TRY("input/in-chmod", syscall(SYS_fchmodat, AT_FDCWD, "/in/a", 0777));
  TRY("input/in-fchmodat2", syscall(452, AT_FDCWD, "/in/a", 0777, 0));
  TRY("input/in-chown", syscall(SYS_fchownat, AT_FDCWD, "/in/a", 1000, 1000, 0));
  TRY("input/in-utimens", syscall(SYS_utimensat, AT_FDCWD, "/in/a", NULL, 0));
  TRY("input/in-setxattr", syscall(SYS_setxattr, "/in/a", "user.x", "v", 1, 0));
  TRY("input/in-removexattr", syscall(SYS_removexattr, "/in/a", "user.x"));
  TRY("input/in-truncate", syscall(SYS_truncate, "/in/a", 0));
  // None of these three files is in the cell, because immure staged the input without them.
  TRY_OPEN("input/in-fifo-read", openat(AT_FDCWD, "/in/fifo", O_RDONLY | O_NONBLOCK));
  TRY_OPEN("input/in-fifo-write", openat(AT_FDCWD, "/in/fifo", O_WRONLY | O_NONBLOCK));
  TRY_OPEN("input/in-fifo-rdwr", openat(AT_FDCWD, "/in/fifo", O_RDWR | O_NONBLOCK));
  TRY_OPEN("input/in-devnode", openat(AT_FDCWD, "/in/null", O_RDWR));
  TRY_OPEN("input/in-socket", openat(AT_FDCWD, "/in/sock", O_PATH));
  TRY_OPEN("input/in-symlink-abs", openat(AT_FDCWD, "/in/lnk", O_RDONLY));
  TRY("input/in-setuid-exec", syscall(SYS_execve, "/in/suid", NULL, NULL));
}

static void input_by_descriptor(void) {
  const int fd = openat(AT_FDCWD, "/in/a", O_RDONLY);
  char byte = 0;
  TRY("input/in-control-read", read(fd, &byte, 1));
  TRY("input/in-fchmod-rofd", syscall(SYS_fchmod, fd, 0777));
  TRY("input/in-fchown-rofd", syscall(SYS_fchown, fd, 1000, 1000));
  TRY("input/in-futimens-fd", syscall(SYS_utimensat, fd, NULL, NULL, 0));
  TRY("input/in-fsetxattr-fd", syscall(SYS_fsetxattr, fd, "user.x", "v", 1, 0));
  TRY("input/in-ftruncate-rofd", syscall(SYS_ftruncate, fd, 0));
  TRY("input/in-write-rofd", write(fd, "x", 1));
  TRY("input/in-pwrite-rofd", pwrite(fd, "x", 1, 0));
  TRY("input/in-mmap-shared-w", syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  void* shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  TRY("input/in-mprotect-upgrade", syscall(SYS_mprotect, shared, 4096, PROT_READ | PROT_WRITE));
  TRY("input/in-mmap-exec", syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0));
  TRY("input/in-mprotect-exec", syscall(SYS_mprotect, shared, 4096, PROT_READ | PROT_EXEC));
  TRY("input/in-fallocate-punch", syscall(SYS_fallocate, fd, 3, 0, 1));
  unsigned flags = 0;
  TRY("input/in-fsetflags", syscall(SYS_ioctl, fd, FS_IOC_SETFLAGS, &flags));
  TRY("input/in-getflags", syscall(SYS_ioctl, fd, FS_IOC_GETFLAGS, &flags));
  TRY("input/in-setlease", syscall(SYS_fcntl, fd, F_SETLEASE, F_RDLCK));
  TRY("input/in-lock", syscall(SYS_fcntl, fd, F_SETLK, &(struct flock){.l_type = F_RDLCK}));
  TRY("input/in-seal", syscall(SYS_fcntl, fd, F_ADD_SEALS, 0));
  TRY("input/in-flock", syscall(SYS_flock, fd, 6));
  int pipes[2] = {-1, -1};
  if (pipe2(pipes, 0) != 0) report("input/pipe", -1, errno);
  TRY("input/in-splice-pagecache", syscall(SYS_splice, fd, NULL, pipes[1], NULL, 1, 0));
  TRY("input/in-sendfile", syscall(SYS_sendfile, pipes[1], fd, NULL, 1));
  close(pipes[0]);
  close(pipes[1]);
  close(fd);
  const int directory = openat(AT_FDCWD, "/in", O_RDONLY | O_DIRECTORY);
  TRY_OPEN("input/in-dotdot", openat(directory, "../../../etc/hostname", O_RDONLY));
  TRY_OPEN("input/in-dotdot-write", openat(directory, "../x", O_CREAT | O_WRONLY, 0600));
  close(directory);
}

static void host_files(void) {
  static const struct {
    const char *id, *path;
  } kGone[] = {
      {"fs-etc-gshadow", "/etc/gshadow"},
      {"fs-etc-shadow", "/etc/shadow"},
      {"fs-home", "/home"},
      {"fs-root-ssh", "/root/.ssh"},
      {"fs-proc", "/proc/self/status"},
      {"fs-proc-environ", "/proc/1/environ"},
      {"fs-proc-maps", "/proc/self/maps"},
      {"fs-sys", "/sys/kernel"},
      {"fs-dev-mem", "/dev/mem"},
      {"fs-dev-null", "/dev/null"},
      {"fs-dev-tty", "/dev/tty"},
      {"fs-dev-zero", "/dev/zero"},
      {"fs-cgroupfs", "/sys/fs/cgroup"},
      {"fs-docker-sock", "/run/docker.sock"},
      {"fs-tmp", "/tmp"},
      {"fs-var", "/var"},
      {"fs-dev-shm", "/dev/shm"},
      {"fs-host-work", "/mnt"},
      {"fs-boot", "/boot"},
      {"fs-old-root", "/.old_root"},
      {"fs-hostname", "/etc/hostname"},
      {"fs-resolv", "/etc/resolv.conf"},
  };
  for (size_t i = 0; i < COUNT(kGone); ++i) {
    char id[64];
    snprintf(id, sizeof id, "filesystem/%s", kGone[i].id);
    TRY_OPEN(id, openat(AT_FDCWD, kGone[i].path, O_RDONLY));
    snprintf(id, sizeof id, "filesystem/%s-path", kGone[i].id);
    TRY_OPEN(id, openat(AT_FDCWD, kGone[i].path, O_PATH));
  }
  TRY_OPEN("filesystem/fs-fixed-write", openat(AT_FDCWD, "/etc/passwd", O_WRONLY));
  TRY_OPEN("filesystem/fs-fixed-read-write", openat(AT_FDCWD, "/proc/self/exe", O_RDWR));
  TRY_OPEN("filesystem/fs-root-write", openat(AT_FDCWD, "/x", O_CREAT | O_WRONLY, 0600));
  TRY_OPEN("filesystem/fs-root-list", openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY));
  struct stat root = {0}, above = {0};
  stat("/", &root);
  stat("/../../..", &above);
  effect("filesystem/fs-dotdot-escape", root.st_ino != above.st_ino || root.st_dev != above.st_dev);
  struct {
    unsigned bytes;
    int type;
    unsigned char data[128];
  } handle = {.bytes = 128};
  int mount = 0;
  TRY("filesystem/fs-open-by-handle", syscall(SYS_open_by_handle_at, -1, NULL, 0));
  TRY("filesystem/fs-name-to-handle", syscall(SYS_name_to_handle_at, AT_FDCWD, "/in/a", &handle, &mount, 0));
  TRY("filesystem/fs-open-by-handle-valid", syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY));
  TRY("filesystem/fs-chroot", syscall(SYS_chroot, "/in"));
  TRY("filesystem/fs-chroot-efault", syscall(SYS_chroot, NULL));
  char where[64] = "";
  syscall(SYS_getcwd, where, sizeof where);
  effect("filesystem/fs-inherited-cwd", strcmp(where, "/") != 0);
  int inherited = 0;
  for (int fd = 3; fd < 4096; ++fd) inherited += fcntl(fd, F_GETFD) >= 0;
  effect("filesystem/fs-inherited-fds", inherited);
  const int modes[] = {fcntl(0, F_GETFL) & O_ACCMODE, fcntl(1, F_GETFL) & O_ACCMODE, fcntl(2, F_GETFL) & O_ACCMODE};
  effect("filesystem/fs-fd0-type", modes[0] != O_RDONLY || modes[1] != O_WRONLY || modes[2] != O_WRONLY);
  char byte = 0;
  TRY("filesystem/fs-fd1-read", read(1, &byte, 1));
  TRY("filesystem/fs-fd0-write", write(0, "x", 1));
  TRY("filesystem/fs-fd0-fchmod", syscall(SYS_fchmod, 0, 0666));
  TRY("filesystem/fs-fd0-utimens", syscall(SYS_utimensat, 0, NULL, NULL, 0));
  struct statfs info;
  TRY("information/statfs-in", syscall(SYS_statfs, "/in", &info));
}

static void mounts(void) {
  TRY("mounts/mount-null", syscall(SYS_mount, NULL, NULL, NULL, 0, NULL));
  TRY("mounts/mount-tmpfs", syscall(SYS_mount, "x", "/in", "tmpfs", 0, NULL));
  TRY("mounts/mount-proc", syscall(SYS_mount, "x", "/in", "proc", 0, NULL));
  TRY("mounts/mount-remount-rw", syscall(SYS_mount, NULL, "/in", NULL, MS_REMOUNT | MS_BIND, NULL));
  TRY("mounts/umount-detach", syscall(SYS_umount2, "/nothing", MNT_DETACH));
  TRY("mounts/umount-in", syscall(SYS_umount2, "/in", MNT_DETACH));
  TRY("mounts/pivot-root", syscall(SYS_pivot_root, NULL, NULL));
  TRY("mounts/mount-setattr", syscall(442, -1, "", 0, NULL, 0));
  TRY("mounts/open-tree", syscall(428, AT_FDCWD, "/", 1));
  TRY("mounts/open-tree-noclone", syscall(428, AT_FDCWD, "/", 0));
  TRY("mounts/open-tree-attr", syscall(467, AT_FDCWD, "/", 0, NULL, 0));
  TRY("mounts/move-mount", syscall(429, -1, "", -1, "", 0));
  TRY("mounts/fsopen", syscall(430, "tmpfs", 0));
  TRY("mounts/fsopen-badflag", syscall(430, "tmpfs", -1));
  TRY("mounts/fsconfig", syscall(431, -1, 0, 0, 0, 0));
  TRY("mounts/fsmount", syscall(432, -1, 0, 0));
  TRY("mounts/fspick", syscall(433, -1, "", 0));
  TRY("mounts/statmount", syscall(457, NULL, NULL, 0, 0));
  TRY("mounts/listmount", syscall(458, NULL, NULL, 0, 0));
  TRY("mounts/listns", syscall(470, NULL, NULL, 0, 0));
}

void try_files(void) {
  input_by_path();
  input_by_descriptor();
  host_files();
  mounts();
}
