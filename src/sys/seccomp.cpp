#include "sys/seccomp.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "sys/syscall.hpp"

namespace immure::sys {

static_assert(sizeof(sock_filter) == sizeof(Instruction));

SysResult<void> install_filter(std::span<const Instruction> filter) {
  if (filter.empty() || filter.size() > kMaxInstructions) return std::unexpected(Errno{EINVAL});
  struct {
    unsigned short length;
    const Instruction* instructions;
  } const program{static_cast<unsigned short>(filter.size()), filter.data()};
  CHECK_OK(checked(raw(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)));
  return {};
}

}  // namespace immure::sys
