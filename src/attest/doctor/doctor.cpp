#include "attest/doctor/doctor.hpp"

#include <array>
#include <cstdint>
#include <memory>

#include <sys/utsname.h>
#include <unistd.h>

#include "attest/doctor/native_facts.hpp"
#include "attest/host/cgroup.hpp"
#include "attest/host/facts.hpp"
#include "attest/host/surroundings.hpp"
#include "sys/clone.hpp"
#include "sys/kernel.hpp"
#include "sys/landlock.hpp"
#include "sys/namespaces.hpp"
#include "sys/numbers.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

int end_at_once(void* /*argument*/) { return 0; }

/// Makes the cell's namespaces in a child process, which then ends. Returns the errno, or 0.
int errno_of_namespaces() {
  constexpr std::size_t kStack = 16 << 10;
  const auto stack = std::make_unique<std::array<std::byte, kStack>>();
  const auto child = sys::clone_into_namespaces(end_at_once, nullptr, *stack, sys::kCellNamespaces, -1);
  if (!child) return child.error().value;
  sys::raw(__NR_wait4, child->pid, nullptr, __WALL, nullptr);
  return 0;
}

std::optional<std::string> group_version() {
  constexpr std::uint64_t kBytes = 1U << 30;
  constexpr std::uint32_t kProcesses = 64;
  const auto group = Cgroup::create(kBytes, kProcesses);
  return group ? std::optional(group->version()) : std::nullopt;
}

/// The release of the kernel; nothing if a filter around immure denies uname(2), as the filter of the profile `inspect`
/// does.
std::optional<std::string> kernel_release() {
  utsname host{};
  return ::uname(&host) == 0 ? std::optional<std::string>(host.release) : std::nullopt;
}

NativeFacts native_facts() {
  constexpr unsigned kGetActionAvailable = 2;
  constexpr int kContinue = 7;  // PTRACE_CONT, for no process
  const std::uint32_t kill_process = SECCOMP_RET_KILL_PROCESS;
  return {
      .namespaces_errno = errno_of_namespaces(),
      .landlock_abi = sys::landlock_abi(),
      .seccomp = sys::raw(__NR_seccomp, kGetActionAvailable, 0, &kill_process),
      .mount_setattr = sys::raw(__NR_mount_setattr, -1, "", 0xffffffff, nullptr, 0),
      .openat2 = sys::raw(__NR_openat2, -1, "", nullptr, 0),
      .pidfd_open = sys::raw(__NR_pidfd_open, -1, 0xffffffff),
      .ptrace = sys::raw(__NR_ptrace, kContinue, 0, 0, 0),
      .mdwe = sys::raw(__NR_prctl, PR_GET_MDWE, 0, 0, 0, 0),
      .statmount = sys::raw(sys::nr::kStatmount, nullptr, nullptr, 0, 0xffffffff),
      .proc_self = proc_self(),
      .pid = ::getpid(),
      .profile = confining_profile(),
      .filtered = is_filtered(),
      .group_version = group_version(),
      .root = ::geteuid() == 0,
      .kernel_release = kernel_release(),
      .setting = setting,
  };
}

}  // namespace

std::vector<Requirement> native_requirements() { return native_requirements(native_facts()); }

Requirement namespaces_requirement() {
  NativeFacts facts;
  facts.namespaces_errno = errno_of_namespaces();
  facts.filtered = is_filtered();
  facts.setting = setting;
  return namespaces_requirement(facts);
}

}  // namespace immure::attest
