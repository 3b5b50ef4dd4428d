#include "plan/filter/constants.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "probe/calls.hpp"

namespace immure::plan {
namespace {

struct Row {
  std::string_view name;
  std::uint64_t x86_64;
  std::uint64_t aarch64 = x86_64;
};

// The table has numbers instead of the macros of the kernel's headers, because immure also writes filters for machines
// that it does not run on, and because only `sys` includes <linux/*>. A test compares the numbers with the headers of
// its own machine.
constexpr auto kConstants = std::to_array<Row>({
    {"0", 0},
    {"NULL", 0},
    {"1", 1},
    // set*id(2)
    {"OWN_ID", probe::kCellId},
    {"UNCHANGED", 0xffffffff},
    // send(2), recv(2)
    {"MSG_PEEK", 0x2},
    {"MSG_TRUNC", 0x20},
    {"MSG_DONTWAIT", 0x40},
    {"MSG_EOR", 0x80},
    {"MSG_WAITALL", 0x100},
    {"MSG_NOSIGNAL", 0x4000},
    {"MSG_MORE", 0x8000},
    // open(2), fcntl(2), chmod(2)
    {"O_ACCMODE", 0x3},
    {"O_CREAT", 0x40},
    {"O_APPEND", 0x400},
    {"O_NONBLOCK", 0x800},
    {"O_LARGEFILE", 0x8000, 0x20000},
    {"O_NOFOLLOW", 0x20000, 0x8000},
    {"__O_TMPFILE", 0x400000},
    {"S_ISUID", 04000},
    {"S_ISGID", 02000},
    {"S_ISVTX", 01000},
    {"F_DUPFD", 0},
    {"F_GETFD", 1},
    {"F_SETFD", 2},
    {"F_GETFL", 3},
    {"F_SETFL", 4},
    {"F_GETLK", 5},
    {"F_SETLK", 6},
    {"F_SETLKW", 7},
    {"F_OFD_GETLK", 36},
    {"F_OFD_SETLK", 37},
    {"F_OFD_SETLKW", 38},
    {"F_DUPFD_CLOEXEC", 1030},
    {"RENAME_NOREPLACE", 0x1},
    {"RENAME_EXCHANGE", 0x2},
    // ioctl(2)
    {"TCGETS", 0x5401},
    {"TIOCGWINSZ", 0x5413},
    {"FIONREAD", 0x541b},
    {"FIONBIO", 0x5421},
    {"FIONCLEX", 0x5450},
    {"FIOCLEX", 0x5451},
    // socketpair(2)
    {"AF_UNIX", 1},
    {"SOCK_STREAM", 1},
    {"SOCK_DGRAM", 2},
    {"SOCK_NONBLOCK", 0x800},
    {"SOCK_CLOEXEC", 0x80000},
    // mmap(2), madvise(2)
    {"PROT_WRITE", 0x2},
    {"PROT_EXEC", 0x4},
    {"MAP_SHARED", 0x1},
    {"MAP_PRIVATE", 0x2},
    {"MAP_FIXED", 0x10},
    {"MAP_ANONYMOUS", 0x20},
    {"MAP_32BIT", 0x40},
    {"MAP_DENYWRITE", 0x800},
    {"MAP_EXECUTABLE", 0x1000},
    {"MAP_NORESERVE", 0x4000},
    {"MAP_POPULATE", 0x8000},
    {"MAP_NONBLOCK", 0x10000},
    {"MAP_STACK", 0x20000},
    {"MAP_FIXED_NOREPLACE", 0x100000},
    {"MADV_NORMAL", 0},
    {"MADV_RANDOM", 1},
    {"MADV_SEQUENTIAL", 2},
    {"MADV_WILLNEED", 3},
    {"MADV_DONTNEED", 4},
    {"MADV_FREE", 8},
    {"MADV_DONTFORK", 10},
    {"MADV_DOFORK", 11},
    {"MADV_HUGEPAGE", 14},
    {"MADV_NOHUGEPAGE", 15},
    {"MADV_DONTDUMP", 16},
    {"MADV_DODUMP", 17},
    {"MADV_WIPEONFORK", 18},
    {"MADV_KEEPONFORK", 19},
    {"MADV_POPULATE_READ", 22},
    {"MADV_POPULATE_WRITE", 23},
    // clone(2)
    {"CLONE_PTRACE", 0x2000},
    {"CLONE_PARENT", 0x8000},
    {"CLONE_NEWNS", 0x20000},
    {"CLONE_UNTRACED", 0x800000},
    {"CLONE_NEWCGROUP", 0x2000000},
    {"CLONE_NEWUTS", 0x4000000},
    {"CLONE_NEWIPC", 0x8000000},
    {"CLONE_NEWUSER", 0x10000000},
    {"CLONE_NEWPID", 0x20000000},
    {"CLONE_NEWNET", 0x40000000},
    {"ARCH_SET_FS", 0x1002},
    // futex(2)
    {"FUTEX_WAIT", 0},
    {"FUTEX_WAIT_BITSET", 9},
    {"FUTEX_WAIT_PRIVATE", 128},
    {"FUTEX_WAKE_PRIVATE", 129},
    {"FUTEX_REQUEUE_PRIVATE", 131},
    {"FUTEX_CMP_REQUEUE_PRIVATE", 132},
    {"FUTEX_WAKE_OP_PRIVATE", 133},
    {"FUTEX_WAIT_BITSET_PRIVATE", 137},
    {"FUTEX_WAKE_BITSET_PRIVATE", 138},
    {"FUTEX_CLOCK_REALTIME", 256},
    {"FUTEX_WAITERS", 0x80000000},
    // prctl(2), prlimit(2), seccomp(2)
    {"PR_SET_DUMPABLE", 4},
    {"PR_GET_NAME", 16},
    {"PR_GET_SECCOMP", 21},
    {"PR_SET_NO_NEW_PRIVS", 38},
    {"PR_GET_NO_NEW_PRIVS", 39},
    {"PR_SET_VMA", 0x53564d41},
    {"RLIMIT_CPU", 0},
    {"RLIMIT_FSIZE", 1},
    {"RLIMIT_CORE", 4},
    {"RLIMIT_NOFILE", 7},
    {"RLIMIT_AS", 9},
    {"PRIO_PROCESS", 0},
    // membarrier(2)
    {"MEMBARRIER_CMD_QUERY", 0},
    {"MEMBARRIER_CMD_PRIVATE_EXPEDITED", 8},
    {"MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED", 16},
    {"MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE", 32},
    {"MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE", 64},
    {"SECCOMP_SET_MODE_FILTER", 1},
    {"SECCOMP_FILTER_FLAG_TSYNC", 0x1},
    {"SECCOMP_FILTER_FLAG_LOG", 0x2},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", 0x4},
});

struct ErrnoRow {
  std::string_view name;
  std::uint16_t value;
};
constexpr auto kErrnos = std::to_array<ErrnoRow>({
    {"EPERM", EPERM},
    {"EAGAIN", EAGAIN},
    {"EACCES", EACCES},
    {"EINVAL", EINVAL},
    {"ENOTTY", ENOTTY},
    {"ENOSYS", ENOSYS},
    {"EOPNOTSUPP", EOPNOTSUPP},
});

struct ArgumentRow {
  std::string_view call, name;
  std::uint32_t index;
  bool wide = false;
};
constexpr auto kArguments = std::to_array<ArgumentRow>({
    {"arch_prctl", "operation", 0},
    {"chmod", "mode", 1},
    {"clone", "flags", 0},
    {"creat", "mode", 1},
    {"fchmod", "mode", 1},
    {"fchmodat", "mode", 2},
    {"fcntl", "operation", 1},
    {"fcntl", "arg", 2},
    {"futex", "operation", 1},
    {"futex", "value", 2, true},
    {"ioctl", "request", 1},
    {"madvise", "advice", 2},
    {"membarrier", "cmd", 0},
    {"mkdir", "mode", 1},
    {"mkdirat", "mode", 2},
    {"mmap", "prot", 2},
    {"mmap", "flags", 3},
    {"mprotect", "prot", 2},
    {"open", "flags", 1},
    {"open", "mode", 2},
    {"openat", "flags", 2},
    {"openat", "mode", 3},
    {"prctl", "operation", 0},
    {"prctl", "arg", 1},
    {"prlimit64", "pid", 0},
    {"prlimit64", "resource", 1},
    {"prlimit64", "new_limit", 2, true},
    {"recvfrom", "flags", 3},
    {"recvfrom", "src_addr", 4, true},
    {"renameat2", "flags", 4},
    {"sendto", "flags", 3},
    {"sendto", "dest_addr", 4, true},
    {"setgid", "gid", 0},
    {"setpriority", "which", 0},
    {"setpriority", "who", 1},
    {"setregid", "rgid", 0},
    {"setregid", "egid", 1},
    {"setresgid", "rgid", 0},
    {"setresgid", "egid", 1},
    {"setresgid", "sgid", 2},
    {"setresuid", "ruid", 0},
    {"setresuid", "euid", 1},
    {"setresuid", "suid", 2},
    {"setreuid", "ruid", 0},
    {"setreuid", "euid", 1},
    {"setrlimit", "resource", 0},
    {"setuid", "uid", 0},
    {"seccomp", "operation", 0},
    {"seccomp", "flags", 1},
    {"socketpair", "domain", 0},
    {"socketpair", "type", 1},
    {"socketpair", "protocol", 2},
});

}  // namespace

std::optional<Constant> constant_named(std::string_view name, sys::Machine machine) {
  const auto row = std::ranges::find(kConstants, name, &Row::name);
  if (row == kConstants.end()) return std::nullopt;
  return Constant{.value = machine == sys::Machine::kX86_64 ? row->x86_64 : row->aarch64,
                  .differs = row->x86_64 != row->aarch64};
}

std::optional<std::uint16_t> errno_named(std::string_view name) {
  const auto row = std::ranges::find(kErrnos, name, &ErrnoRow::name);
  if (row == kErrnos.end()) return std::nullopt;
  return row->value;
}

std::optional<Argument> argument_named(std::string_view call, std::string_view name) {
  for (const ArgumentRow& row : kArguments)
    if (row.call == call && row.name == name) return Argument{.index = row.index, .wide = row.wide};
  return std::nullopt;
}

}  // namespace immure::plan
