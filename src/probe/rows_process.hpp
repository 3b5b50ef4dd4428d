/// Rows of the catalogue (probe/catalogue.hpp): environment, exec, processes, privilege and limits.
#pragma once

#include "probe/rows.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>

#include "sys/kernel.hpp"
#include "sys/numbers.hpp"

namespace immure::probe::process {

inline constexpr Boundary kExecution = Boundary::kExec, kProc = Boundary::kProcess, kPriv = Boundary::kPrivilege,
                          kEnv = Boundary::kEnvironment, kRes = Boundary::kResources;

constexpr Row own(std::string_view id, Boundary boundary, SandboxTest test, std::string_view syscall,
                  std::string_view tries, Answers cell, Answers walls, Run run, Flags flags = kPlain) {
  return {.id = id,
          .boundary = boundary,
          .test = test,
          .tries = tries,
          .syscall = syscall,
          .cell = cell,
          .walls = walls,
          .flags = flags,
          .run = run};
}

constexpr Row option(std::string_view id, int prctl_option, std::int64_t argument) {
  return denied(id, kPriv, 35, SYS(prctl), {num(prctl_option), num(argument), num(0), num(0), num(0)});
}

// Anonymous executable memory. A program that brings its own loader can execute code from such memory without exec. The
// `jit` profile allows this memory.
constexpr Row writable_code(std::string_view id, std::string_view syscall, long nr, std::string_view tries, Run run) {
  return {.id = id,
          .boundary = kExecution,
          .test = 33,
          .tries = tries,
          .syscall = syscall,
          .nr = nr,
          .cell = {EPERM, EACCES},
          .flags = kEarly | kHarmless,
          .unless = "unsafe_writable_code",
          .run = run};
}

inline constexpr Row kRows[] = {
    // Test 32: nothing of the launcher's environment is in the cell.
    own("environment/session-keyring", kEnv, 32, "keyctl", "the launcher's session keyring", kDenied,
        {Answers::kOk, ENOSYS}, keyring_is_fresh),
    denied("environment/request-key", kEnv, 32, SYS(request_key), {text(""), kNil, kNil, num(0)}),
    denied("environment/add-key", kEnv, 32, SYS(add_key), {text(""), kNil, kNil, num(0), num(0)}),
    // The static profile denies the call as well.
    came_with(3, uncontrolled(kSucceeds, own("environment/host-name", kEnv, 32, "uname", "the host's name",
                                             {Answers::kOk, EPERM}, {Answers::kOk}, host_name_is_own))),
    // Test 33: no program can be executed. Address 1 is never mapped, so the call executes nothing even if the filter
    // lets it through.
    given({.gifts = kHelpers, .answers = {EFAULT}},
          denied("exec/execve", kExecution, 33, SYS(execve), {num(1), num(1), num(1)})),
    denied("exec/execveat", kExecution, 33, SYS(execveat), {num(-1), text(""), num(1), num(1), num(0x1000)}),
    {.id = "exec/payload-descriptor",
     .boundary = kExecution,
     .test = 33,
     .tries = "the payload's own descriptor without the run's cookie",
     .syscall = "execveat",
     .args = {kNil, text("")},
     .cell = kDenied,
     .run = exec_by_number},
    {.id = "exec/descriptor-with-path",
     .boundary = kExecution,
     .test = 33,
     .tries = "the payload's descriptor and an absolute path, which makes the kernel ignore the descriptor",
     .syscall = "execveat",
     .args = {kNil, text("/in/.")},
     .cell = kDenied,
     .run = exec_by_number},
    denied("exec/memfd", kExecution, 33, SYS(memfd_create), {text("m"), num(1)}, kOpens),
    denied("exec/memfd-exec", kExecution, 33, SYS(memfd_create), {text("m"), num(0x11)}, kOpens),
    x86_only(denied("exec/uselib", kExecution, 33, SYS(uselib), {kNil})),
    denied("exec/personality", kExecution, 33, SYS(personality), {num(0xffffffff)}),
    // The size is zero: if the filter lets the call through, the kernel answers EINVAL and makes no segment.
    denied("exec/shmget", kExecution, 33, SYS(shmget), {num(0), num(0), num(0)}),
    writable_code("exec/map-anonymous-rwx", SYS(mmap), "readable, writable and executable memory", map_anonymous_rwx),
    writable_code("exec/protect-executable", SYS(mprotect), "writable memory made executable", protect_executable),
    writable_code("exec/pkey-protect-executable", SYS(pkey_mprotect),
                  "writable memory made executable with a protection key", protect_executable),
    // Test 34: no other process can be seen or reached.
    uncontrolled("the control is in a pid namespace of its own too, where the id names nothing",
                 own("process/signal-host", kProc, 34, "kill", "signal 0 to the supervisor's process id",
                     {EPERM, ESRCH}, {ESRCH}, signal_host_process)),
    came_with(3, harmless(behind({Answers::kOk},
                                 own("process/session", kProc, 34, "getsid", "the launcher's session and process group",
                                     kDenied, {Answers::kOk}, session_is_own)))),
    denied("process/ptrace", kProc, 34, SYS(ptrace), {num(0xdead), num(0), num(0), num(0)}),
    denied("process/vm-readv", kProc, 34, SYS(process_vm_readv), {num(1), kNil, num(0), kNil, num(0), num(1)}),
    denied("process/vm-writev", kProc, 34, SYS(process_vm_writev), {num(1), kNil, num(0), kNil, num(0), num(1)}),
    denied("process/pidfd-open", kProc, 34, SYS(pidfd_open), {num(1), num(0)}, kOpens),
    denied("process/pidfd-getfd", kProc, 34, SYS(pidfd_getfd), {num(-1), num(0), num(0)}),
    denied("process/pidfd-send-signal", kProc, 34, SYS(pidfd_send_signal), {num(-1), num(0), kNil, num(0)}),
    denied("process/process-madvise", kProc, 34, SYS(process_madvise), {num(-1), kNil, num(0), num(0), num(0)}),
    denied("process/process-mrelease", kProc, 34, SYS(process_mrelease), {num(-1), num(0)}),
    denied("process/kcmp", kProc, 34, SYS(kcmp), {num(-1), num(-1), num(99), num(0), num(0)}),
    denied("process/setns", kProc, 34, SYS(setns), {num(-1), num(0)}),
    denied("process/unshare-invalid", kProc, 34, SYS(unshare), {num(1)}),
    denied("process/migrate-pages", kProc, 34, SYS(migrate_pages), {num(-1), num(0), kNil, kNil}),
    denied("process/move-pages", kProc, 34, SYS(move_pages), {num(0), num(0), kNil, kNil, kNil, num(-1)}),
    harmless(denied("process/setpriority", kProc, 34, SYS(setpriority), {num(99), num(0), num(0)})),
    harmless(denied("process/sched-setattr", kProc, 34, SYS(sched_setattr), {num(0), kNil, num(0)})),
    denied("process/clone3", kProc, 34, SYS(clone3), {kNil, num(0)}, kPlain, {ENOSYS}),
    // Test 35: the payload has no privilege and cannot gain any.
    harmless(
        behind({Answers::kOk}, own("privilege/capabilities", kPriv, 35, "capget", "all five capability sets are empty",
                                   kDenied, {Answers::kOk}, capabilities_empty, kHarmless))),
    own("privilege/securebits", kPriv, 35, "prctl", "securebits are locked", kDenied, {Answers::kOk}, securebits_locked,
        kHarmless),
    // Each flag comes with a second flag that contradicts it, so that the kernel's own answer is EINVAL and no process
    // is made.
    denied("privilege/clone-user", kPriv, 35, SYS(clone), {num(CLONE_NEWUSER | CLONE_FS), kNil, kNil, kNil, num(0)}),
    denied("privilege/clone-parent", kPriv, 35, SYS(clone),
           {num(CLONE_PARENT | CLONE_THREAD), kNil, kNil, kNil, num(0)}),
    harmless(denied("privilege/setuid", kPriv, 35, SYS(setuid), {num(0)})),
    harmless(denied("privilege/setgid", kPriv, 35, SYS(setgid), {num(0)})),
    harmless(denied("privilege/setresuid", kPriv, 35, SYS(setresuid), {num(0), num(0), num(0)})),
    harmless(denied("privilege/capset", kPriv, 35, SYS(capset), {kBuf, kNil})),
    option("privilege/bounding-set", PR_CAPBSET_READ, 21),
    option("privilege/keep-caps", PR_SET_KEEPCAPS, 0),
    option("privilege/dumpable", PR_GET_DUMPABLE, 0),
    option("privilege/subreaper", PR_SET_CHILD_SUBREAPER, 0),
    option("privilege/timer-slack", PR_GET_TIMERSLACK, 0),
    denied("privilege/seccomp-actions", kPriv, 35, SYS(seccomp), {num(2), num(0), kBuf}),
    denied("privilege/seccomp-listener", kPriv, 35, SYS(seccomp), {num(1), num(8), kNil}),
    denied("privilege/keyctl", kPriv, 35, SYS(keyctl), {num(99999), num(0), num(0), num(0), num(0)}),
    denied("privilege/lsm-set-self", kPriv, 35, "lsm_set_self_attr", sys::nr::kLsmSetSelfAttr,
           {num(0), kNil, num(0), num(0)}),
    denied("privilege/lsm-list", kPriv, 35, "lsm_list_modules", sys::nr::kLsmListModules, {kNil, kNil, num(1)}),
    // Test 37: the limits hold when a program exceeds them.
    own("resources/inherited-descriptors", kRes, 37, "fcntl", "no descriptor but 0, 1 and 2", {Answers::kOk}, {},
        no_descriptor_inherited, kHarmless),
    own("resources/descriptor-limit", kRes, 37, "fcntl", "a descriptor at the limit", {EINVAL}, {EINVAL},
        descriptor_at_limit),
    // This row runs early, because memory that the control maps counts against the limit of every task that shares the
    // memory.
    own("resources/memory-limit", kRes, 37, "mmap", "memory beyond the limit", {ENOMEM}, {ENOMEM}, map_beyond_limit,
        kEarly),
    {.id = "resources/output-quota",
     .boundary = kRes,
     .test = 37,
     .tries = "a file beyond the output limit",
     .syscall = "pwrite64",
     .args = {num(-100), text("/out/.immure-q"), num(0101), num(0600)},
     .cell = {EFBIG},
     .walls = {EFBIG},
     .run = write_beyond_quota},
    harmless(denied("resources/prlimit-raise", kRes, 37, SYS(prlimit64), {num(0), num(7), num(1), kNil})),
    denied("resources/prlimit-other", kRes, 37, SYS(prlimit64), {num(1), num(99), kNil, kBuf}),
    denied("resources/pipe-size", kRes, 37, SYS(fcntl), {num(-1), num(1031), num(1 << 24)}),
    denied("resources/set-owner", kRes, 37, SYS(fcntl), {num(-1), num(8), num(1)}),
    denied("resources/lease", kRes, 37, SYS(fcntl), {num(-1), num(1024), num(0)}),
    denied("resources/notify", kRes, 37, SYS(fcntl), {num(-1), num(1026), num(0)}),
    denied("resources/set-flags", kRes, 37, SYS(fcntl), {num(-1), num(F_SETFL), num(O_ASYNC)}),
    // These rows come last: if one of their calls succeeds, the change would affect the answers of later rows.
    uncontrolled("a process at each stage would cost more than it shows",
                 own("resources/process-limit", kRes, 37, "clone", "one process more than the limit", {EPERM, EAGAIN},
                     {EAGAIN}, process_at_limit, kCostly)),
    uncontrolled("the kernel forbids it to a process in a chroot, as the control is; the walls alone are the control",
                 denied("privilege/unshare-user", kPriv, 35, SYS(unshare), {num(CLONE_NEWUSER)}, kPlain, kDenied,
                        {Answers::kOk, ENOSPC, EUSERS})),
};

}  // namespace immure::probe::process
