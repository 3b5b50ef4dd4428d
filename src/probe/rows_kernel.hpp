/// Rows of the catalogue (probe/catalogue.hpp): calls that reach deep into the kernel.
#pragma once

#include "probe/rows.hpp"

#include "sys/numbers.hpp"

namespace immure::probe::kernel {

inline constexpr Boundary kKern = Boundary::kKernel, kForeign = Boundary::kAbi;
inline constexpr int kSurface = 36;
inline constexpr Arg kNone = num(-1);

constexpr Row surface(std::string_view id, std::string_view syscall, long nr, std::array<Arg, 6> args,
                      Flags flags = kPlain) {
  return denied(id, kKern, kSurface, syscall, nr, args, flags);
}

// A call of an event loop. The call reaches nothing outside of the process, but the small profiles leave it out.
// Programs that make code at run time have event loops, too, so the profile with this key allows the call.
constexpr Row event_loop(std::string_view id, std::string_view syscall, long nr, std::array<Arg, 6> args, Flags flags) {
  Row row = surface(id, syscall, nr, args, flags);
  row.unless = "unsafe_writable_code";
  return row;
}

// The filter compares the low 32 bits of the request, because the kernel takes an unsigned int (CVE-2017-5226,
// CVE-2019-10063). The call uses no open descriptor: the control must not touch the terminal that the caller may have
// as its standard input.
constexpr Row terminal(std::string_view id, std::int64_t request) {
  return denied(id, kKern, kSurface, SYS(ioctl), {kNone, num(request), kBuf});
}

// A filter may answer a call of a foreign system call table with an errno, or kill the task. Both count as denied. x32
// calls have the same AUDIT_ARCH_* as 64-bit calls; only bit 30 of their number tells them apart.
inline constexpr std::int64_t kX32 = 0x40000000;
constexpr Row x32(std::string_view id, SandboxTest test, std::string_view tries, long nr,
                  std::array<Arg, 6> args = {}) {
  return {.id = id,
          .boundary = kForeign,
          .test = test,
          .tries = tries,
          .syscall = "x32",
          .nr = kX32 + nr,
          .args = args,
          .cell = {-SIGSYS, EPERM},
          .flags = kOwnChild | kHarmless,
          .source = "seccomp(2): the x32 ABI",
          .only = sys::Machine::kX86_64};
}
constexpr Row int80(std::string_view id, SandboxTest test, std::string_view tries, int nr) {
  return {.id = id,
          .boundary = kForeign,
          .test = test,
          .tries = tries,
          .syscall = "int80",
          .args = {num(nr)},
          .cell = {-SIGSYS, -SIGSEGV, EPERM},
          .flags = kFatal | kNoControl | kCostly | kHarmless,
          .source = "syscall(2): int 0x80",
          .no_control = "where the kernel has no 32-bit entry the call faults by itself",
          .run = call_int80,
          .only = sys::Machine::kX86_64};
}

inline constexpr Row kRows[] = {
    feigned({ENOSYS}, surface("kernel/unallocated", "nr2000", 2000, {})),
    surface("kernel/minus-one", "nr-1", -1, {}),
    surface("kernel/bpf", SYS(bpf), {kNone, kNil, num(0)}),
    surface("kernel/perf-event-open", SYS(perf_event_open), {kNil, num(0), kNone, kNone, kNone}),
    surface("kernel/userfaultfd", SYS(userfaultfd), {num(1)}, kOpens),
    surface("kernel/io-setup", SYS(io_setup), {num(0), kBuf}),
    surface("kernel/reboot", SYS(reboot), {num(0), num(0), num(0), num(0)}),
    surface("kernel/swapon", SYS(swapon), {kNil, kNone}),
    surface("kernel/quotactl", SYS(quotactl), {kNone, kNil, num(0), kNil}),
    surface("kernel/quotactl-fd", SYS(quotactl_fd), {kNone, num(0), num(0), kNil}),
    surface("kernel/memfd-secret", SYS(memfd_secret), {kNone}),
    surface("kernel/map-shadow-stack", "map_shadow_stack", sys::nr::kMapShadowStack, {num(0), num(0), kNone}),
    harmless(surface("kernel/mseal", "mseal", sys::nr::kMseal, {num(0), num(0), kNone})),
    surface("kernel/cachestat", "cachestat", sys::nr::kCachestat, {kNone, kNil, kNil, num(0)}),
    surface("kernel/futex-waitv", SYS(futex_waitv), {kNil, num(0), num(0), kNil, num(0)}),
    surface("kernel/fchmodat2", "fchmodat2", sys::nr::kFchmodat2, {kNone, text("x"), num(0), num(0)}),
    harmless(surface("kernel/setxattrat", "setxattrat", sys::nr::kSetxattrat,
                     {kNone, text(""), num(0), kNil, kNil, num(0)})),
    surface("kernel/listxattrat", "listxattrat", sys::nr::kListxattrat, {kNone, text(""), num(0), kNil, num(0)}),
    harmless(
        surface("kernel/file-getattr", "file_getattr", sys::nr::kFileGetattr, {kNone, text(""), kNil, num(0), num(0)})),
    harmless(
        surface("kernel/file-setattr", "file_setattr", sys::nr::kFileSetattr, {kNone, text(""), kNil, num(0), num(0)})),
    surface("kernel/open-tree", SYS(open_tree), {kNone, text(""), num(0x1000)}),
    surface("kernel/open-tree-attr", "open_tree_attr", sys::nr::kOpenTreeAttr,
            {kNone, text(""), num(0x1000), kNil, num(0)}),
    surface("kernel/fsopen", SYS(fsopen), {text("tmpfs"), num(1)}, kOpens),
    surface("kernel/fsconfig", SYS(fsconfig), {kNone, num(0), kNil, kNil, num(0)}),
    surface("kernel/fsmount", SYS(fsmount), {kNone, num(0), num(0)}),
    surface("kernel/fspick", SYS(fspick), {kNone, text(""), num(0)}),
    surface("kernel/mount", SYS(mount), {kNil, text("/in/.immure-none"), kNil, num(0), kNil}),
    surface("kernel/pivot-root", SYS(pivot_root), {text("/in/.immure-none"), text("/in/.immure-none")}),
    surface("kernel/statmount", "statmount", sys::nr::kStatmount, {kNil, kNil, num(0), kNone}),
    surface("kernel/listmount", "listmount", sys::nr::kListmount, {kNil, kNil, num(0), kNone}),
    surface("kernel/listns", "listns", sys::nr::kListns, {kNil, kNil, num(0), kNone}),
    surface("kernel/vmsplice", SYS(vmsplice), {kNone, kNil, num(0), num(0)}),
    surface("kernel/tee", SYS(tee), {kNone, kNone, num(1), num(0)}),
    surface("kernel/remap-file-pages", SYS(remap_file_pages), {num(0), num(0), num(0), num(0), num(0)}),
    harmless(surface("kernel/mlockall", SYS(mlockall), {kNone})),
    surface("kernel/membarrier", SYS(membarrier), {kNone, num(0), num(0)}),
    harmless(surface("kernel/get-mempolicy", SYS(get_mempolicy), {kNil, kNil, num(0), num(0), kNone})),
    harmless(surface("kernel/set-mempolicy", SYS(set_mempolicy), {num(99), kNil, num(0)})),
    surface("kernel/sethostname", SYS(sethostname), {kNil, kNone}),
    surface("kernel/clock-settime", SYS(clock_settime), {num(9999), kNil}),
    surface("kernel/settimeofday", SYS(settimeofday), {num(1), kNil}),
    surface("kernel/adjtimex", SYS(adjtimex), {kBuf}),
    surface("kernel/clock-adjtime", SYS(clock_adjtime), {num(9999), kBuf}),
    harmless(surface("kernel/timer-create", SYS(timer_create), {num(9999), kNil, kNil})),
    harmless(surface("kernel/timerfd", SYS(timerfd_create), {num(9999), num(0)})),
    harmless(surface("kernel/signalfd", SYS(signalfd4), {kNone, kNil, num(0), num(0)})),
    harmless(event_loop("kernel/eventfd", SYS(eventfd2), {num(0), num(0x80000)}, kOpens)),
    harmless(surface("kernel/mincore", SYS(mincore), {num(1), num(1), kNil})),
    surface("kernel/semget", SYS(semget), {num(0), kNone, num(0)}),
    surface("kernel/msgget", SYS(msgget), {num(0x1234), num(0)}),
    surface("kernel/shmctl", SYS(shmctl), {kNone, num(99), kNil}),
    surface("kernel/mq-open", SYS(mq_open), {text("immure-none"), num(0), num(0), kNil}),
    surface("kernel/mq-unlink", SYS(mq_unlink), {text("immure-none")}),
    harmless(surface("kernel/get-robust-list", SYS(get_robust_list), {num(-1), kBuf, kBuf})),
    harmless(surface("kernel/fallocate", SYS(fallocate), {kNone, num(0), num(0), num(1)})),
    terminal("kernel/tiocsti", 0x5412),
    terminal("kernel/tiocsti-high-bits", 0x100005412),
    terminal("kernel/tioclinux", 0x541c),
    terminal("kernel/tiocsctty", 0x540e),
    harmless(terminal("kernel/fionbio", 0x5421)),
    terminal("kernel/ioctl-bogus", 0xdeadbeef),
    x86_only(surface("kernel/sysfs", SYS(sysfs), {num(3), num(0), num(0)})),
    x86_only(surface("kernel/ustat", SYS(ustat), {num(0), kNil})),
    x86_only(surface("kernel/modify-ldt", SYS(modify_ldt), {num(0x99), kNil, num(0)})),
    x86_only(surface("kernel/ioperm", SYS(ioperm), {kNone, num(1), num(1)})),
    x32("abi/x32-getpid", kSurface, "getpid of the x32 table", 39),
    x32("abi/x32-execve", 33, "execve of the x32 table", 520, {num(1), num(1), num(1)}),
    x86_only(
        feigned({ENOSYS}, denied("abi/x32-execve-without-bit", kForeign, 33, "nr520", 520, {num(1), num(1), num(1)}))),
    int80("abi/int80-execve", 33, "execve of the i386 table", 11),
};

}  // namespace immure::probe::kernel
