// Tries /out, which a program can write but never read back, and which holds only regular files and directories.
#include "try.h"

#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/uio.h>

static const char kSecret[] = "written-by-the-payload";

static void write_file(const char* path, unsigned mode) {
  const int fd = openat(AT_FDCWD, path, O_CREAT | O_WRONLY, mode);
  if (fd < 0 || write(fd, kSecret, sizeof kSecret - 1) != sizeof kSecret - 1) report(path, -1, errno);
  close(fd);
}

static void read_by_path(void) {
  TRY_OPEN("output/out-open-rdonly", openat(AT_FDCWD, "/out/secret", O_RDONLY));
  TRY_OPEN("output/out-open-rdwr", openat(AT_FDCWD, "/out/secret", O_RDWR));
  // Access mode 3 opens a file for neither reading nor writing (open(2)). Landlock allows this, but the program can
  // then read nothing.
  const int neither = openat(AT_FDCWD, "/out/secret", O_ACCMODE);
  char word[64];
  TRY("output/out-mode-3-read", read(neither, word, sizeof word));
  TRY("output/out-mode-3-write", write(neither, "x", 1));
  TRY("output/out-mode-3-mmap", syscall(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, neither, 0));
  close(neither);
  const uint64_t how[3] = {O_RDONLY, 0, 0};
  TRY_OPEN("output/out-openat2-rdonly", syscall(437, AT_FDCWD, "/out/secret", how, sizeof how));
  TRY_OPEN("output/out-creat-rdwr", openat(AT_FDCWD, "/out/new1", O_CREAT | O_RDWR, 0600));
  TRY_OPEN("output/out-creat-excl-rdwr", openat(AT_FDCWD, "/out/new2", O_CREAT | O_EXCL | O_RDWR, 0600));
  TRY_OPEN("output/out-creat-rdonly", openat(AT_FDCWD, "/out/new3", O_CREAT | O_RDONLY, 0600));
  TRY_OPEN("output/out-tmpfile-rdwr", openat(AT_FDCWD, "/out", O_TMPFILE | O_RDWR, 0600));
  TRY_OPEN("output/out-tmpfile-wronly", openat(AT_FDCWD, "/out", O_TMPFILE | O_WRONLY, 0600));
  TRY_OPEN("output/out-list", openat(AT_FDCWD, "/out", O_RDONLY | O_DIRECTORY));
  TRY_OPEN("output/out-by-dotdot", openat(AT_FDCWD, "/in/../out/secret", O_RDONLY));
  const int path = openat(AT_FDCWD, "/out/secret", O_PATH);
  char buffer[64];
  TRY("output/out-opath-read", read(path, buffer, sizeof buffer));
  TRY_OPEN("output/out-opath-reopen", openat(path, "", O_RDONLY));
  close(path);
  const int directory = openat(AT_FDCWD, "/out", O_PATH | O_DIRECTORY);
  TRY("output/out-getdents-opath", syscall(SYS_getdents64, directory, buffer, sizeof buffer));
  TRY_OPEN("output/out-beneath-opath", openat(directory, "secret", O_RDONLY));
  TRY_OPEN("output/out-dot-opath", openat(directory, ".", O_RDONLY));
  close(directory);
  TRY("output/out-inotify", syscall(SYS_inotify_init1, 0));
  TRY("output/out-inotify-watch", syscall(SYS_inotify_add_watch, -1, "/out", 0xfff));
  TRY("output/out-fanotify", syscall(SYS_fanotify_init, 0, 0));
  TRY("output/out-readlink", syscall(SYS_readlinkat, AT_FDCWD, "/out/secret", buffer, sizeof buffer));
  TRY("output/out-getxattr", syscall(SYS_getxattr, "/out/secret", "user.tag", buffer, sizeof buffer));
  TRY("output/out-listxattr", syscall(SYS_listxattr, "/out/secret", buffer, sizeof buffer));
  struct stat status;
  TRY("output/out-stat", stat("/out/secret", &status));
}

