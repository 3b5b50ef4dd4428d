/// Rows of the catalogue (probe/catalogue.hpp): calls denied by their number: new, old and rarely used ones.
#pragma once

#include "probe/rows.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/numbers.hpp"

namespace immure::probe::surface {

inline constexpr Boundary kIn = Boundary::kInput, kOut = Boundary::kOutput, kExecution = Boundary::kExec,
                          kProc = Boundary::kProcess, kPriv = Boundary::kPrivilege, kRes = Boundary::kResources;
inline constexpr Arg kNone = num(-1), kZero = num(0);
inline constexpr Answers kNoAttributes{EPERM, EOPNOTSUPP};

constexpr Row call(std::string_view id, std::string_view syscall, long nr, std::array<Arg, 6> args, Words words) {
  return with(denied(id, Boundary::kKernel, 36, syscall, nr, args), words);
}
// A call that the kernel grants only in the first user namespace. No control can work, so two things deny the call in
// the cell: the filter and the kernel.
constexpr Row privileged(std::string_view id, std::string_view syscall, long nr, std::array<Arg, 6> args, Words words) {
  return uncontrolled(kFirstNamespace, call(id, syscall, nr, args, words));
}
constexpr Row at(std::string_view id, Boundary boundary, SandboxTest test, std::string_view syscall, long nr,
                 std::array<Arg, 6> args, Words words, Answers cell = kDenied) {
  return with(denied(id, boundary, test, syscall, nr, args, kPlain, cell), words);
}
// An old form of a call, which aarch64 never had. A filter that lists only the newer form leaves the old form open.
constexpr Row older(std::string_view id, std::string_view syscall, long nr, std::array<Arg, 6> args) {
  return x86_only(with(denied(id, Boundary::kInput, 26, syscall, nr, args), {"an older form, which x86 alone has"}));
}

// A call whose number is higher than the number of every call that immure knows. A filter may answer that there is no
// such call.
constexpr Row younger(std::string_view id, Boundary boundary, SandboxTest test, std::string_view syscall, long nr,
                      std::array<Arg, 6> args) {
  return feigned({ENOSYS}, denied(id, boundary, test, syscall, nr, args));
}

inline constexpr const char* kNowhere = "/in/.immure-none";

inline constexpr Row kRows[] = {
    // Files, and what the kernel stores besides their contents.
    harmless(at("input/truncate", kIn, 26, SYS(truncate), {text(kNowhere), kZero},
                {"truncation by name, without opening the file"})),
    harmless(at("input/fchmod", kIn, 26, SYS(fchmod), {kNone, kZero}, {"mode bits through a descriptor"})),
    // The flag is XATTR_REPLACE and the attribute does not exist, so the call writes nothing even if everything is
    // allowed.
    feigned({EOPNOTSUPP}, behind({EROFS}, with(denied("input/setxattr", kIn, 26, SYS(setxattr),
                                                      {text("/in"), text("user.immure.none"), kBuf, kZero, num(2)},
                                                      kPlain, {EROFS, EPERM}, {EROFS}),
                                               {"an attribute, without a write", "xattr(7)"}))),
    feigned({EOPNOTSUPP}, harmless(at("input/fsetxattr", kIn, 26, SYS(fsetxattr),
                                      {kNone, text("user.immure.none"), kBuf, kZero, num(2)},
                                      {"an attribute through a descriptor, without a write", "xattr(7)"}))),
    at("output/lgetxattr", kOut, 29, SYS(lgetxattr), {text("/out/.immure-secret"), text(""), kBuf, num(16)},
       {"attributes of a link"}, kNoAttributes),
    at("output/fgetxattr", kOut, 29, SYS(fgetxattr), {kNone, text(""), kBuf, num(16)},
       {"attributes through a descriptor"}, kNoAttributes),
    at("output/getxattrat", kOut, 29, "getxattrat", sys::nr::kGetxattrat, {kNone, text(""), kZero, kNil, kNil, kZero},
       {"attributes in the newest form"}),
    with(denied("output/fanotify", kOut, 29, SYS(fanotify_init), {num(0x201), kZero}, kOpens),
         {"reports accesses to files, without privilege", "fanotify(7)", "5.13"}),
    {.id = "output/set-gid-directory",
     .boundary = kOut,
     .test = 29,
     .tries = "a directory whose files get its group",
     .syscall = "mkdirat",
     .nr = kByName,
     .args = {num(AT_FDCWD), text("/out/.immure-g"), num(02755)},
     .cell = {EPERM, EACCES},
     .source = "inode(7)",
     .run = make_and_remove},

    // Code: exec and memory.
    at("exec/execveat-path", kExecution, 33, SYS(execveat), {num(AT_FDCWD), num(1), num(1), num(1), kZero},
       {"execveat by path, without AT_EMPTY_PATH"}),
    at("exec/execveat-check", kExecution, 33, SYS(execveat), {kNone, text(""), num(1), num(1), num(0x11000)},
       {"AT_EXECVE_CHECK: may it be executed?", "execveat(2)", "6.14"}),
    at("exec/attach-shared-memory", kExecution, 33, SYS(shmat), {kNone, kNil, num(0100000)},
       {"SHM_EXEC: executable memory past mmap and mprotect"}),
    at("exec/protection-key", kExecution, 33, SYS(pkey_alloc), {kNone, kZero},
       {"a protection key: pages writable and executable in turn", "pkeys(7)"}),
    // The call changes nothing that is mapped already.
    at("exec/no-randomisation", kExecution, 33, SYS(personality), {num(0x0040000)},
       {"ADDR_NO_RANDOMIZE: addresses known beforehand"}),

    // Other processes.
    at("process/trace-attach", kProc, 34, SYS(ptrace), {num(16), kNone, kZero, kZero}, {"PTRACE_ATTACH"}),
    at("process/trace-seize", kProc, 34, SYS(ptrace), {num(0x4206), kNone, kZero, kZero},
       {"PTRACE_SEIZE, which traces without stopping", "ptrace(2)", "3.4"}),
    harmless(at("process/signal-thread", kProc, 34, SYS(tkill), {kNone, kZero}, {"tkill: a thread of any process"})),
    harmless(at("process/queue-signal", kProc, 34, SYS(rt_sigqueueinfo), {kNone, kZero, kNil},
                {"a signal with a forged sender", "CVE-2011-1182"})),
    harmless(at("process/queue-thread-signal", kProc, 34, SYS(rt_tgsigqueueinfo), {kNone, kNone, kZero, kNil},
                {"a signal to a thread with a forged sender", "CVE-2011-1182"})),
    harmless(at("process/scheduler", kProc, 34, SYS(sched_setscheduler), {kNone, kZero, kNil}, {"a real-time policy"})),
    harmless(at("process/affinity", kProc, 34, SYS(sched_setaffinity), {kNone, kZero, kNil},
                {"where another task runs, and beside which other tasks"})),
    harmless(at("process/group", kProc, 34, SYS(setpgid), {kNone, kNone},
                {"another process group, which the terminal signals"})),

    // Identity.
    harmless(at("privilege/setreuid", kPriv, 35, SYS(setreuid), {kNone, kNone}, {"user ids, in pairs"})),
    harmless(at("privilege/setresgid", kPriv, 35, SYS(setresgid), {kNone, kNone, kNone}, {"group ids, all three"})),
    harmless(at("privilege/setfsuid", kPriv, 35, SYS(setfsuid), {kNone},
                {"the user id that files see; never fails, so its answer is easily missed"})),
    uncontrolled("setgroups(2) is off in a user namespace that an ordinary user made",
                 harmless(at("privilege/setgroups", kPriv, 35, SYS(setgroups), {kZero, kNil},
                             {"groups dropped, which can open what a group was denied", "CVE-2018-7169"}))),
    at("privilege/lsm-get-self", kPriv, 35, "lsm_get_self_attr", sys::nr::kLsmGetSelfAttr, {kZero, kNil, kNil, kZero},
       {"the task's own security labels"}),

    // The kernel's newest and most powerful calls.
    call("kernel/futex-wake", "futex_wake", sys::nr::kFutexWake, {kNil, kZero, kZero, kNone}, {"futex2, one of four"}),
    call("kernel/futex-wait", "futex_wait", sys::nr::kFutexWait, {kNil, kZero, kZero, kNone, kNil, kZero},
         {"futex2, one of four"}),
    call("kernel/futex-requeue", "futex_requeue", sys::nr::kFutexRequeue, {kNil, kNone, kZero, kZero},
         {"futex2, one of four"}),
    harmless(call("kernel/removexattrat", "removexattrat", sys::nr::kRemovexattrat, {kNone, text(""), kZero, text("")},
                  {"attributes removed, in the newest form"})),
    harmless(
        call("kernel/bind-memory", SYS(mbind), {kZero, kZero, num(99), kNil, kZero, kZero}, {"where memory lies"})),
    call("kernel/io-submit", SYS(io_submit), {kZero, kNone, kNil}, {"asynchronous I/O that the filter cannot see"}),
    harmless(call("kernel/epoll-pwait2", SYS(epoll_pwait2), {kNone, kNil, kZero, kNil, kNil, kZero},
                  {"epoll in its newest form"})),
    harmless(call("kernel/interval-timer", SYS(setitimer), {num(99), kNil, kNil},
                  {"signals from a timer, which outlives an exec"})),
    call("kernel/semaphore-operation", SYS(semop), {kNone, kNil, kZero},
         {"existing System V semaphores", "sysvipc(7)"}),
    call("kernel/message-send", SYS(msgsnd), {kNone, kBuf, kZero, kZero},
         {"System V messages: objects of a chosen size in the kernel", "CVE-2021-22555"}),
    call("kernel/queue-notify", SYS(mq_notify), {kNone, kNil}, {"a POSIX message queue's signal", "CVE-2017-11176"}),
    privileged("kernel/init-module", SYS(init_module), {kNil, kZero, kNil}, {"a kernel module from memory"}),
    privileged("kernel/finit-module", SYS(finit_module), {kNone, kNil, kNone}, {"a kernel module from a file"}),
    privileged("kernel/kexec-load", SYS(kexec_load), {kZero, kZero, kNil, kNone}, {"boots another kernel"}),
    privileged("kernel/accounting", SYS(acct), {num(1)}, {"process accounting, written by the kernel"}),
    uncontrolled("kernel.dmesg_restrict decides whether the kernel answers it",
                 call("kernel/log", SYS(syslog), {num(10), kNil, kZero}, {"the kernel's log, and addresses in it"})),
    privileged("kernel/kexec-file-load", SYS(kexec_file_load), {kNone, kNone, kZero, kNil, kNone},
               {"boots another kernel, from a file"}),
    x86_only(call("kernel/io-privilege", SYS(iopl), {num(99)}, {"all I/O ports"})),
    x86_only(call("kernel/processor-faults", SYS(arch_prctl), {num(0x1012), num(1)},
                  {"ARCH_SET_CPUID: whether CPUID faults", "arch_prctl(2)", "4.12"})),
    x86_only(
        call("kernel/processor-state", SYS(arch_prctl), {num(0x1023), num(63)},
             {"ARCH_REQ_XCOMP_PERM: larger state for each signal", "The kernel's x86 xstate documentation", "5.16"})),
    x86_only(call("kernel/shadow-stack-off", SYS(arch_prctl), {num(0x5002), kNone},
                  {"ARCH_SHSTK_DISABLE: no shadow stack any more", "The kernel's shadow stack documentation", "6.6"})),
    harmless(older("input/old-chmod", SYS(chmod), {text(kNowhere), kZero})),
    harmless(older("input/old-utime", SYS(utime), {text(kNowhere), kNil})),
    // The directory does not exist, so the calls leave nothing behind if the filter lets them through.
    harmless(older("input/old-symlink", SYS(symlink), {text("x"), text("/in/.immure-none/x")})),
    older("input/old-link", SYS(link), {text(kNowhere), text("/in/.immure-none/x")}),
    older("input/old-mknod", SYS(mknod), {text("/in/.immure-none/x"), num(S_IFIFO), kZero}),
    behind({EROFS}, older("input/old-rmdir", SYS(rmdir), {text(kNowhere)})),
    x86_only(
        with(younger("abi/x32-ptrace-without-bit", Boundary::kAbi, 34, "nr521", 521, {num(16), kNone, kZero, kZero}),
             {"ptrace by its x32 number without the x32 bit", "syscall(2)"})),
    x86_only(with(
        younger("abi/x32-receive-without-bit", Boundary::kAbi, 25, "nr537", 537, {kNone, kNil, kZero, kZero, kNil}),
        {"recvmmsg by its x32 number without the x32 bit", "CVE-2014-0038"})),
    // The kernel uses 32 bits of the number, so the kernel takes this call for socket(2).
    with(
        denied("abi/high-bits-in-number", Boundary::kAbi, 25, "socket", kByNameWithHighBit, {num(9999), num(1), kZero}),
        {"socket(2) with a bit above the 32 that count", "seccomp(2)"}),
    x86_only(
        uncontrolled("the kernel lets it pass every filter, since its own probes need it, and refuses it by itself",
                     with(denied("abi/uprobe", Boundary::kAbi, 36, "uprobe", 336, {}, kPastFilter, {EPERM, ENXIO}),
                          {"uprobe outside of a trampoline", "seccomp(2)", "6.18"}))),
    came_with(4, aarch64_only(with(younger("abi/arm-private-call", Boundary::kAbi, 36, "nr983045", 0xf0005, {kZero}),
                                   {"set_tls, of the numbers that 32-bit ARM keeps for itself", "syscall(2)"}))),
};

}  // namespace immure::probe::surface
