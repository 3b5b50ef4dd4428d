#include "sys/libc.hpp"

#include <sys/random.h>
#include <sys/wait.h>

namespace immure::sys {

SysResult<void> fill_with_random(std::span<std::byte> bytes) {
  TRY(const ssize_t filled, call_until_done(::getrandom, bytes.data(), bytes.size(), 0U));
  // If the caller asks for at most 256 bytes, the kernel never returns fewer (getrandom(2)).
  if (static_cast<std::size_t>(filled) != bytes.size()) return std::unexpected(Errno{EIO});
  return {};
}

SysResult<int> wait_for_end(int pid) {
  int status = 0;
  CHECK_OK(call_until_done(::waitpid, pid, &status, 0));
  return status;
}

}  // namespace immure::sys
