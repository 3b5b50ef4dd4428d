#include "attest/host/surroundings.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "attest/host/facts.hpp"
#include "attest/host/proc_text.hpp"
#include "file/io.hpp"
#include "judge/text.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/namespaces.hpp"

namespace immure::attest {
namespace {

/// A limit of the caller that also bounds a limit of the cell.
struct Needed {
  __rlimit_resource_t resource;
  std::string_view name, option;  ///< name in words, and the option of ulimit
  const probe::LimitRow& row;     ///< row of the cell's limit
  std::uint64_t beyond;           ///< how much more than the cell's limit a run needs
  unsigned unit;                  ///< the unit of ulimit, in units of the limit
  [[nodiscard]] std::uint64_t least(const cell::Limits& limits) const {
    const std::uint64_t value = value_of(row, limits) + beyond;
    return resource == row.resource ? std::max(value, resource_limit(row, value, limits.by_group).hard) : value;
  }
};
constexpr std::uint64_t kDescriptorsOfARun = 64;
constexpr std::uint64_t kBeyondMemory = 16 << 20;  ///< for the memory of the cell beside the program
constexpr auto kNeeded = std::to_array<Needed>({
    {RLIMIT_NOFILE, "open files", "-n", probe::row_of(&probe::Limits::files), kDescriptorsOfARun, 1},
    {RLIMIT_NPROC, "processes", "-u", probe::row_of(&probe::Limits::processes), 0, 1},
    {RLIMIT_FSIZE, "file sizes", "-f", probe::row_of(&probe::Limits::output_bytes), 0, 1024},
    {RLIMIT_CPU, "processor time", "-t", probe::row_of(&probe::Limits::cpu_s), 0, 1},
    // RLIMIT_DATA counts writable memory, and the probe of the memory limit maps a page more than the limit.
    {RLIMIT_DATA, "data", "-d", probe::row_of(&probe::Limits::memory_bytes), kBeyondMemory, 1024},
    {RLIMIT_AS, "address space", "-v", probe::row_of(&probe::Limits::memory_bytes), 0, 1024},
});

/// The value of the line `key: value` in a file like /proc/PID/status; empty if there is none.
std::string field_of(const std::string& path, std::string_view key) {
  constexpr std::uint64_t kLimit = 64 << 10;
  const auto text = file::read_whole(path, kLimit);
  for (std::string_view rest = text ? std::string_view(*text) : std::string_view{}; !rest.empty();) {
    std::string_view line = take(rest, '\n');
    if (take(line, ':') == key) return collapsed(line);
  }
  return {};
}

}  // namespace

void raise_own_limits(const cell::Limits& limits) {
  for (const Needed& needed : kNeeded) {
    rlimit own{};
    if (::getrlimit(needed.resource, &own) != 0) continue;
    const rlimit raised{.rlim_cur = std::max(own.rlim_max, needed.least(limits)),
                        .rlim_max = std::max(own.rlim_max, needed.least(limits))};
    own.rlim_cur = own.rlim_max;
    if (::setrlimit(needed.resource, &raised) != 0) static_cast<void>(::setrlimit(needed.resource, &own));
  }
}

Result<void> check_data_limit(const cell::Limits& limits) {
  rlimit own{};
  if (::getrlimit(RLIMIT_DATA, &own) != 0 || own.rlim_cur > limits.memory_bytes) return {};
  return fail(Code::kBlocked, "memory", "the caller's limit of data leaves the program less than the profile allows",
              limit_remedy(ENOMEM, limits));
}

std::string limit_remedy(int number, const cell::Limits& limits) {
  constexpr auto kMeansALimit = std::to_array({EPERM, EBADF, EMFILE, EAGAIN, EFBIG, ENOMEM});
  if (std::ranges::find(kMeansALimit, number) == kMeansALimit.end()) return {};
  for (const Needed& needed : kNeeded) {
    rlimit own{};
    const std::uint64_t least = needed.least(limits);
    if (::getrlimit(needed.resource, &own) != 0 || own.rlim_max >= least) continue;
    return "The caller's hard limit of " + std::string(needed.name) + " is " + std::to_string(own.rlim_max) +
           ", and this run needs " + std::to_string(least) + ": raise it (ulimit -H " + std::string(needed.option) +
           " " + std::to_string((least + needed.unit - 1) / needed.unit) + ") or lower `" +
           std::string(needed.row.key) + "` in a profile.";
  }
  // No limit of open files may be higher than fs.nr_open, not even root's.
  const std::string most = setting("fs/nr_open").value_or("");
  if (number == EPERM && !most.empty() && std::strtoull(most.c_str(), nullptr, 10) < limits.files)
    return "The kernel's own limit of open files is " + most + ", and the profile has " + std::to_string(limits.files) +
           ": raise it (sysctl -w fs.nr_open=" + std::to_string(limits.files) + ") or lower `files` in a profile.";
  if (number == EAGAIN) return "This user has too many processes already: end some, or raise the limit (ulimit -u).";
  return {};
}

bool is_filtered() { return field_of("/proc/self/status", "Seccomp") == "2"; }

bool is_traced() {
  const std::string tracer = field_of("/proc/self/status", "TracerPid");
  return !tracer.empty() && tracer != "0";
}

std::string filter_remedy(int number) {
  const bool may_be_a_filter = number == EPERM || number == ENOSYS || number == EACCES;
  return may_be_a_filter && is_filtered() ? std::string(kFiltered) : std::string();
}

std::string namespace_remedy(int number) { return namespace_remedy(number, is_filtered(), setting); }

std::string namespace_remedy(int number, bool filtered, const Settings& setting) {
  // Container engines let clone3 answer ENOSYS, so that the C library falls back on a call whose flags they can see.
  if (number == ENOSYS && filtered) return std::string(kFiltered);
  if (number == ENOSYS || number == EINVAL)
    return "a kernel of at least 5.13 with CONFIG_USER_NS and the other namespaces";
  for (const char* kind : sys::kNamespaceNames) {
    const std::string name = "user/max_" + std::string(kind) + "_namespaces";
    if (setting(name) == "0") return "sysctl -w user.max_" + std::string(kind) + "_namespaces=10000";
  }
  if (setting("kernel/unprivileged_userns_clone") == "0") return "sysctl -w kernel.unprivileged_userns_clone=1";
  if (setting("kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile for immure with `userns,`";
  if (number == ENOSPC || number == EUSERS)
    return "raise the sysctls user.max_*_namespaces, or leave the container or sandbox around this process";
  if (number == EAGAIN) return "ulimit -u unlimited";
  if (number == ENOMEM)
    return "give the machine, or the control group around this process, more memory; or start immure again if the "
           "first process of its pid namespace has ended";
  if (number == EMFILE) return "ulimit -n 1024";
  if (filtered) return std::string(kFiltered);
  return "leave the chroot, container or sandbox around this process: it forbids new namespaces";
}

std::string proc_self() {
  const auto self = sys::link_target(AT_FDCWD, "/proc/self");
  if (!self) return judge::errno_text(self.error().value);
  const std::string own = std::to_string(::getpid());
  return *self == own ? own : *self + ", not " + own + ", so /proc belongs to another pid namespace";
}

Result<void> check_proc() {
  const std::string self = proc_self();
  if (self == std::to_string(::getpid())) return {};
  return fail(Code::kBlocked, "/proc", "/proc/self is " + self,
              "To fix this: mount -t proc proc /proc (unshare has --mount-proc).");
}

Result<void> check_executable(const sys::Fd& directory, const std::string& path) {
  struct statvfs info{};
  if (const int failure = sys::error_of(::fstatvfs, directory.get(), &info); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  if ((info.f_flag & ST_NOEXEC) == 0) return {};
  return fail(Code::kBlocked, path,
              "lies on a file system that is mounted noexec, so no program can be started from it",
              "Set IMMURE_CACHE, or name a --rootfs, on a file system without noexec.");
}

Result<void> check_passable(const std::string& directory) {
  for (std::string place = directory; !place.empty(); place.resize(place.rfind('/'))) {
    struct stat info{};
    if (const int failure = sys::error_of(::stat, place.c_str(), &info); failure != 0)
      return fail(Code::kSystem, place, "its status cannot be read", {}, failure);
    if ((info.st_mode & S_IXOTH) == 0)
      return fail(Code::kBadInput, place, "another user cannot enter it, and the entrypoint runs as another user",
                  "Set TMPDIR to a directory that everybody may pass through, such as /tmp.");
  }
  return {};
}

std::string tracing_remedy(int pid) {
  const std::string tracer = field_of("/proc/" + std::to_string(pid) + "/status", "TracerPid");
  if (!tracer.empty() && tracer != "0") {
    const std::string name = field_of("/proc/" + tracer + "/status", "Name");
    return "Process " + tracer + (name.empty() ? "" : " (" + name + ")") +
           " traces it already, and a process has one tracer: run immure without it (strace: without -f).";
  }
  if (setting("kernel/yama/ptrace_scope") == "3")
    return "Yama forbids it: boot with kernel.yama.ptrace_scope=2 in /etc/sysctl.d, since a scope of 3 holds until "
           "then.";
  if (is_filtered()) return "To fix this: " + std::string(kFiltered) + ".";
  return "A security module or a tracer outside of this pid namespace forbids it.";
}

}  // namespace immure::attest
