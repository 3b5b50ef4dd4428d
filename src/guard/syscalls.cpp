#include <cerrno>
#include <cstdint>

#include <sys/prctl.h>

#include "guard/tries.hpp"
#include "sys/kernel.hpp"

namespace immure::guard {
namespace {

struct Try {
  const char* call;
  long nr;
  std::uint64_t arguments[5];
};

constexpr std::uint64_t kNone = ~0ULL;
constexpr std::uint64_t kNoSuchRequest = 0x7FFFFFFF;

// Without a filter each of these calls can only fail or do nothing: the arguments are bad pointers, descriptor -1,
// requests that do not exist, an unshare of nothing. The kernel's own answer (EFAULT, EBADF, EINVAL, ESRCH, ENOSYS, 0)
// then tells that the filter is missing.
constexpr Try kTries[] = {
    // A number that no kernel implements any more, and that a filter has no reason to allow. A number above all numbers
    // that the filter knows would tell nothing, because a filter may answer ENOSYS to such a number, as the kernel
    // does.
    {"nfsservctl(0, NULL, NULL)", __NR_nfsservctl, {}},
    {"execve(NULL, NULL, NULL)", __NR_execve, {}},
    {"execveat(-1, NULL, NULL, NULL, 0)", __NR_execveat, {kNone}},
    {"ptrace(bad request, 0, NULL, NULL)", __NR_ptrace, {kNoSuchRequest}},
    {"bpf(-1, NULL, 0)", __NR_bpf, {kNone}},
    {"unshare(0)", __NR_unshare, {}},
    {"setns(-1, 0)", __NR_setns, {kNone}},
    {"keyctl(-1)", __NR_keyctl, {kNone}},
    {"mount(NULL, NULL, NULL, 0, NULL)", __NR_mount, {}},
    {"fsopen(NULL, -1)", __NR_fsopen, {0, kNone}},
    {"process_vm_readv(0, NULL, 0, NULL, 0)", __NR_process_vm_readv, {}},
    {"pidfd_getfd(-1, -1, 0)", __NR_pidfd_getfd, {kNone, kNone}},
    {"userfaultfd(-1)", __NR_userfaultfd, {kNone}},
    {"perf_event_open(NULL, 0, -1, -1, 0)", __NR_perf_event_open, {0, 0, kNone, kNone, 0}},
    {"open_by_handle_at(-1, NULL, 0)", __NR_open_by_handle_at, {kNone}},
};

constexpr std::uint32_t kCapabilityVersion3 = 0x20080522;
struct CapabilityHeader {
  std::uint32_t version;
  std::int32_t pid;
};
struct CapabilityData {
  std::uint32_t effective, permitted, inheritable;
};

// The strict filters deny capget itself. This denial is as good as empty sets: such a filter also denies capset, and
// lets no call through that could raise or use a capability.
void try_capabilities(Tries& tries) {
  CapabilityHeader header{.version = kCapabilityVersion3, .pid = 0};
  CapabilityData data[2]{};
  const sys::Raw answer = sys::raw(__NR_capget, &header, data);
  if (sys::failed(answer)) {
    tries.must_fail("capget", answer, {EPERM});
    return;
  }
  const bool empty = (data[0].effective | data[0].permitted | data[0].inheritable | data[1].effective |
                      data[1].permitted | data[1].inheritable) == 0;
  tries.must_hold("capget", empty, "the process has capabilities");
}

}  // namespace

void try_syscalls(Tries& tries) {
  for (const Try& one : kTries) {
    const auto& a = one.arguments;
    tries.must_fail(one.call, sys::raw_words(one.nr, a[0], a[1], a[2], a[3], a[4]), {EPERM});
  }
  tries.must_be("prctl(PR_GET_NO_NEW_PRIVS)", sys::raw(__NR_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
  tries.must_be("prctl(PR_GET_SECCOMP)", sys::raw(__NR_prctl, PR_GET_SECCOMP, 0, 0, 0, 0), SECCOMP_MODE_FILTER);
  try_capabilities(tries);
}

}  // namespace immure::guard
