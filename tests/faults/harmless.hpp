/// Lists the system calls that may fail in a run whose payload then starts, each with the reason why the failure is
/// harmless. The walk (walk.cpp) makes the calls fail, and also checks that the evidence of such a run is ACCEPTED.
#pragma once

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <string_view>

namespace immure::faults {

struct Harmless {
  std::string_view role;  ///< beginning of the role's name; empty: every role
  std::string_view call;  ///< empty: every call
  /// A text that must occur in what the call is about, for example in a path. After `=`, the text must be all that the
  /// call is about, and `*` stands for the random part of the walk's directory. Empty: the call may be about anything.
  std::string_view about;
  /// The errnos with which the call may fail; empty: every errno. 0: the walk skips the call and reports success.
  std::initializer_list<int> numbers;
  std::string_view why;
};

inline const Harmless kHarmless[] = {
    {"", "", "", {EINTR}, "a signal's interruption: the call is made again"},
    {"", "munmap", "", {}, "memory that stays mapped is the process's own, and gone with its exec"},
    {"", "madvise", "", {}, "advice"},

    // The calls of the probes. The judge looks only at the answers of the probes. For each of these calls, the judge
    // either demands no certain answer, or accepts the faked answer as well as the right one.
    {"controls", "", "", {}, "a control shows that the call is not denied everywhere: another error shows that too"},
    {"walls", "", "", {}, "an answer that is not demanded from mounts and credentials alone"},
    {"payload", "openat", "", {EPERM, EACCES}, "a probe's call; the error is one of those that mean denied"},
    {"payload", "newfstatat", "", {EPERM, EACCES}, "the same"},
    {"payload", "fchmodat", "", {EPERM, EACCES}, "the same"},
    {"payload", "copy_file_range", "", {EPERM, EACCES}, "the same"},
    {"payload", "kill", "", {EPERM, EACCES}, "the same"},
    {"payload", "getsid", "", {EPERM, EACCES}, "the same"},
    {"payload", "mkdirat", "", {EPERM, EACCES}, "the same"},
    {"payload", "mmap", "", {EPERM, EACCES, EIO}, "the same"},
    {"payload",
     "mmap",
     "SHARED",
     {},
     "without a control group the judge wants ENOMEM here; with one, any answer will do"},
    {"payload", "renameat2", "", {EPERM, EACCES}, "the same"},
    {"payload", "utimensat", "", {EPERM, EACCES, EROFS}, "the same"},
    {"payload", "write", "/out/.immure-m", {}, "a probe whose answer is demanded only of a run with temporary files"},
    {"payload", "unlinkat", "", {}, "a probe tidies up; the supervisor looks at /out and cleans it before the gate"},
    {"payload", "rt_sigaction", "", {}, "a probe's signal stays pending or ignored: the payload's own affair"},
    {"payload", "uname", "", {EPERM, EACCES}, "the same"},

    // The calls that build the cell.
    {"payload", "457", "", {ENOSYS}, "a kernel without statmount: the mount table is read from /proc"},
    {"payload", "458", "", {ENOSYS}, "the same with listmount"},
    {"payload", "prctl", "", {EINVAL}, "PR_SET_MDWE on a kernel before 6.3, and capabilities beyond the last"},
    {"init", "prctl", "", {EINVAL}, "the bounding set ends where the kernel says so; the witnesses read what is left"},
    {"payload",
     "prlimit64",
     "CORE",
     {EPERM},
     "a hard limit of 0 stays 0, which the judge takes where no pipe is named"},
    {"init", "personality", "", {}, "the inside witness reads the personality, and any but 0 is BLOCKED"},
    {"init", "keyctl", "", {ENOSYS}, "a kernel without keyrings"},
    {"init",
     "rt_sigaction",
     "",
     {},
     "one signal keeps what the caller set; the witness reads the ignored signals at the exec, and any is BLOCKED"},

    {"payload", "futex", "", {0, EAGAIN}, "whoever waits for the controls looks again whether they are done"},

    {"leader", "", "", {}, "the leading parent only waits for the launcher and passes signals on"},

    // The calls of the launcher.
    {"launcher", "rt_sigprocmask", "XFSZ", {}, "a file beyond the limit ends immure by a signal then"},
    {"launcher", "getrandom", "", {}, "without a name for a control group there is none, and limits hold each process"},
    {"launcher", "fcntl", "", {}, "asks whether a standard descriptor is closed (EBADF alone says so)"},
    {"launcher", "rt_sigaction", "", {}, "asks whether a signal is ignored: then the signal is read like the others"},
    {"launcher", "newfstatat", "/e.json", {}, "evidence is made as a new file, whatever this look says"},
    {"launcher", "faccessat2", "", {ENOSYS}, "the C library asks by the older call"},
    {"launcher", "openat2", "", {EAGAIN}, "a race with a rename above it: the call is made again (openat2(2))"},
    {"launcher", "openat2", "//proc", {ENOENT}, "the witness says that the image lacks this fixed file, as a root may"},
    {"launcher", "openat2", "//sys", {ENOENT}, "the same"},
    {"launcher", "openat2", "", {ENOSYS}, "openat opens one component after the other instead"},
    {"launcher", "readlink", "", {EINVAL}, "not a link: realpath goes on"},
    {"launcher", "newfstatat", "", {ENOENT, ENOTDIR}, "what is not there lies in no other directory"},
    {"launcher",
     "",
     "/etc/ld.so",
     {},
     "a place to look for libraries; what is packed is digested, wherever it was found"},
    {"launcher", "", "/lib", {}, "the same"},
    {"launcher", "openat", "//usr", {}, "the same"},
    {"launcher",
     "pread64",
     "/usr/bin/",
     {},
     "what a program is only chooses its profile, and a program that nobody recognises gets the strict one"},
    {"launcher", "openat", "=/", {ENOENT}, "a directory that is not there holds no container's state"},
    {"launcher", "", "/cache", {}, "an image that cannot be read is packed again, a digest computed again"},
    {"launcher",
     "openat",
     "=/tmp/immure-faults-*",
     {},
     "who may not see the image cache has no outputs there, and reads the packages instead of what the cache keeps"},
    {"launcher", "newfstatat", "=/tmp/immure-faults-*/", {}, "the same"},
    {"launcher", "newfstatat", "immure-faults/", {}, "asks whether standard input is empty, for a note"},
    {"launcher", "openat", "/coredump_filter", {ENOENT}, "a kernel that writes no core dumps has no such file"},
    {"launcher", "setitimer", "", {}, "if the timer cannot be stopped, its handler stays, and the signals do nothing"},
    {"launcher", "openat2", "/runs/out", {EACCES}, "a directory made under umask 0777 gets its owner's rights first"},
    {"launcher", "newfstatat", "/runs/out/", {}, "without this, an empty directory stays if the run is killed"},
    {"launcher",
     "openat",
     "/run/user/",
     {},
     "a user's directory is a hint, and the evidence says if it was unreadable"},
    {"launcher", "openat2", "/run/user/", {}, "the same"},
    {"launcher", "newfstatat", "/run/user/", {}, "the same"},
    {"launcher", "openat", "/podman-run-", {}, "the same"},
    {"launcher", "getdents64", "/run/", {ENOTDIR}, "a state directory that is gone holds no container"},
    {"launcher",
     "read",
     "/mountinfo",
     {EAGAIN, EISDIR},
     "without its own mounts immure takes every process of an engine's control group for a container's"},
    {"launcher", "statx", "/in/", {}, "an input of which nothing is known is copied into the cell"},
    {"launcher", "readlink", "=/sys", {}, "the same, for its disk"},
    {"launcher", "openat", "=//tmp", {}, "the same, on the way to the cache of this test"},
    {"launcher", "newfstatat", "=/tmp/", {}, "the same, on the way to the cache of this test"},
    {"launcher", "read", "signalfd", {}, "the leading parent still has the signal, and ends the run two seconds later"},
    {"launcher", "", "/self/status", {}, "whether a tracer is there only adds to the message of another error"},
    {"launcher", "newfstatat", "/status/", {}, "the same"},
    {"launcher", "read", "/status", {}, "the same"},
    {"launcher", "newfstatat", "/usr/bin/", {}, "a file beside the program, which only chooses the profile"},
    {"launcher", "newfstatat", "=//", {}, "the memory of the packages' state: without it, dpkg's database is read"},
    {"launcher", "newfstatat", "/etc/alternatives", {}, "the same"},
    {"launcher", "", "/random/boot_id", {}, "the same"},
    {"launcher",
     "newfstatat",
     "/etc/xattr.conf",
     {},
     "a file of the package that is left out, as if it were not there"},
    {"launcher", "openat", "=/", {}, "a cache that cannot be opened is not used, and the image is packed anew"},
    {"launcher", "openat", "=//.", {}, "the same"},
    {"launcher", "openat", "/runs/out", {ENOENT}, "an output directory that is not there is made"},
    {"launcher", "", "/usr/share/zoneinfo", {}, "a time zone that cannot be read is left out; the cell then has UTC"},
    {"launcher", "openat", "=/usr/share", {ENOENT, ELOOP}, "the same"},
    {"launcher", "newfstatat", "=/usr/share/", {ELOOP}, "the same"},
    {"launcher", "flock", "", {}, "a file system without locks (NFS): no file of another run is replaced even there"},
    {"launcher", "poll", "", {}, "a message is written without waiting for its reader"},
    {"launcher", "setitimer", "", {}, "the same"},
    {"launcher", "write", "/stderr", {}, "a note that its reader does not get"},
    {"launcher", "set_robust_list", "", {}, "the C library's care for locks that threads share"},
    {"launcher", "rt_sigprocmask", "", {EFAULT, EINVAL}, "a signal is then taken a moment earlier or later"},
    {"launcher", "newfstatat", "=/usr/", {}, "a place to look for packages' files; without it they are found by path"},
    {"launcher", "getdents64", "/run/", {ENOENT}, "a state directory that is gone holds no container"},
    {"launcher", "", "/sys/kernel/security", {}, "names of security modules, which are told and not judged"},
    {"launcher", "", "/sys/fs/cgroup", {}, "control groups are a second limit; the evidence says which holds"},
    {"launcher", "", "/cgroup", {}, "the same"},
    {"launcher", "statfs", "", {}, "the same"},
    {"launcher", "fstatfs", "", {}, "an input on a file system that is not known is copied into the cell"},
    {"launcher", "", "/sys/dev", {}, "an input on a disk that is not known is copied into the cell"},
    {"launcher", "", "/self/mountinfo", {}, "the same, where the number of the device tells nothing"},
    {"launcher",
     "prlimit64",
     "",
     {},
     "a limit of the caller's that stays as it is; where it is below the cell's, setting that in the cell fails"},
    {"launcher", "keyctl", "", {}, "no session keyring of the launcher that could be inherited"},
    {"launcher", "sched_getaffinity", "", {}, "the input is listed on one processor then"},
    {"launcher", "getgroups", "", {}, "groups are given up in any case then"},
    {"launcher",
     "pipe2",
     "",
     {},
     "without somebody to tidy it up a control group is not used, and limits hold each process"},
    {"launcher", "clone", "", {}, "the same"},
    {"launcher", "ppoll", "", {}, "the wait for a cell that has ended"},
    {"launcher", "openat", "/net/", {ENOENT}, "a kernel without IPv6 has no such table"},
    {"launcher", "wait4", "", {}, "an ended helper that nobody waited for is gone with the launcher"},
    {"launcher",
     "ptrace",
     "FILTER",
     {EACCES, EIO, EINVAL},
     "a kernel that does not tell the filter: the probes stand alone"},
    {"scan", "openat", "", {EPERM, EACCES}, "a process that is hidden from this caller"},
    {"scan", "read", "", {EPERM, EACCES}, "the same"},
    {"scan", "close", "", {}, "a descriptor that the launcher alone has"},
    {"launcher", "copy_file_range", "", {}, "the bytes are read and written then, which meets what is an error"},
    {"launcher", "linkat", "", {}, "another way to name a file, or another name, serves as well"},
    {"launcher", "flock", "", {EAGAIN}, "somebody else has the lock: it is asked for again"},
    {"launcher", "newfstatat", "/run/", {EACCES}, "who may not see an engine's state finds its containers in /proc"},
    {"launcher", "newfstatat", "/podman-run-", {EACCES}, "the same"},
    {"launcher", "openat", "/run/", {EACCES}, "the same"},
    {"launcher", "openat", "/run/", {ENOENT, ENOTDIR}, "a state directory that is gone holds no container"},
    {"launcher", "mount_setattr", "", {EINVAL}, "a file system without mapped owners: modes decide alone"},
    {"launcher", "mmap", "", {}, "the C library takes memory elsewhere"},
    {"launcher/", "", "", {}, "who only waits to tidy up, or holds a map of owners open"},

    // Calls that the walk skips and reports as successful. Without such a call nothing changes, or another call does
    // the same.
    {"init", "chdir", "", {0}, "pivot_root has moved the working directory already"},
    {"init",
     "prctl",
     "PDEATHSIG",
     {0},
     "set again after the change of ids; tests/integration/kill_test.sh sees the second"},
    {"init", "prctl", "AMBIENT", {0}, "a new user namespace has no ambient capabilities"},
    {"init", "prctl", "CAPBSET beyond", {0}, "the kernel has no such capability"},
    {"init", "fsconfig", "mode", {0}, "there is one user in the cell; Landlock makes /out write-only, not the mode"},
    {"init", "close_range", "", {0}, "the first process, which the payload cannot reach, keeps what it had open"},
    {"init", "seccomp", "", {0}, "the first process, which the payload cannot reach, is not held to wait and exit"},
    {"payload", "prctl", "MDWE", {0}, "the filter denies writable code by itself; this is the second lock"},
};

/// True if a row whose member `about` is `wanted` matches a call that is about `about`.
[[nodiscard]] inline bool is_about(std::string_view about, std::string_view wanted) {
  if (!wanted.starts_with('=')) return about.contains(wanted);
  wanted.remove_prefix(1);
  const std::size_t star = wanted.find('*');
  if (star == std::string_view::npos) return about == wanted;
  const std::string_view begin = wanted.substr(0, star), end = wanted.substr(star + 1);
  if (!about.starts_with(begin)) return false;
  about.remove_prefix(begin.size());
  const std::size_t slash = about.find('/');
  return (slash == std::string_view::npos ? std::string_view() : about.substr(slash)) == end;
}

[[nodiscard]] inline const Harmless* harmless(std::string_view role, std::string_view call, std::string_view about,
                                              int number) {
  for (const Harmless& row : kHarmless) {
    if (!role.starts_with(row.role) || (!row.call.empty() && row.call != call)) continue;
    if (!is_about(about, row.about)) continue;
    const bool listed = std::ranges::find(row.numbers, number) != row.numbers.end();
    if (listed || (row.numbers.size() == 0 && number != 0)) return &row;
  }
  return nullptr;
}

}  // namespace immure::faults
