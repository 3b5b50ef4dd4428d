#include "cell/look.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/mman.h>

#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/syscall.hpp"

namespace immure::cell {
namespace {

using sys::checked;
using sys::raw;

SysResult<void> look_at_mountinfo(const Spec& spec, Look& look) {
  TRY(const sys::Fd file, sys::open_at(spec.host_proc, "self/mountinfo", O_RDONLY));
  std::span<std::byte> rest = std::as_writable_bytes(std::span(look.mountinfo));
  while (!rest.empty()) {
    TRY(const std::size_t count, sys::read_some(file.get(), rest));
    if (count == 0) {
      look.mountinfo_bytes = static_cast<std::uint32_t>(sizeof look.mountinfo - rest.size());
      return {};
    }
    rest = rest.subspan(count);
  }
  return std::unexpected(Errno{E2BIG});
}

}  // namespace

SysResult<void> look_at_mounts(const Spec& spec, Look& look) {
  const auto count = sys::read_mounts(look.mounts);
  if (!count && count.error().value == ENOSYS) return look_at_mountinfo(spec, look);
  if (!count) return std::unexpected(count.error());
  if (*count > kMaxMounts) return std::unexpected(Errno{E2BIG});
  look.mount_count = static_cast<std::uint32_t>(*count);
  return {};
}

SysResult<void> look_before_filter(Look& look) {
  TRY(look.capabilities, sys::capability_sets());
  TRY(const long securebits, checked(raw(__NR_prctl, PR_GET_SECUREBITS, 0, 0, 0, 0)));
  look.securebits = static_cast<std::uint32_t>(securebits);
  look.uid = static_cast<std::uint32_t>(raw(__NR_getuid));
  look.gid = static_cast<std::uint32_t>(raw(__NR_getgid));
  rlimit64* limit = look.limits;
  for (const probe::LimitRow& row : probe::kLimits)
    if (row.resource >= 0) CHECK_OK(checked(raw(__NR_prlimit64, 0, row.resource, nullptr, limit++)));
  return {};
}

SysResult<void> look_under_filter(const Spec& spec, Look& look) {
  TRY(const long no_new_privs, checked(raw(__NR_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)));
  TRY(const long mode, checked(raw(__NR_prctl, PR_GET_SECCOMP, 0, 0, 0, 0)));
  look.no_new_privs = static_cast<std::uint32_t>(no_new_privs);
  constexpr std::size_t kPage = 4096;
  const sys::Raw shared = raw(__NR_mmap, nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  look.shared_memory = sys::failed(shared) ? static_cast<std::int32_t>(-shared) : 0;
  if (!sys::failed(shared)) raw(__NR_munmap, shared, kPage);
  look.seccomp_mode = static_cast<std::uint32_t>(mode);
  const std::size_t open = sys::open_descriptors(0, static_cast<unsigned>(spec.limits.files), look.descriptors);
  look.descriptor_count = static_cast<std::uint32_t>(std::min(open, std::size(look.descriptors)));
  return {};
}

}  // namespace immure::cell
