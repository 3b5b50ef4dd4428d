#include "sys/fd.hpp"

#include "sys/syscall.hpp"

namespace immure::sys {

void Fd::reset() {
  // close(2) releases the descriptor even when it reports EINTR or EIO, so there is nothing to retry.
  if (fd_ >= 0) raw(__NR_close, std::exchange(fd_, -1));
}

}  // namespace immure::sys
