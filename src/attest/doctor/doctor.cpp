#include "attest/doctor/doctor.hpp"

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "attest/host/cgroup.hpp"
#include "attest/host/proc_text.hpp"
#include "attest/host/surroundings.hpp"
#include "judge/text.hpp"
#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/landlock.hpp"
#include "sys/namespaces.hpp"
#include "sys/numbers.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

using judge::errno_text;

int end_at_once(void* /*argument*/) { return 0; }

}  // namespace

// The value of a kernel setting; nothing if this kernel does not have the setting.
std::optional<std::string> setting(const std::string& name) {
  const std::string path = "/proc/sys/" + name;
  const auto file = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  if (!file) return std::nullopt;
  std::array<std::byte, 64> bytes{};
  const auto count = sys::read_some(file->get(), bytes);
  if (!count) return std::nullopt;
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), *count);
  return collapsed(take(text, '\n'));
}

std::optional<std::string> confining_profile() {
  const auto file = sys::open_at(AT_FDCWD, "/proc/self/attr/apparmor/current", O_RDONLY);
  if (!file) return std::nullopt;
  std::array<std::byte, 4096> bytes{};
  const auto count = sys::read_some(file->get(), bytes);
  if (!count) return std::nullopt;
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), *count);
  const std::string_view profile = take(text, '\n');
  if (profile == "unconfined") return std::nullopt;
  return std::string(profile);
}

Requirement namespaces_requirement() {
  Requirement result{.name = "namespaces",
                     .needs = "new user, mount, pid, network, IPC, UTS and cgroup namespaces (Linux 5.3, clone3)",
                     .found = {},
                     .remedy = {}};
  constexpr std::size_t kStack = 16 << 10;
  const auto stack = std::make_unique<std::array<std::byte, kStack>>();
  const auto child = sys::clone_into_namespaces(end_at_once, nullptr, *stack, sys::kCellNamespaces, -1);
  if (!child) {
    result.finding = Finding::kMissing;
    result.found = errno_text(child.error().value);
    result.remedy = namespace_remedy(child.error().value);
    return result;
  }
  sys::raw(__NR_wait4, child->pid, nullptr, __WALL, nullptr);
  result.found = "made and left";
  return result;
}

namespace {

Requirement landlock() {
  Requirement result{
      .name = "landlock", .needs = "Landlock, which keeps /out write-only (Linux 5.13)", .found = {}, .remedy = {}};
  const auto abi = sys::landlock_abi();
  if (abi) {
    result.found = "ABI " + std::to_string(*abi);
    return result;
  }
  result.finding = Finding::kMissing;
  result.found = errno_text(abi.error().value);
  switch (abi.error().value) {
    case EOPNOTSUPP:
      result.remedy = "put landlock into the boot parameter lsm= (its present value: cat /sys/kernel/security/lsm)";
      break;
    case EPERM: result.remedy = kFiltered; break;
    default: result.remedy = "a kernel of at least 5.13 with CONFIG_SECURITY_LANDLOCK";
  }
  return result;
}

// Judges a system call that was made with arguments which no kernel accepts. ENOSYS means that the kernel lacks the
// call, or that a filter says so. EPERM means that a filter around this process denies the call. Any other answer means
// that the kernel has the call.
Requirement call(std::string name, std::string needs, Finding without, long ret, std::string remedy) {
  Requirement result{.name = std::move(name), .needs = std::move(needs), .found = "there", .remedy = {}};
  if (ret != -ENOSYS && ret != -EPERM) return result;
  result.finding = without;
  result.found = errno_text(static_cast<int>(-ret));
  result.remedy = ret == -EPERM ? std::string(kFiltered) : std::move(remedy);
  return result;
}

Requirement seccomp() {
  constexpr unsigned kGetActionAvailable = 2;
  const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  const long ret = sys::raw(__NR_seccomp, kGetActionAvailable, 0, &action);
  Requirement result = call("seccomp", "seccomp filters that kill a process (Linux 4.14)", Finding::kMissing, ret,
                            "a kernel with CONFIG_SECCOMP_FILTER");
  if (ret == -EOPNOTSUPP) {
    result.finding = Finding::kMissing;
    result.found = errno_text(EOPNOTSUPP);
    result.remedy = "a kernel of at least 4.14";
  }
  return result;
}

Requirement ptrace() {
  constexpr int kContinue = 7;  // PTRACE_CONT, for no process
  Requirement result = call("ptrace", "ptrace of an own child, for the second look before the first instruction",
                            Finding::kMissing, sys::raw(__NR_ptrace, kContinue, 0, 0, 0), "a kernel with ptrace");
  if (result.finding != Finding::kThere) return result;
  const std::string scope = setting("kernel/yama/ptrace_scope").value_or("no Yama");
  result.basis = Basis::kFacts;
  result.found = scope == "no Yama" ? scope : "kernel.yama.ptrace_scope = " + scope;
  if (scope == "3") {
    result.finding = Finding::kMissing;
    result.remedy = "boot with kernel.yama.ptrace_scope=2 in /etc/sysctl.d: a scope of 3 holds until the next boot";
  }
  return result;
}

Requirement proc() {
  Requirement result{
      .name = "proc", .needs = "/proc of this pid namespace, for the outside witness", .found = {}, .remedy = {}};
  result.basis = Basis::kFacts;
  const std::string self = proc_self();
  result.found = std::isdigit(static_cast<unsigned char>(self.front())) != 0 ? "/proc/self is " + self : self;
  if (self == std::to_string(::getpid())) return result;
  result.finding = Finding::kMissing;
  result.remedy = "mount -t proc proc /proc";
  return result;
}

// Only a trial can tell what a profile allows. If a trial fails, this profile may be the reason.
Requirement confinement() {
  return {.name = "confinement",
          .needs = "no AppArmor profile over immure itself, or one that allows a cell (docs/venues.md)",
          .found = confining_profile().value_or("none"),
          .remedy = {},
          .basis = Basis::kFacts};
}

/// Tells whether a seccomp filter lies over immure itself.
Requirement filter() {
  return {.name = "filter",
          .needs = "no seccomp filter over immure itself, or one that allows a cell (`immure export seccomp`)",
          .found = is_filtered() ? "one, of a container or sandbox around this process" : "none",
          .remedy = {},
          .basis = Basis::kFacts};
}

Requirement control_group() {
  Requirement result{.name = "control-group",
                     .needs = "a control group for each cell, which holds its memory and processes as a whole",
                     .found = {},
                     .remedy = {}};
  constexpr std::uint64_t kBytes = 1U << 30;
  constexpr std::uint32_t kProcesses = 64;
  if (const auto group = Cgroup::create(kBytes, kProcesses)) {
    result.found = "made and left, by " + group->version();
    return result;
  }
  result.finding = Finding::kDegraded;
  result.found = "none can be made: each process has a limit, and the supervisor adds up the memory of all processes";
  result.remedy = ::geteuid() == 0
                      ? "mount the memory and pids controllers, and with cgroup v2 list both in cgroup.subtree_control"
                      : "with cgroup v2 and systemd: systemd-run --user --scope -p Delegate=yes immure run ...";
  return result;
}

Requirement memory_deny_write_execute() {
  const long ret = sys::raw(__NR_prctl, PR_GET_MDWE, 0, 0, 0, 0);
  Requirement result{.name = "mdwe",
                     .needs = "PR_SET_MDWE: writable memory never becomes code (Linux 6.3)",
                     .found = "there",
                     .remedy = {}};
  if (ret >= 0) return result;
  result.finding = Finding::kDegraded;
  result.found = errno_text(static_cast<int>(-ret)) + ": the cell's filter then denies it alone";
  result.remedy = ret == -EPERM ? std::string(kFiltered) : "a kernel of at least 6.3";
  return result;
}

}  // namespace

