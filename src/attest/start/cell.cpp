#include "attest/start/cell.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <sys/mman.h>

#include "attest/deadline.hpp"
#include "attest/host/facts.hpp"
#include "attest/host/surroundings.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/process.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

constexpr int kReadyMilliseconds = 30'000;

/// What to do if something around immure itself explains the failure; otherwise empty.
std::string remedy_around(const Cell& cell, cell::Step step, int number) {
  // These two errors have many causes. Only in one step is a limit of the caller the likely cause.
  const bool of_limits =
      (number != EPERM || step == cell::Step::kLimits) && (number != EBADF || step == cell::Step::kDescriptors);
  if (std::string limit = of_limits ? limit_remedy(number, cell.world->spec->limits) : ""; !limit.empty()) return limit;
  if (const auto profile = confining_profile(); profile && (number == EACCES || number == EPERM))
    return "AppArmor's profile " + *profile + " confines immure; docs/venues.md has one that allows a cell.";
  const std::string filtered = filter_remedy(number);
  return filtered.empty() ? filtered : "To fix this: " + filtered + ".";
}

/// Answers the calls that the observer is notified of, until the cell writes a byte or ends.
Result<void> answer_calls(Cell& cell, Deadline& deadline) {
  constexpr int kSlice = 200;
  for (int idle = 0; cell.observer && idle < kReadyMilliseconds;) {
    std::array<pollfd, 3> fds = {cell.observer->wanted(),
                                 pollfd{.fd = cell.ready.get(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = cell.init.get(), .events = POLLIN, .revents = 0}};
    CHECK_OK(deadline.check());
    const auto count = sys::call(::poll, fds.data(), fds.size(), kSlice);
    if (count.value_or(0) == 0) idle += kSlice;
    if (fds[0].revents != 0) cell.observer->advance(fds[0].revents);
    if ((fds[1].revents | fds[2].revents) != 0) break;
  }
  return {};
}

}  // namespace

void UnmapWorld::operator()(cell::World* world) const { ::munmap(world, bytes); }

// Waits until the cell reports the wanted step, until it has stopped, or until the time is over.
Result<void> await_byte(Cell& cell, char wanted, Deadline& deadline) {
  const auto which = deadline.wait_for_either(cell.ready.get(), cell.init.get(), kReadyMilliseconds);
  std::byte byte{};
  const bool heard = which && *which == 1 && sys::read_some(cell.ready.get(), {&byte, 1}).value_or(0) == 1;
  if (heard && byte == static_cast<std::byte>(wanted)) return {};
  const bool timed_out = which && *which == 0;
  // Wait for the end of the first process, so that no process writes to the page any more.
  cell.end();
  if (!which && which.error().code == Code::kInterrupted) return std::unexpected(which.error());
  const cell::Step step = cell.page().step;
  const int number = cell.page().errno_value;
  const cell::StepText text = cell::describe(step);
  if (number == 0 && !timed_out)
    return fail(Code::kBlocked, "cell", std::string(text.what) + " failed: a process of the cell was killed", kKilled);
  const std::string around = remedy_around(cell, step, number);
  return fail(Code::kBlocked, "cell", std::string(text.what) + (timed_out ? " took too long" : " failed"),
              around.empty() ? text.hint : around, number);
}

Result<void> await_walls(Cell& cell, Deadline& deadline) {
  const bool notifies = !cell.denials.empty();
  CHECK_OK(await_byte(cell, notifies ? 'L' : 'F', deadline));
  auto payload = sys::open_process(cell.page().payload_pid);
  if (!payload && payload.error().value == ESRCH)
    return fail(Code::kBlocked, "cell", "was killed before the program started", kKilled);
  if (!payload) return fail(Code::kSystem, "payload", "cannot open a pidfd of it", {}, payload.error().value);
  cell.payload = std::move(*payload);
  if (const int listener = cell.page().listener; listener != 0) {
    const auto files = static_cast<int>(cell.world->spec->limits.files);
    TRY(cell.observer, Observer::take(cell.payload, listener, files + cell::kNullAbove, "/" + cell.control_bytes));
  }
  if (!notifies) return {};
  if (!cell.observer) return fail(Code::kBlocked, "cell", "its filter has no listener");
  cell.observer->deny_by(cell.denials);
  CHECK_OK(answer_calls(cell, deadline));
  return await_byte(cell, 'F', deadline);
}

Result<void> await_gate(Cell& cell, Deadline& deadline) {
  CHECK_OK(answer_calls(cell, deadline));
  return await_byte(cell, 'R', deadline);
}

void Cell::keep_from_later_cells() {
  // Without this, the memory would only be mapped in the first process of another cell, which does not use it.
  ::madvise(static_cast<void*>(world.get()), world.get_deleter().bytes, MADV_DONTFORK);
}

void Cell::end() {
  if (!init) return;
  // Kill the payload separately too. The pid namespace should end it together with the first process, but this
  // namespace may be the boundary that does not hold.
  [[maybe_unused]] auto sent = sys::send_signal(init, SIGKILL);
  if (payload) sent = sys::send_signal(payload, SIGKILL);
  // Do not wait for ever: a process that hangs in the kernel, for example in a dead network file system, cannot be
  // ended.
  constexpr int kMilliseconds = 10'000;
  const auto ended = sys::wait_for_either(init.get(), -1, kMilliseconds);
  if (init_pid > 0) sys::raw(__NR_wait4, init_pid, nullptr, __WALL | (ended && *ended == 1 ? 0 : WNOHANG), nullptr);
  init_pid = -1;
  init.reset();
  if (!cgroup) return;
  // Read the counters before the group is removed, because they vanish with the group.
  counted = cgroup->counts();
  cgroup->leave();
}

}  // namespace immure::attest
