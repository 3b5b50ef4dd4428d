#include "attest/pulse.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include <sys/mman.h>

#include "attest/host/proc_text.hpp"
#include "sys/libc.hpp"

namespace immure::attest {
namespace {

/// File systems whose calls return without the help of another program or machine. The names are those of mountinfo
/// (proc_pid_mountinfo(5)).
constexpr auto kAnswering = std::to_array<std::string_view>(
    {"ext2",    "ext3",       "ext4",   "xfs",       "btrfs",       "f2fs",    "zfs",      "bcachefs",
     "tmpfs",   "ramfs",      "vfat",   "exfat",     "reiserfs",    "jfs",     "squashfs", "erofs",
     "iso9660", "overlay",    "proc",   "sysfs",     "cgroup",      "cgroup2", "devtmpfs", "devpts",
     "mqueue",  "rpc_pipefs", "nsfs",   "hugetlbfs", "securityfs",  "rootfs",  "bpf",      "debugfs",
     "tracefs", "configfs",   "pstore", "efivarfs",  "binfmt_misc", "fusectl", "selinuxfs"});

constexpr std::int64_t kPatienceMs = 2'000;
/// How long the removal of an unfinished image may take.
constexpr std::int64_t kRemovalMs = 20'000;
/// How long Cell::end() and the removal of a venue's walls may take together.
constexpr std::int64_t kCleanUpMs = 60'000;

std::string seconds(std::uint64_t milliseconds) {
  const std::string whole = std::to_string(milliseconds / 1000);
  if (milliseconds % 1000 == 0) return whole + " s";
  const std::string rest = std::to_string(1000 + milliseconds % 1000);
  return whole + "." + rest.substr(1) + " s";
}

/// True for a line of mountinfo that names a file system which may not answer. Ignores /proc and /sys: neither an input
/// nor a program lies there, and the automount points that systemd mounts there would count.
bool is_foreign(std::string_view line) {
  const std::size_t dash = line.find(" - ");
  if (dash == std::string_view::npos) return true;
  std::string_view fields = line.substr(0, dash), type = line.substr(dash + 3);
  for (int i = 0; i < 4; ++i) take(fields, ' ');
  const std::string_view place = take(fields, ' ');
  if (place.starts_with("/proc/") || place.starts_with("/sys/")) return false;
  return std::ranges::find(kAnswering, take(type, ' ')) == kAnswering.end();
}

Error slow_removal(Error error) {
  error.what += ", and it took too long to remove the unfinished image";
  error.hint = "The next run that packs an image removes the rest.";
  return error;
}

Error slow_work(Error error) {
  error.what += ", and this work did not stop within " + seconds(kPatienceMs);
  return error;
}

Error stall(Error error) {
  error.what += ", and a file system did not answer";
  error.hint = "Copy what lies on FUSE or a network file system, and run on the copy.";
  return error;
}

}  // namespace

Result<std::shared_ptr<Pulse>> share_pulse() {
  const auto memory =
      sys::call(::mmap, nullptr, sizeof(Pulse), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!memory) return fail(Code::kSystem, "immure", "cannot allocate memory", {}, memory.error().value);
  return std::shared_ptr<Pulse>(new (*memory) Pulse, [](Pulse* pulse) { ::munmap(pulse, sizeof(Pulse)); });
}

bool may_stall_at(std::string_view mountinfo, std::string_view path) {
  for (std::string_view rest = mountinfo; !rest.empty();) {
    const std::string_view line = take(rest, '\n');
    std::string_view fields = line;
    for (int i = 0; i < 4; ++i) take(fields, ' ');
    const std::string_view point = take(fields, ' ');
    const bool above = path == point || point == "/" ||
                       (path.starts_with(point) && path.size() > point.size() && path[point.size()] == '/');
    if (above && is_foreign(line)) return true;
  }
  return false;
}

Error stopped_by_signal(int signal, const std::string& doing) {
  const char* name = ::sigabbrev_np(signal);
  const std::string shown = name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
  return Error{.code = Code::kInterrupted,
               .where = "interrupted",
               .what = shown + " arrived while " + doing,
               .hint = {},
               .signal = signal};
}

Error stopped_by_time(std::uint64_t phase_ms, const std::string& doing) {
  return Error{.code = Code::kInterrupted,
               .where = "time limit",
               .what = seconds(phase_ms) + " had passed while " + doing,
               .hint = "--timeout gives each phase of a run more time."};
}

std::optional<Error> stalled(const Pulse& pulse, const Received& received, std::int64_t now_ms, bool works) {
  const std::int64_t end = pulse.end_ms, stopped = pulse.stopped_ms, looked = pulse.looked_ms;
  // A signal from the terminal reaches the child and its parent at about the same time, in either order.
  constexpr std::int64_t kAboutMs = 1'000;
  const bool signal = received.signal != 0 && pulse.passed_on_ms + kAboutMs < received.at_ms;
  const bool time = end != 0 && now_ms >= end;
  std::int64_t since = std::max(looked, signal ? received.at_ms : end);
  const bool removes = stopped != 0 && pulse.packing;
  if (stopped != 0) since = stopped + (pulse.has_cell ? kCleanUpMs : removes ? kRemovalMs : kPatienceMs) - kPatienceMs;
  if (pulse.waiting || (!signal && !time) || now_ms - since < kPatienceMs) return std::nullopt;
  const std::string doing(pulse.doing.data(), ::strnlen(pulse.doing.data(), pulse.doing.size()));
  Error error = signal ? stopped_by_signal(received.signal, doing) : stopped_by_time(pulse.phase_ms, doing);
  if (removes) return slow_removal(std::move(error));
  return works ? slow_work(std::move(error)) : stall(std::move(error));
}

}  // namespace immure::attest