static void read_by_descriptor(void) {
  const int fd = openat(AT_FDCWD, "/out/secret", O_WRONLY);
  int pipes[2] = {-1, -1};
  if (pipe2(pipes, 0) != 0) report("output/pipe", -1, errno);
  char buffer[64] = "";
  struct iovec piece = {buffer, sizeof buffer};
  TRY("output/out-wronly-read", read(fd, buffer, sizeof buffer));
  TRY("output/out-wronly-pread", pread(fd, buffer, sizeof buffer, 0));
  TRY("output/out-wronly-plain-readv", syscall(SYS_readv, fd, &piece, 1));
  TRY("output/out-wronly-preadv", syscall(SYS_preadv, fd, &piece, 1, 0, 0));
  TRY("output/out-wronly-readv", syscall(SYS_preadv2, fd, &piece, 1, 0, 0, 0));
  TRY("output/out-wronly-mmap-r", syscall(SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED, fd, 0));
  TRY("output/out-wronly-mmap-w", syscall(SYS_mmap, 0, 4096, PROT_WRITE, MAP_SHARED, fd, 0));
  TRY("output/out-wronly-mmap-none", syscall(SYS_mmap, 0, 4096, PROT_NONE, MAP_PRIVATE, fd, 0));
  TRY("output/out-wronly-dup-read", read(dup(fd), buffer, sizeof buffer));
  TRY("output/out-wronly-reopen", openat(fd, "", O_RDONLY));
  TRY("output/out-copy-file-range", syscall(SYS_copy_file_range, fd, NULL, pipes[1], NULL, 8, 0));
  TRY("output/out-sendfile", syscall(SYS_sendfile, pipes[1], fd, NULL, 8));
  TRY("output/out-splice-src", syscall(SYS_splice, fd, NULL, pipes[1], NULL, 8, 0));
  TRY("output/out-ficlone", syscall(SYS_ioctl, pipes[1], FICLONE, fd));
  TRY("output/out-fiemap", syscall(SYS_ioctl, fd, 0xc020660bUL, buffer));
  TRY("output/out-seek-data", lseek(fd, 0, SEEK_DATA));
  TRY("output/out-readahead", syscall(SYS_readahead, fd, 0, 4096));
  TRY("output/out-setfl", fcntl(fd, F_SETFL, O_RDWR));
  TRY("output/out-read-after-setfl", read(fd, buffer, 1));
  effect("output/out-bytes", memcmp(buffer, "", 1) != 0);
  close(pipes[0]);
  close(pipes[1]);
  close(fd);
}

static void special_files(void) {
  TRY("output/out-symlink", syscall(SYS_symlinkat, "/etc/passwd", AT_FDCWD, "/out/sl"));
  TRY("output/out-link", syscall(SYS_linkat, AT_FDCWD, "/out/secret", AT_FDCWD, "/out/hl", 0));
  const int nameless = openat(AT_FDCWD, "/out", O_TMPFILE | O_WRONLY, 0600);
  TRY("output/out-link-nameless", syscall(SYS_linkat, nameless, "", AT_FDCWD, "/out/nl", AT_EMPTY_PATH));
  close(nameless);
  TRY("output/out-mkfifo", syscall(SYS_mknodat, AT_FDCWD, "/out/ff", S_IFIFO | 0600, 0));
  TRY("output/out-mksock", syscall(SYS_mknodat, AT_FDCWD, "/out/ss", S_IFSOCK | 0600, 0));
  TRY("output/out-mkchr", syscall(SYS_mknodat, AT_FDCWD, "/out/cc", S_IFCHR | 0600, 0x103));
  TRY("output/out-mkblk", syscall(SYS_mknodat, AT_FDCWD, "/out/bb", S_IFBLK | 0600, 0x700));
  TRY("output/out-mkreg", syscall(SYS_mknodat, AT_FDCWD, "/out/rr", S_IFREG | 0600, 0));
  TRY("output/out-whiteout", syscall(SYS_mknodat, AT_FDCWD, "/out/wh", S_IFCHR, 0));
  TRY("output/out-rename-whiteout", syscall(SYS_renameat2, AT_FDCWD, "/out/moved", AT_FDCWD, "/out/moved2", 4));
  TRY("output/out-mkdir", syscall(SYS_mkdirat, AT_FDCWD, "/out/dd", 0700));
  TRY("output/out-mkdir-setgid", syscall(SYS_mkdirat, AT_FDCWD, "/out/ds", 02777));
  TRY("output/out-mkdir-sticky", syscall(SYS_mkdirat, AT_FDCWD, "/out/dt", 01777));
}

