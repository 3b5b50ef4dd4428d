#include "sys/credentials.hpp"

#include <cerrno>

#include <linux/capability.h>
#include <linux/prctl.h>

#include "sys/syscall.hpp"

namespace immure::sys {
namespace {

// No kernel knows more than kMaxCapabilities capabilities, and every kernel that has Landlock knows at least
// kLeastCapabilities. For a number beyond the last capability, prctl answers EINVAL.
constexpr unsigned kMaxCapabilities = 64;
constexpr unsigned kLeastCapabilities = CAP_CHECKPOINT_RESTORE + 1;

bool is_beyond_last(Raw ret, unsigned capability) { return ret == -EINVAL && capability >= kLeastCapabilities; }

SysResult<void> empty_bounding_set() {
  for (unsigned capability = 0; capability < kMaxCapabilities; ++capability) {
    const Raw ret = raw(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (is_beyond_last(ret, capability)) return {};
    CHECK_OK(checked(ret));
  }
  return {};
}

SysResult<std::uint64_t> read_bits(int option, int argument) {
  std::uint64_t bits = 0;
  for (unsigned capability = 0; capability < kMaxCapabilities; ++capability) {
    const Raw ret = argument < 0 ? raw(__NR_prctl, option, capability, 0, 0, 0)
                                 : raw(__NR_prctl, option, argument, capability, 0, 0);
    if (is_beyond_last(ret, capability)) break;
    TRY(const long set, checked(ret));
    if (set != 0) bits |= 1ULL << capability;
  }
  return bits;
}

}  // namespace

SysResult<void> become(std::uint32_t uid, std::uint32_t gid) {
  CHECK_OK(checked(raw(__NR_setresgid, gid, gid, gid)));
  CHECK_OK(checked(raw(__NR_setresuid, uid, uid, uid)));
  return {};
}

SysResult<void> drop_privilege() {
  CHECK_OK(checked(raw(__NR_prctl, PR_SET_SECUREBITS, kLockedSecurebits, 0, 0, 0)));
  CHECK_OK(empty_capabilities());
  CHECK_OK(checked(raw(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
  return {};
}

SysResult<void> empty_capabilities() {
  CHECK_OK(checked(raw(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)));
  CHECK_OK(empty_bounding_set());
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  CHECK_OK(checked(raw(__NR_capset, &header, none)));
  return {};
}

SysResult<CapabilitySets> current_sets() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  CHECK_OK(checked(raw(__NR_capget, &header, data)));
  const auto joined = [&](auto member) {
    return std::uint64_t{data[0].*member} | std::uint64_t{data[1].*member} << 32;
  };
  return CapabilitySets{.effective = joined(&__user_cap_data_struct::effective),
                        .permitted = joined(&__user_cap_data_struct::permitted),
                        .inheritable = joined(&__user_cap_data_struct::inheritable)};
}

SysResult<CapabilitySets> capability_sets() {
  TRY(CapabilitySets sets, current_sets());
  TRY(sets.bounding, read_bits(PR_CAPBSET_READ, -1));
  TRY(sets.ambient, read_bits(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET));
  return sets;
}

}  // namespace immure::sys
