/// Rows of the catalogue (probe/catalogue.hpp): calls that do many things, chosen by a request or by flags: ioctl,
/// fcntl, prctl, keyctl, clone. The rows use no open descriptor, or an argument that the kernel refuses, so that only
/// the filter can answer EPERM.
#pragma once

#include "probe/rows.hpp"

#include <fcntl.h>
#include <sched.h>

#include "sys/kernel.hpp"

namespace immure::probe::requests {

// The filter compares the low 32 bits of the request. The row uses a descriptor that no file has.
constexpr Row control(std::string_view id, Boundary boundary, SandboxTest test, std::int64_t request, Words words) {
  return with(denied(id, boundary, test, SYS(ioctl), {num(-1), num(request), kBuf}), words);
}
constexpr Row file(std::string_view id, std::int64_t request, Words words) {
  return control(id, Boundary::kInput, 26, request, words);
}
constexpr Row device(std::string_view id, std::int64_t request, Words words) {
  return control(id, Boundary::kKernel, 36, request, words);
}
constexpr Row descriptor(std::string_view id, Boundary boundary, SandboxTest test, int command, Words words) {
  return with(denied(id, boundary, test, SYS(fcntl), {num(-1), num(command), kBuf}), words);
}
// The row chooses `second` and `third` so that the kernel answers EINVAL.
constexpr Row option(std::string_view id, int number, std::int64_t second, std::int64_t third, Words words) {
  return with(denied(id, Boundary::kPrivilege, 35, SYS(prctl), {num(number), num(second), num(third), num(0), num(0)}),
              words);
}
constexpr Row key(std::string_view id, std::array<Arg, 6> args, Words words) {
  return with(denied(id, Boundary::kEnvironment, 32, SYS(keyctl), args), words);
}
// The flags have CLONE_THREAD without CLONE_SIGHAND, so the kernel's own answer is EINVAL, and no task is made
// (clone(2)).
constexpr Row cloning(std::string_view id, std::int64_t flag, Words words) {
  return with(denied(id, Boundary::kPrivilege, 35, SYS(clone), {num(flag | CLONE_THREAD), kNil, kNil, kNil, num(0)}),
              words);
}

// A futex call without FUTEX_PRIVATE_FLAG. A futex in a page of a file is the same futex for every process that maps
// the file, even read-only: for other cells with the same image, and for the host (futex(2)). The probes use an address
// that the kernel refuses, or an address where no process waits.
constexpr Row shared_futex(std::string_view id, int operation, Arg address, Words words, Answers cell = kDenied) {
  return came_with(5, with(denied(id, Boundary::kProcess, 34, SYS(futex),
                                  {address, num(operation), num(0), kNil, address, num(0)}, kPlain, cell),
                           words));
}
inline constexpr Arg kUnaligned = num(1);
// The probes give advice about zero bytes of memory. A kernel that knows the advice answers 0.
constexpr Row advice(std::string_view id, int number, Words words) {
  return came_with(5, with(denied(id, Boundary::kProcess, 34, SYS(madvise), {kNil, num(0), num(number)}), words));
}

inline constexpr Row kRows[] = {
    // Attributes of files, besides their mode bits and contents.
    file("input/set-flags", 0x40086602, {"FS_IOC_SETFLAGS: immutable and append-only files", "ioctl_iflags(2)"}),
    file("input/freeze", 0xc0045877, {"FIFREEZE: freezes the file system", "ioctl_fs(2)"}),
    file("input/verity", 0x40806685,
         {"FS_IOC_ENABLE_VERITY: a file sealed for good", "The kernel's fs-verity documentation", "5.4"}),
    file("input/deduplicate", 0xc0189436,
         {"FIDEDUPERANGE: guesses at contents by comparing", "ioctl_fideduperange(2)", "4.5"}),
    control("output/clone-range", Boundary::kOutput, 29, 0x40049409,
            {"FICLONE: a copy without reading", "ioctl_ficlone(2)", "4.5"}),
    control("output/extent-map", Boundary::kOutput, 29, 0xc020660b,
            {"FS_IOC_FIEMAP: where data lie, and what is shared", "ioctl_fs(2)"}),
    feigned({Answers::kOk}, descriptor("input/record-lock", Boundary::kInput, 26, F_SETLK,
                                       {"a record lock, visible to every process that has the file open", "fcntl(2)"})),
    feigned({Answers::kOk},
            descriptor("input/open-file-lock", Boundary::kInput, 26, 37,
                       {"F_OFD_SETLK: a lock that belongs to an open file description", "fcntl(2)", "3.15"})),
    descriptor("resources/set-signal", Boundary::kResources, 37, 10,
               {"F_SETSIG: sends a chosen signal to the owner of the file", "fcntl(2)"}),

    // Devices and terminals.
    device("kernel/line-discipline", 0x5423, {"TIOCSETD: loads a line discipline's module", "CVE-2017-2636"}),
    device("kernel/foreground-group", 0x5410, {"TIOCSPGRP: who gets the terminal's signals", "ioctl_tty(2)"}),
    device("kernel/terminal-peer", 0x5441,
           {"TIOCGPTPEER: opens a terminal that has no name here", "ioctl_tty(2)", "4.13"}),
    device("kernel/terminal-settings", 0x5402, {"TCSETS: the caller's terminal left without echo", "ioctl_tty(2)"}),
    device("kernel/asynchronous-io", 0x5452, {"FIOASYNC: O_ASYNC past fcntl", "ioctl(2)"}),
    device("kernel/namespace-owner", 0xb701, {"NS_GET_USERNS: from a namespace to its owner", "ioctl_ns(2)", "4.9"}),
    device("kernel/loop-device", 0x4c00, {"LOOP_SET_FD: a file becomes a disk", "loop(4)"}),
    device("kernel/network-tunnel", 0x400454ca,
           {"TUNSETIFF: a network interface", "The kernel's tuntap documentation"}),
    device("kernel/virtual-machine", 0xae01, {"KVM_CREATE_VM", "The kernel's KVM documentation"}),
    device("kernel/binder", 0xc0306201, {"BINDER_WRITE_READ", "CVE-2019-2215"}),

    // The filter allows prctl only to set names and to read values.
    option("privilege/dumpable-set", 4, 99, 0,
           {"PR_SET_DUMPABLE: can be traced and dumps core again", "PR_SET_DUMPABLE(2const)"}),
    option("privilege/ptracer", 0x59616d61, 0, 0,
           {"PR_SET_PTRACER: who may trace this task", "PR_SET_PTRACER(2const)", "3.4"}),
    option("privilege/seccomp-by-prctl", 22, 99, 0,
           {"PR_SET_SECCOMP, older than seccomp(2)", "PR_SET_SECCOMP(2const)"}),
    option("privilege/bounding-set-drop", 24, 99, 0, {"PR_CAPBSET_DROP", "PR_CAPBSET_DROP(2const)"}),
    option("privilege/ambient-set", 47, 99, 0,
           {"PR_CAP_AMBIENT: capabilities that survive an exec", "PR_CAP_AMBIENT(2const)", "4.3"}),
    with(
        denied("privilege/memory-map", Boundary::kPrivilege, 35, SYS(prctl), {num(35), num(0), num(0), num(0), num(1)}),
        {"PR_SET_MM: changes the command line that others see", "PR_SET_MM(2const)", "3.3"}),
    option("privilege/parent-death-signal", 1, 99, 0,
           {"PR_SET_PDEATHSIG: outlive the supervisor", "PR_SET_PDEATHSIG(2const)"}),
    option("privilege/speculation", 53, 99, 0,
           {"PR_SET_SPECULATION_CTRL: mitigations switched off", "PR_SET_SPECULATION_CTRL(2const)", "4.17"}),
    option("privilege/user-dispatch", 59, 99, 0,
           {"PR_SET_SYSCALL_USER_DISPATCH: calls answered by the program itself",
            "PR_SET_SYSCALL_USER_DISPATCH(2const)", "5.11"}),
    option("privilege/core-scheduling", 62, 99, 0,
           {"PR_SCHED_CORE: shares a core with a chosen task", "The kernel's core scheduling documentation", "5.14"}),
    option("privilege/deny-write-execute", PR_SET_MDWE, -1, 0, {"PR_SET_MDWE", "PR_SET_MDWE(2const)", "6.3"}),
    option("privilege/memory-merge", 67, 0, 1,
           {"PR_SET_MEMORY_MERGE: equal pages shared with others, and timed", "prctl(2)", "6.4"}),

    // aarch64 sets these things by prctl, where x86-64 has arch_prctl. The kernel also answers EINVAL if the processor
    // lacks the feature.
    came_with(4,
              aarch64_only(option("privilege/vector-length", 50, 0, 0,
                                  {"PR_SVE_SET_VL: larger state for each signal", "PR_SVE_SET_VL(2const)", "4.15"}))),
    came_with(4, aarch64_only(option("privilege/pointer-keys", 54, -1, 1,
                                     {"PR_PAC_RESET_KEYS: other keys than those that pointers are signed with",
                                      "PR_PAC_RESET_KEYS(2const)", "5.0"}))),
    came_with(4, aarch64_only(option("privilege/pointer-keys-off", 60, -1, 0,
                                     {"PR_PAC_SET_ENABLED_KEYS: no signed pointers any more",
                                      "The kernel's pointer authentication documentation", "5.13"}))),
    came_with(4, aarch64_only(option("privilege/memory-tags-off", 55, 0, 1,
                                     {"PR_SET_TAGGED_ADDR_CTRL: memory tags no longer checked",
                                      "PR_SET_TAGGED_ADDR_CTRL(2const)", "5.4"}))),

    // Each namespace has its own row: a filter that denies only CLONE_NEWUSER lets all other namespaces through.
    cloning("privilege/clone-mount", CLONE_NEWNS, {"a mount namespace", "mount_namespaces(7)"}),
    cloning("privilege/clone-network", CLONE_NEWNET, {"a network namespace", "CVE-2024-1086, network_namespaces(7)"}),
    cloning("privilege/clone-pid", CLONE_NEWPID, {"a pid namespace", "pid_namespaces(7)"}),
    cloning("privilege/clone-ipc", CLONE_NEWIPC, {"an IPC namespace", "ipc_namespaces(7)"}),
    cloning("privilege/clone-uts", CLONE_NEWUTS, {"a UTS namespace, with its own host name", "uts_namespaces(7)"}),
    cloning("privilege/clone-cgroup", CLONE_NEWCGROUP, {"a control group namespace", "cgroup_namespaces(7)", "4.6"}),
    cloning("privilege/clone-traced", CLONE_PTRACE, {"CLONE_PTRACE: a child that our tracer traces", "clone(2)"}),

    // Keyrings, which no namespace separates.
    key("environment/keyring-read", {num(11), num(-3), kNil, num(0)},
        {"the session keyring's contents", "KEYCTL_READ(2const)"}),
    key("environment/keyring-join", {num(1), num(1)}, {"another session keyring, by name", "CVE-2016-0728"}),
    key("environment/keyring-persistent", {num(22), num(-1), num(0)},
        {"the user's persistent keyring", "persistent-keyring(7)", "3.13"}),
    key("environment/key-exchange", {num(23), kNil, kNil, num(0), kNil},
        {"Diffie-Hellman in the kernel", "KEYCTL_DH_COMPUTE(2const)", "4.7"}),

    // Futexes that other processes share: a task sends a message when it wakes, counts or moves waiters.
    shared_futex("process/futex-wake", 1, kBuf, {"FUTEX_WAKE: wakes and counts waiters of another cell"}),
    shared_futex("process/futex-wake-bits", 10, kUnaligned, {"FUTEX_WAKE_BITSET", "futex(2)", "2.6.25"}),
    shared_futex("process/futex-requeue", 3, kBuf, {"FUTEX_REQUEUE: takes a process of the host away from its lock"}),
    shared_futex("process/futex-compare-requeue", 4, kBuf,
                 {"FUTEX_CMP_REQUEUE: takes a process of the host away from its lock"}),
    shared_futex("process/futex-wake-operation", 5, kBuf, {"FUTEX_WAKE_OP: wakes the waiters of two futexes"}),
    shared_futex("process/futex-wait", 0, kUnaligned, {"FUTEX_WAIT: waits until another process wakes the waiter"},
                 {EAGAIN}),
    shared_futex("process/futex-lock", 6, kUnaligned,
                 {"FUTEX_LOCK_PI: a lock that lends its owner priority", "CVE-2014-3153", "2.6.18"}),
    shared_futex("process/futex-lock-private", 6 | 128, kUnaligned,
                 {"a private lock that lends its owner priority: kernel state that no program here needs",
                  "CVE-2014-3153", "2.6.22"}),
    shared_futex("process/futex-unlock", 7, kUnaligned, {"FUTEX_UNLOCK_PI", "futex(2)", "2.6.18"}),
    shared_futex("process/futex-try-lock", 8, kUnaligned, {"FUTEX_TRYLOCK_PI", "futex(2)", "2.6.18"}),
    shared_futex("process/futex-wait-requeue", 11, kUnaligned, {"FUTEX_WAIT_REQUEUE_PI", "CVE-2014-3153", "2.6.31"}),
    shared_futex("process/futex-requeue-lock", 12, kUnaligned, {"FUTEX_CMP_REQUEUE_PI", "CVE-2014-3153", "2.6.31"}),
    shared_futex("process/futex-lock-clock", 13, kUnaligned, {"FUTEX_LOCK_PI2", "futex(2)", "5.14"}),

    // Advice about pages that other processes share.
    advice("process/merge-memory", 12,
           {"MADV_MERGEABLE: equal pages are shared with other processes, and the time of a write shows which pages "
            "were equal",
            "CVE-2015-2877", "2.6.32"}),
    advice("process/unmerge-memory", 13, {"MADV_UNMERGEABLE", "madvise(2)", "2.6.32"}),
    advice("process/cool-memory", 20,
           {"MADV_COLD: pages of a shared file are marked for early eviction", "madvise(2)", "5.4"}),
    advice("process/evict-memory", 21,
           {"MADV_PAGEOUT: pages of a shared file leave memory, which others can time", "CVE-2019-5489", "5.4"}),
    advice("process/collapse-memory", 25, {"MADV_COLLAPSE: pages of a shared file become one", "madvise(2)", "6.1"}),
    advice("process/punch-memory", 9, {"MADV_REMOVE: a hole in a mapped file", "madvise(2)", "2.6.16"}),
    uncontrolled(kFirstNamespace, advice("process/poison-memory", 100,
                                         {"MADV_HWPOISON: a page is broken for everybody", "madvise(2)", "2.6.32"})),

    // Every user of the host can read the names of tasks (/proc/PID/comm), and the kernel writes the names into its
    // log.
    came_with(
        5,
        with(denied("process/task-name", Boundary::kProcess, 34, SYS(prctl), {num(15), num(1), num(0), num(0), num(0)}),
             {"PR_SET_NAME: a name that the host's users and the kernel's log see", "PR_SET_NAME(2const)", "2.6.9"})),
};

}  // namespace immure::probe::requests
