#include "attest/memory_watch.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/vfs.h>

#include "attest/host/proc_text.hpp"
#include "file/io.hpp"
#include "file/tree.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

namespace immure::attest {
namespace {

constexpr std::size_t kMaxText = 1 << 20;
constexpr std::uint64_t kKibibyte = 1024;

std::string proc(int pid, std::string_view name) { return "/proc/" + std::to_string(pid) + "/" + std::string(name); }

/// The number in the line `Name:   12 kB` of `text`.
std::optional<std::uint64_t> kibibytes(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    if (take(line, ':') == name) return number<std::uint64_t>(collapsed(line));
  }
  return std::nullopt;
}

/// Adds the children of a process. The kernel lists a child under the thread that made the child.
void add_children(int pid, std::vector<int>& pids) {
  const auto tasks = sys::open_at(AT_FDCWD, proc(pid, "task").c_str(), O_RDONLY | O_DIRECTORY);
  const auto threads = tasks ? file::names_in(tasks->get()) : SysResult<std::vector<std::string>>();
  if (!threads) return;
  for (const std::string& thread : *threads) {
    const auto children = file::read_whole(proc(pid, "task/" + thread + "/children"), kMaxText);
    if (!children) continue;
    for (const std::string_view child : words(*children)) pids.push_back(number<int>(child));
  }
}

/// The cell's first process and all its descendants. An orphan becomes a child of the cell's first process.
std::vector<int> processes_below(int init_pid) {
  std::vector<int> pids{init_pid};
  for (std::size_t i = 0; i < pids.size(); ++i) add_children(pids[i], pids);
  return pids;
}

std::uint64_t bytes_in(int tmpfs) {
  struct statfs status{};
  if (::fstatfs(tmpfs, &status) != 0) return 0;
  return (status.f_blocks - status.f_bfree) * static_cast<std::uint64_t>(status.f_bsize);
}

std::uint64_t own_bytes_of(int pid) {
  const auto status = file::read_whole(proc(pid, "status"), kMaxText);
  return status ? own_bytes(*status) : 0;
}

// The kernel needs milliseconds to go through the pages of a process, so call this only if the quick sum is too large.
std::uint64_t proportional_bytes_of(int pid) {
  const auto rollup = file::read_whole(proc(pid, "smaps_rollup"), kMaxText);
  const auto exact = rollup ? proportional_bytes(*rollup) : std::nullopt;
  return exact ? *exact : own_bytes_of(pid);
}

template <class Measure>
std::uint64_t sum_of(const std::vector<int>& pids, Measure measure) {
  std::uint64_t sum = 0;
  for (const int pid : pids) sum += measure(pid);
  return sum;
}

}  // namespace

std::uint64_t largest_resident_set(int pid) {
  const auto status = file::read_whole(proc(pid, "status"), kMaxText);
  return status ? kibibytes(*status, "VmHWM").value_or(0) : 0;
}

std::uint64_t own_bytes(std::string_view status) {
  std::uint64_t sum = 0;
  for (const std::string_view name : {"RssAnon", "VmSwap", "VmPTE"}) sum += kibibytes(status, name).value_or(0);
  return sum * kKibibyte;
}

std::optional<std::uint64_t> proportional_bytes(std::string_view rollup) {
  const auto anonymous = kibibytes(rollup, "Pss_Anon"), swapped = kibibytes(rollup, "SwapPss");
  if (!anonymous || !swapped) return std::nullopt;
  return (*anonymous + *swapped) * kKibibyte;
}

Result<MemoryWatch> MemoryWatch::start(int init_pid, std::uint64_t limit_bytes, int output) {
  const std::string children = proc(init_pid, "task/" + std::to_string(init_pid) + "/children");
  if (const auto listed = file::read_whole(children, kMaxText); !listed) {
    return fail(Code::kBlocked, children, "cannot be read, so the supervisor cannot add up the cell's memory",
                "Use a kernel with CONFIG_PROC_CHILDREN, or a control group: `immure doctor` says how to get one.",
                listed.error().errno_value);
  }
  return MemoryWatch(init_pid, limit_bytes, output);
}

int MemoryWatch::due_ms() const {
  constexpr std::int64_t kMicroseconds = 1000;
  return static_cast<int>(
      std::max<std::int64_t>(0, (due_us_ - sys::monotonic_us() + kMicroseconds - 1) / kMicroseconds));
}

bool MemoryWatch::is_over() {
  const std::int64_t began = sys::monotonic_us();
  if (began < due_us_) return false;
  std::vector<int> pids;
  std::uint64_t in_output = 0;
  for (const Counted& cell : cells_) {
    const std::vector<int> own = processes_below(cell.init_pid);
    pids.insert(pids.end(), own.begin(), own.end());
    in_output += bytes_in(cell.output);
  }
  std::uint64_t held = in_output + sum_of(pids, own_bytes_of);
  if (held > limit_bytes_) held = in_output + sum_of(pids, proportional_bytes_of);
  // No machine fills new pages faster than this. The watch never takes more than a fifth of a processor.
  constexpr std::uint64_t kBytesPerMicrosecond = 8 << 10;
  constexpr std::int64_t kShortest = 10'000, kLongest = 100'000, kShare = 4;
  const std::uint64_t left = limit_bytes_ - std::min(held, limit_bytes_);
  const std::int64_t ended = sys::monotonic_us();
  const std::int64_t pause = std::clamp(static_cast<std::int64_t>(left / kBytesPerMicrosecond), kShortest, kLongest);
  due_us_ = ended + std::max(pause, kShare * (ended - began));
  return held > limit_bytes_;
}

}  // namespace immure::attest
