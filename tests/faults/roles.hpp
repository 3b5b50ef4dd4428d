/// Tells which of a run's tasks a process is.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace immure::faults {

/// Knows the role of each task. A new task is recognised by its stack, which the parent named in the call that made it.
class Roles {
 public:
  /// `leads`: the command works in its first child, which is the launcher from then on; see cli/run/lead.hpp.
  explicit Roles(bool leads) : leads_(leads) {}

  const std::string& of(int pid) {
    if (const auto known = roles_.find(pid); known != roles_.end()) return known->second;
    if (roles_.empty()) return roles_[pid] = "launcher";
    const std::uint64_t stack = stack_pointer(pid);
    const Made* best = nullptr;
    for (const Made& made : made_) {
      if (stack <= made.top && made.top - stack < kStackBytes) best = &made;
    }
    return roles_[pid] = best != nullptr ? best->role : "unknown";
  }

  // Call this before the clone is allowed.
  void see_clone(int pid, int nr, const std::uint64_t* args) {
    const std::string parent = of(pid);
    const int nth = children_[parent]++;
    std::string role = parent + "/" + std::to_string(nth);
    std::uint64_t top = args[1];
    if (nr == SYS_clone3) {
      clone_args wanted{};
      if (!read_memory(pid, args[0], &wanted, sizeof wanted)) return;
      top = wanted.stack + wanted.stack_size;
    }
    // A child of fork(2) has a copy of its parent's stack, at the same address.
    if (top == 0) top = stack_pointer(pid) + kStackBytes / 2;
    if (parent == "launcher" && leads_) {
      leads_ = false;
      roles_[pid] = "leader";
      role = "launcher";
    } else if (parent == "launcher" && nr == SYS_clone3) {
      role = "init";
    }
    if (parent == "init") role = nth == 0 ? "controls" : "payload";
    if (parent == "payload" && nth == 0) role = "walls";
    made_.push_back({top, role});
  }

 private:
  static constexpr std::uint64_t kStackBytes = 64 << 10;
  struct Made {
    std::uint64_t top;
    std::string role;
  };

  static std::uint64_t stack_pointer(int pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/syscall";
    char text[256] = {};
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    const ssize_t size = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    unsigned long stack = 0;
    if (size <= 0 || std::sscanf(text, "%*s %*s %*s %*s %*s %*s %*s %lx", &stack) != 1) return 0;
    return stack;
  }

  static bool read_memory(int pid, std::uint64_t address, void* into, std::size_t size) {
    const std::string path = "/proc/" + std::to_string(pid) + "/mem";
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const ssize_t count = ::pread(fd, into, size, static_cast<off_t>(address));
    ::close(fd);
    return count == static_cast<ssize_t>(size);
  }

  bool leads_;
  std::map<int, std::string> roles_;
  std::map<std::string, int> children_;
  std::vector<Made> made_;
};

}  // namespace immure::faults
