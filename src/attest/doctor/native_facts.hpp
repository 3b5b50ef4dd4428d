/// What the doctor observes of a host for the native venue, and what follows from these facts. The functions are pure,
/// so a test can give them the facts of any host.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "attest/doctor/requirement.hpp"
#include "attest/host/surroundings.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// An answer is what the kernel returned to a system call that was made with arguments which no kernel accepts:
/// -ENOSYS if the kernel lacks the call or if a filter says so, -EPERM if a filter denies the call, and anything else
/// if the kernel has the call.
struct NativeFacts {
  int namespaces_errno = 0;  ///< errno of clone3 with the cell's namespaces; 0 if they were made
  SysResult<int> landlock_abi = 0;
  long seccomp = 0;
  long mount_setattr = 0;
  long openat2 = 0;
  long pidfd_open = 0;
  long ptrace = 0;
  long mdwe = 0;
  long statmount = 0;
  std::string proc_self;                     ///< the result of proc_self()
  int pid = 0;                               ///< of this process
  std::optional<std::string> profile;        ///< the AppArmor profile that confines this process
  bool filtered = false;                     ///< a seccomp filter is attached to this process
  std::optional<std::string> group_version;  ///< version of the control group that was made, if any
  bool root = false;
  std::optional<std::string> kernel_release;  ///< nothing if uname(2) is denied
  Settings setting;                           ///< reads a kernel setting
};

[[nodiscard]] Requirement namespaces_requirement(const NativeFacts& facts);
/// Each requirement of the native venue by itself, so that one missing thing hides no other.
[[nodiscard]] std::vector<Requirement> native_requirements(const NativeFacts& facts);

}  // namespace immure::attest