static void set_user_id(void) {
  TRY_OPEN("output/out-suid-open", openat(AT_FDCWD, "/out/su", O_CREAT | O_WRONLY, 06755));
  TRY_OPEN("output/out-sticky-open", openat(AT_FDCWD, "/out/st", O_CREAT | O_WRONLY, 01755));
  TRY_OPEN("output/out-suid-high-bits",
           syscall(SYS_openat, AT_FDCWD, "/out/sh", O_CREAT | O_WRONLY, 0x100000000UL | 04755));
  TRY_OPEN("output/out-suid-tmpfile", openat(AT_FDCWD, "/out", O_TMPFILE | O_WRONLY, 04755));
  const uint64_t how[3] = {O_CREAT | O_WRONLY, 06755, 0};
  TRY_OPEN("output/out-suid-openat2", syscall(437, AT_FDCWD, "/out/su2", how, sizeof how));
  const int fd = openat(AT_FDCWD, "/out/secret", O_WRONLY);
  TRY("output/out-suid-fchmod", syscall(SYS_fchmod, fd, 06755));
  TRY("output/out-suid-fchmodat", syscall(SYS_fchmodat, AT_FDCWD, "/out/secret", 04755));
  TRY("output/out-suid-fchmodat2", syscall(452, AT_FDCWD, "/out/secret", 04755, 0));
  TRY("output/out-chown", syscall(SYS_fchown, fd, 0, 0));
  TRY("output/out-fcaps", syscall(SYS_setxattr, "/out/secret", "security.capability", "", 0, 0));
  TRY("output/out-setxattr-user", syscall(SYS_fsetxattr, fd, "user.x", "v", 1, 0));
  TRY("output/out-utimens", syscall(SYS_utimensat, fd, NULL, NULL, 0));
  close(fd);
}

void try_output(void) {
  TRY_OPEN("output/out-control-write", openat(AT_FDCWD, "/out/control", O_CREAT | O_WRONLY, 0644));
  static const char* const kFiles[] = {"/out/secret", "/out/secret2", "/out/secret3", "/out/victim", "/out/moved"};
  for (size_t i = 0; i < COUNT(kFiles); ++i) write_file(kFiles[i], 0644);
  write_file("/out/prog", 0755);
  read_by_path();
  read_by_descriptor();
  special_files();
  set_user_id();
  TRY("output/out-rename-over", syscall(SYS_renameat2, AT_FDCWD, "/out/control", AT_FDCWD, "/out/secret2", 0));
  TRY("output/out-rename-to-in", syscall(SYS_renameat2, AT_FDCWD, "/out/secret2", AT_FDCWD, "/in/x", 0));
  TRY("output/out-rename-to-root", syscall(SYS_renameat2, AT_FDCWD, "/out/secret2", AT_FDCWD, "/x", 0));
  TRY("output/out-unlink", syscall(SYS_unlinkat, AT_FDCWD, "/out/victim", 0));
  TRY("output/out-exec", syscall(SYS_execve, "/out/prog", NULL, NULL));
  TRY("output/out-truncate", syscall(SYS_truncate, "/out/secret3", 0));
  TRY_OPEN("output/out-trunc-open", openat(AT_FDCWD, "/out/secret3", O_WRONLY | O_TRUNC));
}
