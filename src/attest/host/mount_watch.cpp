#include "attest/host/mount_watch.hpp"

#include <fcntl.h>
#include <poll.h>

#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::attest {

MountWatch::MountWatch() {
  if (auto table = sys::open_at(AT_FDCWD, "/proc/self/mountinfo", O_RDONLY)) table_ = *std::move(table);
}

bool MountWatch::changed() {
  if (!table_) return true;
  pollfd asked{.fd = table_.get(), .events = POLLPRI, .revents = 0};
  const auto ready = sys::call_until_done(::poll, &asked, 1, 0);
  return !ready || (asked.revents & (POLLPRI | POLLERR | POLLNVAL)) != 0;
}

}  // namespace immure::attest
