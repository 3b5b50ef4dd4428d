#include "attest/doctor/native_facts.hpp"

#include <cctype>
#include <cerrno>

#include "judge/text.hpp"

namespace immure::attest {
namespace {

using judge::errno_text;

Requirement landlock(const NativeFacts& facts) {
  Requirement result{
      .name = "landlock", .needs = "Landlock, which keeps /out write-only (Linux 5.13)", .found = {}, .remedy = {}};
  if (facts.landlock_abi) {
    result.found = "ABI " + std::to_string(*facts.landlock_abi);
    return result;
  }
  result.presence = Presence::kMissing;
  result.found = errno_text(facts.landlock_abi.error().value);
  switch (facts.landlock_abi.error().value) {
    case EOPNOTSUPP:
      result.remedy = "put landlock into the boot parameter lsm= (its present value: cat /sys/kernel/security/lsm)";
      break;
    case EPERM: result.remedy = kFiltered; break;
    default: result.remedy = "a kernel of at least 5.13 with CONFIG_SECURITY_LANDLOCK";
  }
  return result;
}

/// Judges the answer to a system call.
Requirement call(std::string name, std::string needs, Presence without, long answer, std::string remedy) {
  Requirement result{.name = std::move(name), .needs = std::move(needs), .found = "there", .remedy = {}};
  if (answer != -ENOSYS && answer != -EPERM) return result;
  result.presence = without;
  result.found = errno_text(static_cast<int>(-answer));
  result.remedy = answer == -EPERM ? std::string(kFiltered) : std::move(remedy);
  return result;
}

Requirement seccomp(const NativeFacts& facts) {
  Requirement result = call("seccomp", "seccomp filters that kill a process (Linux 4.14)", Presence::kMissing,
                            facts.seccomp, "a kernel with CONFIG_SECCOMP_FILTER");
  if (facts.seccomp != -EOPNOTSUPP) return result;
  result.presence = Presence::kMissing;
  result.found = errno_text(EOPNOTSUPP);
  result.remedy = "a kernel of at least 4.14";
  return result;
}

Requirement ptrace(const NativeFacts& facts) {
  Requirement result = call("ptrace", "ptrace of an own child, for the second look before the first instruction",
                            Presence::kMissing, facts.ptrace, "a kernel with ptrace");
  if (result.presence != Presence::kThere) return result;
  const auto scope = facts.setting("kernel/yama/ptrace_scope");
  result.basis = Basis::kFacts;
  result.found = scope ? "kernel.yama.ptrace_scope = " + *scope : "no Yama";
  if (scope != "3") return result;
  result.presence = Presence::kMissing;
  result.remedy = "boot with kernel.yama.ptrace_scope=2 in /etc/sysctl.d: a scope of 3 holds until the next boot";
  return result;
}

Requirement proc(const NativeFacts& facts) {
  Requirement result{
      .name = "proc", .needs = "/proc of this pid namespace, for the outside witness", .found = {}, .remedy = {}};
  result.basis = Basis::kFacts;
  const std::string& self = facts.proc_self;
  result.found = std::isdigit(static_cast<unsigned char>(self.front())) != 0 ? "/proc/self is " + self : self;
  if (self == std::to_string(facts.pid)) return result;
  result.presence = Presence::kMissing;
  result.remedy = "mount -t proc proc /proc";
  return result;
}

// Only a trial can tell what a profile allows. If a trial fails, this profile may be the reason.
Requirement confinement(const NativeFacts& facts) {
  return {.name = "confinement",
          .needs = "no AppArmor profile on immure itself, or one that allows a cell (docs/venues.md)",
          .found = facts.profile.value_or("none"),
          .remedy = {},
          .basis = Basis::kFacts};
}

/// Tells whether a seccomp filter is attached to immure itself.
Requirement filter(const NativeFacts& facts) {
  return {.name = "filter",
          .needs = "no seccomp filter on immure itself, or one that allows a cell (`immure export seccomp`)",
          .found = facts.filtered ? "a container or sandbox around immure has attached a filter" : "none",
          .remedy = {},
          .basis = Basis::kFacts};
}

Requirement control_group(const NativeFacts& facts) {
  Requirement result{.name = "control-group",
                     .needs = "a control group for each cell, which limits its memory and processes as a whole",
                     .found = {},
                     .remedy = {}};
  if (facts.group_version) {
    result.found = "a trial succeeded, by " + *facts.group_version;
    return result;
  }
  result.presence = Presence::kDegraded;
  result.found = "none can be made: each process has a limit, and the supervisor adds up the memory of all processes";
  result.remedy = facts.root
                      ? "mount the memory and pids controllers, and with cgroup v2 list both in cgroup.subtree_control"
                      : "with cgroup v2 and systemd: systemd-run --user --scope -p Delegate=yes immure run ...";
  return result;
}

Requirement memory_deny_write_execute(const NativeFacts& facts) {
  Requirement result{.name = "mdwe",
                     .needs = "PR_SET_MDWE: writable memory never becomes code (Linux 6.3)",
                     .found = "there",
                     .remedy = {}};
  if (facts.mdwe >= 0) return result;
  result.presence = Presence::kDegraded;
  result.found = errno_text(static_cast<int>(-facts.mdwe)) + ": then only the cell's filter denies writable code";
  result.remedy = facts.mdwe == -EPERM ? std::string(kFiltered) : "a kernel of at least 6.3";
  return result;
}

}  // namespace

Requirement namespaces_requirement(const NativeFacts& facts) {
  Requirement result{.name = "namespaces",
                     .needs = "new user, mount, pid, network, IPC, UTS and cgroup namespaces (Linux 5.3, clone3)",
                     .found = "a trial succeeded",
                     .remedy = {}};
  if (facts.namespaces_errno == 0) return result;
  result.presence = Presence::kMissing;
  result.found = errno_text(facts.namespaces_errno);
  result.remedy = namespace_remedy(facts.namespaces_errno, facts.filtered, facts.setting);
  return result;
}

std::vector<Requirement> native_requirements(const NativeFacts& facts) {
  const std::string kernel =
      facts.kernel_release ? "; this kernel is " + *facts.kernel_release : "; this kernel does not say what it is";
  return {
      namespaces_requirement(facts),
      landlock(facts),
      seccomp(facts),
      call("mount-setattr", "mounts made read-only with all below them (Linux 5.12)", Presence::kMissing,
           facts.mount_setattr, "a kernel of at least 5.12" + kernel),
      call("openat2", "paths resolved beneath a directory (Linux 5.6)", Presence::kMissing, facts.openat2,
           "a kernel of at least 5.6" + kernel),
      call("pidfd", "processes held by descriptor (Linux 5.3)", Presence::kMissing, facts.pidfd_open,
           "a kernel of at least 5.3" + kernel),
      ptrace(facts),
      proc(facts),
      confinement(facts),
      filter(facts),
      control_group(facts),
      memory_deny_write_execute(facts),
      call("statmount", "the mount table by statmount (Linux 6.8)", Presence::kDegraded, facts.statmount,
           "a kernel of at least 6.8; mountinfo is read instead"),
  };
}

}  // namespace immure::attest
