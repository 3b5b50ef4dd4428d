/// Makes files that belong to another user than the supervisor's.
#pragma once

#include <csignal>
#include <cstdint>

#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace immure::attest {

/// While a MadeAs exists, new files belong to another user and group (setfsuid(2)). Does nothing for an ordinary user.
/// The kernel clears PR_SET_PDEATHSIG when these ids change, so the destructor sets the signal again, and sends the
/// signal if the parent has died meanwhile.
class MadeAs {
 public:
  MadeAs(std::uint32_t uid, std::uint32_t gid) : parent_(::getppid()) {
    ::prctl(PR_GET_PDEATHSIG, &signal_);
    uid_ = ::setfsuid(uid);
    gid_ = ::setfsgid(gid);
  }
  ~MadeAs() {
    ::setfsuid(static_cast<uid_t>(uid_));
    ::setfsgid(static_cast<gid_t>(gid_));
    if (signal_ == 0) return;
    ::prctl(PR_SET_PDEATHSIG, signal_);
    if (::getppid() != parent_) ::kill(::getpid(), signal_);
  }
  MadeAs(const MadeAs&) = delete;
  MadeAs& operator=(const MadeAs&) = delete;

 private:
  pid_t parent_;
  int signal_ = 0, uid_ = 0, gid_ = 0;
};

}  // namespace immure::attest
