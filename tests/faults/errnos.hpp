/// The errors that each call's man page names, unless they are impossible for immure's use of the call. A call that is
/// not listed here gets the errors that every call may give.
#pragma once

#include <cerrno>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace immure::faults {

struct Errnos {
  std::string_view call;
  std::initializer_list<int> numbers;
};

inline constexpr int kUsual[] = {EPERM, EINVAL, ENOMEM, ENOSYS};

inline const Errnos kErrnos[] = {
    {"accept4", {EAGAIN, ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM}},
    {"access", {EACCES, ELOOP, ENOENT, EROFS, EIO, ENOMEM}},
    {"arch_prctl", {EINVAL, EPERM, ENODEV}},
    {"capget", {EPERM, EINVAL, ESRCH, EFAULT}},
    {"capset", {EPERM, EINVAL, ESRCH, EFAULT}},
    {"chdir", {EACCES, EIO, ENOENT, ENOMEM}},
    {"chmod", {EPERM, EROFS, ENOENT, EIO}},
    {"chroot", {EACCES, EIO, ENOENT, ENOMEM, EPERM}},
    {"clone", {EAGAIN, EINVAL, ENOMEM, ENOSPC, EPERM, EUSERS}},
    {"clone3", {EAGAIN, EINVAL, ENOMEM, ENOSPC, EPERM, EUSERS, ENOSYS, EOPNOTSUPP, EBUSY}},
    {"close_range", {EINVAL, EMFILE, ENOMEM, ENOSYS}},
    {"connect", {EACCES, EAGAIN, ECONNREFUSED, EINTR, ENOENT}},
    {"copy_file_range", {EINVAL, EIO, EXDEV, ENOSPC, EOPNOTSUPP}},
    {"dup", {EBADF, EMFILE, ENOMEM}},
    {"dup3", {EBADF, EBUSY, EINTR, EINVAL, EMFILE}},
    {"execve", {E2BIG, EACCES, EAGAIN, EIO, ELIBBAD, ENOENT, ENOEXEC, ENOMEM, EPERM, ETXTBSY}},
    {"execveat", {E2BIG, EACCES, EAGAIN, EBADF, EIO, ELIBBAD, ENOENT, ENOEXEC, ENOMEM, EPERM, ETXTBSY}},
    {"faccessat2", {EACCES, ELOOP, ENOENT, EROFS, EIO, EINVAL, ENOSYS}},
    {"fadvise64", {EBADF, EINVAL, ESPIPE}},
    {"fchdir", {EACCES, EBADF, EIO, ENOTDIR}},
    {"fchmod", {EPERM, EROFS, EIO, EBADF}},
    {"fchmodat", {EPERM, EROFS, EIO, ENOENT, EOPNOTSUPP}},
    {"fchown", {EPERM, EROFS, EIO, EBADF}},
    {"fcntl", {EACCES, EAGAIN, EBADF, EBUSY, EINVAL, EMFILE, EPERM}},
    {"flock", {EBADF, EINTR, ENOLCK, EWOULDBLOCK}},
    {"fsconfig", {EACCES, EBUSY, EINVAL, ENODEV, ENOMEM, EOPNOTSUPP, EPERM}},
    {"fsmount", {EBUSY, EINVAL, EMFILE, ENFILE, ENOMEM, EPERM}},
    {"fsopen", {EFAULT, EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, EPERM}},
    {"fstat", {EBADF, ENOMEM, EOVERFLOW}},
    {"fstatfs", {EBADF, EIO, ENOMEM, ENOSYS}},
    {"fsync", {EBADF, EIO, ENOSPC, EROFS, EINVAL}},
    {"ftruncate", {EBADF, EFBIG, EINVAL, EIO, EPERM}},
    {"futex", {EAGAIN, EFAULT, EINTR, EINVAL, ENOSYS, ETIMEDOUT}},
    {"getcwd", {EACCES, ENOENT, ENOMEM, ERANGE}},
    {"getdents64", {EBADF, EFAULT, EINVAL, ENOENT, ENOTDIR, EIO}},
    {"getgroups", {EFAULT, EINVAL}},
    // These calls cannot fail. brk returns the present end of the heap, which is no error for the kernel.
    {"close", {}},  // a real close frees the number even if it fails (close(2)); a faked answer does not
    {"brk", {}},
    {"getegid", {}},
    {"geteuid", {}},
    {"getgid", {}},
    {"getpid", {}},
    {"getuid", {}},
    {"set_tid_address", {}},
    {"umask", {}},
    {"getrandom", {EAGAIN, EINTR, EINVAL, ENOSYS}},
    {"getxattr", {ENODATA, ENOTSUP, ERANGE, EIO}},
    {"ioctl", {EBADF, EFAULT, EINVAL, ENOTTY}},
    {"keyctl", {EDQUOT, ENOMEM, EACCES, EINVAL, ENOKEY, EPERM, ENOSYS}},
    {"kill", {EINVAL, EPERM, ESRCH}},
    {"landlock_add_rule", {EINVAL, ENOMSG, EBADF, EBADFD, EFAULT, EPERM, EOPNOTSUPP}},
    {"landlock_create_ruleset", {EOPNOTSUPP, EINVAL, E2BIG, EFAULT, ENOMSG, ENOSYS, EMFILE}},
    {"landlock_restrict_self", {EOPNOTSUPP, EINVAL, EBADF, EBADFD, EPERM, E2BIG}},
    {"linkat", {EACCES, EDQUOT, EEXIST, EIO, ENOENT, ENOSPC, EPERM, EROFS, EXDEV}},
    {"listmount", {EFAULT, EINVAL, ENOENT, EPERM, ENOSYS}},
    {"llistxattr", {ENOTSUP, ERANGE, EIO}},
    {"flistxattr", {ENOTSUP, ERANGE, EIO}},
    {"lseek", {EBADF, EINVAL, ENXIO, EOVERFLOW, ESPIPE}},
    {"madvise", {EACCES, EAGAIN, EINVAL, ENOMEM}},
    {"memfd_create", {EFAULT, EINVAL, EMFILE, ENFILE, ENOMEM, EPERM}},
    {"mkdir", {EACCES, EDQUOT, EEXIST, ENOENT, ENOSPC, EROFS}},
    {"mkdirat", {EACCES, EDQUOT, EEXIST, ENOENT, ENOSPC, EROFS}},
    {"mmap", {EACCES, EAGAIN, EINVAL, ENFILE, ENODEV, ENOMEM, EPERM}},
    {"mount_setattr", {EBADF, EBUSY, EINVAL, ENOENT, ENOMEM, EPERM, ENOSYS}},
    {"move_mount", {EACCES, EINVAL, ELOOP, ENOENT, ENOTDIR, EPERM, ENOMEM}},
    {"mprotect", {EACCES, EINVAL, ENOMEM}},
    {"munmap", {EINVAL, ENOMEM}},
    {"nanosleep", {EINTR, EINVAL}},
    {"newfstatat", {EACCES, EBADF, ELOOP, ENOENT, ENOMEM, ENOTDIR, EIO}},
    {"open_tree", {EACCES, EINVAL, EMFILE, ENOENT, ENOMEM, EPERM, ENOSYS}},
    {"openat", {EACCES, EDQUOT, EINTR, EINVAL, EIO, ELOOP, EMFILE, ENFILE, ENOENT, ENOMEM, ENOSPC, EPERM, EROFS}},
    {"openat2", {E2BIG, EACCES, EAGAIN, EINVAL, ELOOP, EMFILE, ENOENT, ENOSYS, EXDEV}},
    {"pidfd_open", {EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, ESRCH, ENOSYS}},
    {"pidfd_send_signal", {EBADF, EINVAL, EPERM, ESRCH, ENOSYS}},
    {"pipe2", {EMFILE, ENFILE, ENOPKG}},
    {"pivot_root", {EBUSY, EINVAL, ENOTDIR, EPERM}},
    {"poll", {EFAULT, EINTR, EINVAL, ENOMEM}},
    {"ppoll", {EFAULT, EINTR, EINVAL, ENOMEM}},
    {"prctl", {EACCES, EBADF, EBUSY, EFAULT, EINVAL, EOPNOTSUPP, EPERM}},
    {"pread64", {EAGAIN, EBADF, EINTR, EIO, EISDIR}},
    {"prlimit64", {EFAULT, EINVAL, EPERM, ESRCH}},
    {"ptrace", {EBUSY, EFAULT, EINVAL, EIO, EPERM, ESRCH}},
    {"pwrite64", {EBADF, EFBIG, EINTR, EIO, ENOSPC}},
    {"read", {EAGAIN, EBADF, EFAULT, EINTR, EIO, EISDIR}},
    {"readlinkat", {EACCES, EINVAL, EIO, ELOOP, ENOENT, ENOMEM, ENOTDIR}},
    {"readlink", {EACCES, EINVAL, EIO, ELOOP, ENOENT, ENOMEM, ENOTDIR}},
    {"renameat", {EACCES, EBUSY, EDQUOT, EIO, ENOENT, ENOSPC, EPERM, EROFS, EXDEV}},
    {"rmdir", {EACCES, EBUSY, ENOENT, ENOTEMPTY, EPERM, EROFS}},
    {"rt_sigaction", {EFAULT, EINVAL}},
    {"rt_sigprocmask", {EFAULT, EINVAL}},
    {"seccomp", {EACCES, EBUSY, EFAULT, EINVAL, ENOMEM, EOPNOTSUPP, ESRCH}},
    {"setgroups", {EFAULT, EINVAL, ENOMEM, EPERM}},
    {"sethostname", {EFAULT, EINVAL, EPERM}},
    {"setresgid", {EAGAIN, EINVAL, EPERM}},
    {"setresuid", {EAGAIN, EINVAL, EPERM}},
    {"setsid", {EPERM}},
    {"signalfd4", {EBADF, EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM}},
    {"stat", {EACCES, EBADF, ELOOP, ENOENT, ENOMEM, ENOTDIR, EIO}},
    {"statfs", {EACCES, EIO, ENOENT, ENOMEM, ENOSYS}},
    {"statmount", {EFAULT, EINVAL, ENOENT, EOVERFLOW, EPERM, ENOSYS}},
    {"statx", {EACCES, EINVAL, ENOENT, ENOMEM, ENOSYS}},
    {"symlinkat", {EACCES, EDQUOT, EEXIST, EIO, ENOSPC, EPERM, EROFS}},
    {"umount2", {EAGAIN, EBUSY, EINVAL, ENOENT, EPERM}},
    {"unlinkat", {EACCES, EBUSY, EIO, ENOENT, ENOTEMPTY, EPERM, EROFS}},
    {"utimensat", {EACCES, EINVAL, ENOENT, EPERM, EROFS}},
    {"wait4", {ECHILD, EINTR, EINVAL}},
    {"write", {EAGAIN, EBADF, EDQUOT, EFBIG, EINTR, EINVAL, EIO, ENOSPC, EPERM, EPIPE}},
};

[[nodiscard]] inline std::vector<int> errnos_of(std::string_view call) {
  for (const Errnos& row : kErrnos) {
    if (row.call == call) return row.numbers;
  }
  return {std::begin(kUsual), std::end(kUsual)};
}

}  // namespace immure::faults