std::string namespace_remedy(int number) {
  // Container engines let clone3 answer ENOSYS, so that the C library falls back on a call whose flags they can see.
  if (number == ENOSYS && is_filtered()) return std::string(kFiltered);
  if (number == ENOSYS || number == EINVAL)
    return "a kernel of at least 5.13 with CONFIG_USER_NS and the other namespaces";
  for (const char* kind : sys::kNamespaceNames) {
    const std::string name = "user/max_" + std::string(kind) + "_namespaces";
    if (setting(name) == "0") return "sysctl -w user.max_" + std::string(kind) + "_namespaces=10000";
  }
  if (setting("kernel/unprivileged_userns_clone") == "0") return "sysctl -w kernel.unprivileged_userns_clone=1";
  if (setting("kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for immure with `userns,`";
  if (number == ENOSPC || number == EUSERS)
    return "raise the sysctls user.max_*_namespaces, or leave the container or sandbox around this process";
  if (number == EAGAIN) return "ulimit -u unlimited";
  if (number == ENOMEM)
    return "give the machine, or the control group around this process, more memory; or start immure anew, where the "
           "first process of its pid namespace has ended";
  if (number == EMFILE) return "ulimit -n 1024";
  if (is_filtered()) return std::string(kFiltered);
  return "leave the chroot, container or sandbox around this process: it forbids new namespaces";
}

std::vector<Requirement> native_requirements() {
  // A filter around immure may deny uname(2), as the filter of the profile `inspect` does.
  utsname host{};
  const std::string kernel =
      ::uname(&host) == 0 ? std::string("; this kernel is ") + host.release : "; this kernel does not say what it is";
  std::vector<Requirement> result;
  result.push_back(namespaces_requirement());
  result.push_back(landlock());
  result.push_back(seccomp());
  result.push_back(call("mount-setattr", "mounts made read-only with all below them (Linux 5.12)", Finding::kMissing,
                        sys::raw(__NR_mount_setattr, -1, "", 0xffffffff, nullptr, 0),
                        "a kernel of at least 5.12" + kernel));
  result.push_back(call("openat2", "paths resolved beneath a directory (Linux 5.6)", Finding::kMissing,
                        sys::raw(__NR_openat2, -1, "", nullptr, 0), "a kernel of at least 5.6" + kernel));
  result.push_back(call("pidfd", "processes held by descriptor (Linux 5.3)", Finding::kMissing,
                        sys::raw(__NR_pidfd_open, -1, 0xffffffff), "a kernel of at least 5.3" + kernel));
  result.push_back(ptrace());
  result.push_back(proc());
  result.push_back(confinement());
  result.push_back(filter());
  result.push_back(control_group());
  result.push_back(memory_deny_write_execute());
  result.push_back(call("statmount", "the mount table by statmount (Linux 6.8)", Finding::kDegraded,
                        sys::raw(sys::nr::kStatmount, nullptr, nullptr, 0, 0xffffffff),
                        "a kernel of at least 6.8; mountinfo is read instead"));
  return result;
}

}  // namespace immure::attest
