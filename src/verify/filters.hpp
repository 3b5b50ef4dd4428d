/// The seccomp filters of a verifier that has restricted itself.
#pragma once

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>

#include "sys/filter.hpp"

namespace immure::verify {
namespace filter_rules {

using namespace sys::seccomp;

/// Flags of an open that may write. O_TMPFILE contains O_DIRECTORY, which alone is harmless.
inline constexpr std::uint32_t kNoWriting =
    O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY);

/// The calls that an appraisal needs: reading, allocating memory, ending. Only standard descriptors can be written to.
consteval auto rules(Answer openat2) {
  return std::array{
      answer(__NR_openat2, openat2),
      allow(__NR_read),
      allow(__NR_pread64),
      allow(__NR_close),
      allow(__NR_fstat),
      allow(__NR_newfstatat),
      allow(__NR_statx),
      allow(__NR_lseek),
      allow(__NR_getdents64),
      allow(__NR_munmap),
      allow(__NR_restart_syscall),
      allow(__NR_mremap),
      allow(__NR_brk),
      allow(__NR_madvise),
      allow(__NR_fadvise64),
      allow(__NR_clock_gettime),
      allow(__NR_futex),
      allow(__NR_exit),
      allow(__NR_exit_group),
      allow(__NR_rt_sigreturn),
      allow(__NR_rt_sigprocmask),
      allow(__NR_getpid),
      allow(__NR_gettid),
      allow(__NR_tgkill),
      allow(__NR_getrandom),
      narrow(__NR_openat, 2, none_of(kNoWriting)),
      narrow(__NR_write, 0, one_of({0, 1, 2})),
      narrow(__NR_writev, 0, one_of({0, 1, 2})),
      narrow(__NR_mmap, 2, none_of(PROT_EXEC)),
      narrow(__NR_mprotect, 2, none_of(PROT_EXEC)),
#if defined(__x86_64__)
      allow(__NR_stat),
      allow(__NR_lstat),
      narrow(__NR_open, 1, none_of(kNoWriting)),
#endif
  };
}

}  // namespace filter_rules

/// A filter cannot read the flags of openat2, because they are in memory. Only Landlock keeps this call from opening a
/// file for writing. Without Landlock the filter answers openat2 with ENOSYS, and the verifier calls openat instead,
/// whose flags the filter can read.
inline constexpr auto kFilter =
    sys::seccomp::filter(filter_rules::rules(sys::seccomp::kAllow), sys::seccomp::deny(EPERM));
inline constexpr auto kFilterWithoutLandlock =
    sys::seccomp::filter(filter_rules::rules(sys::seccomp::deny(ENOSYS)), sys::seccomp::deny(EPERM));

}  // namespace immure::verify
