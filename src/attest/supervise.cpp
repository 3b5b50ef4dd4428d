#include "attest/supervise.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <set>

#include <poll.h>
#include <unistd.h>

#include "attest/relay.hpp"
#include "sys/clock.hpp"
#include "sys/libc.hpp"
#include "sys/process.hpp"

namespace immure::attest {
namespace {

void forward(Deadline& deadline, Cell& cell, std::set<int>& seen) {
  constexpr std::array kWantsAnEnd = {SIGINT, SIGTERM, SIGQUIT};
  while (const auto signal = deadline.next_signal()) {
    const bool again = !seen.insert(*signal).second && std::ranges::find(kWantsAnEnd, *signal) != kWantsAnEnd.end();
    [[maybe_unused]] const auto sent =
        again ? sys::send_signal(cell.init, SIGKILL) : sys::send_signal(cell.payload, *signal);
  }
}

constexpr pollfd kNothing{.fd = -1, .events = 0, .revents = 0};
constexpr int kTickMs = 250;
/// A killed cell must have ended within this many milliseconds. A task may hang in the kernel, for example in a dead
/// network file system.
constexpr int kDyingMs = 10'000;
/// After the time limit, the reader of the program's output has this many milliseconds for the bytes that are left.
constexpr std::int64_t kDrainingMs = 2000;

}  // namespace

Result<Watched> watch(Cell& cell, Feed& feed, int to, const plan::Limits& limits, Deadline& deadline,
                      const std::function<bool()>& idle_work, const std::function<void(bool)>& tick) {
  Allowance allowance{.left = limits.output_bytes};
  Relay output(std::move(cell.standard_output), to, allowance);
  Relay error(std::move(cell.standard_error), STDERR_FILENO, allowance);
  Watched watched;
  std::set<int> seen_signals;
  bool ended = false;
  bool idle = true;
  int dying_ms = 0;
  std::int64_t drained_by_ms = 0;
  while (!ended || output.open() || error.open()) {
    std::array<pollfd, 6> fds = {
        output.wanted(),
        error.wanted(),
        pollfd{.fd = (ended ? deadline.endings() : deadline.signals()).get(), .events = POLLIN, .revents = 0},
        pollfd{.fd = ended ? -1 : cell.init.get(), .events = POLLIN, .revents = 0},
        ended ? kNothing : feed.wanted(),
        ended || !cell.observer ? kNothing : cell.observer->wanted()};
    // Poll with a pause after the time limit, too, because the killed cell may need some time to end.
    const int left_ms = deadline.left_ms() > 0 ? deadline.left_ms() : kTickMs;
    const bool watches_memory = cell.memory_watch && !watched.time_limit_hit && !watched.memory_limit_hit && !ended;
    const int due_ms = watches_memory ? std::min(left_ms, cell.memory_watch->due_ms()) : left_ms;
    const int wait_ms = tick ? std::min(kTickMs, due_ms) : due_ms;
    deadline.set_waiting(!idle);
    const auto ready = sys::call(::poll, fds.data(), fds.size(), idle ? 0 : wait_ms);
    deadline.set_waiting(false);
    if (!ready && ready.error().value != EINTR) return fail(Code::kSystem, "poll", "failed", {}, ready.error().value);
    const bool observed_only = ready == 1 && fds[5].revents != 0;
    if (tick && !observed_only) tick((fds[0].revents | fds[1].revents) != 0);
    if (ready == 0 && idle) idle = idle_work();
    if (fds[0].revents != 0) output.advance();
    if (fds[1].revents != 0) error.advance();
    if (fds[4].revents != 0) feed.advance();
    if (fds[5].revents != 0) cell.observer->advance(fds[5].revents);
    // Once the cell has ended, no process is left to pass a signal on to, and the reader of our output may be stuck.
    if (fds[2].revents != 0 && ended) CHECK_OK(deadline.check());
    if (fds[2].revents != 0) forward(deadline, cell, seen_signals);
    if (fds[3].revents != 0) ended = true;
    if (watches_memory && !ended && cell.memory_watch->is_over()) {
      watched.memory_limit_hit = true;
      [[maybe_unused]] const auto sent = sys::send_signal(cell.init, SIGKILL);
    }
    if (deadline.left_ms() > 0) continue;
    if (!ended && !watched.time_limit_hit) {
      watched.time_limit_hit = true;
      [[maybe_unused]] const auto sent = sys::send_signal(cell.init, SIGKILL);
    } else if (ended) {
      // Pass on what is still in the pipes, which nobody writes to any more. If the reader of our standard output or
      // error does not read, the rest is lost, and the result says so.
      if (drained_by_ms == 0) drained_by_ms = sys::monotonic_ms() + kDrainingMs;
      const bool stuck = ready == 0 && !idle;
      if ((!stuck && sys::monotonic_ms() < drained_by_ms) || !(output.open() || error.open())) continue;
      watched.time_limit_hit = watched.output_unread = true;
      break;
    } else if (ready == 0 && !idle) {
      dying_ms += kTickMs;
      if (dying_ms >= kDyingMs) break;
    }
  }
  // The page, which the following lines read, is complete only when no process of the cell writes to it any more.
  cell.end();
  constexpr std::string_view kNotPassedOn = "what the program wrote there cannot be passed on";
  if (output.lost() != 0) return fail(Code::kSystem, "standard output", kNotPassedOn, {}, output.lost());
  if (error.lost() != 0) return fail(Code::kSystem, "standard error", kNotPassedOn, {}, error.lost());
  watched.ended_regularly = cell.page().step == cell::Step::kEnded;
  watched.output_cut = allowance.cut;
  watched.relayed = limits.output_bytes - allowance.left;
  watched.output_sha256 = output.digest();
  watched.error_sha256 = error.digest();
  return watched;
}

}  // namespace immure::attest
