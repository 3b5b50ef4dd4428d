#include "attest/supervise.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <set>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "attest/conduit.hpp"
#include "attest/relay.hpp"
#include "sys/clock.hpp"
#include "sys/libc.hpp"
#include "sys/process.hpp"

namespace immure::attest {
namespace {

constexpr pollfd kNothing{.fd = -1, .events = 0, .revents = 0};
constexpr int kTickMs = 250;
/// A killed cell must have ended within this many milliseconds. A task may hang in the kernel, for example in a dead
/// network file system.
constexpr int kDyingMs = 10'000;
/// After the time limit, the reader of the program's output has this many milliseconds for the bytes that are left.
constexpr std::int64_t kDrainingMs = 2000;

/// One program, and what the supervisor passes on for it.
struct Stage {
  Cell& cell;
  Relay error;
  bool ended = false;
};

/// Watches until all cells have ended and all that they wrote was passed on.
class Watch {
 public:
  Watch(std::span<Cell* const> cells, Feed& feed, int to, const plan::Limits& limits, Deadline& deadline)
      : allowance_{.left = limits.output_bytes},
        output_(std::move(cells.back()->standard_output), to, allowance_),
        feed_(feed),
        limits_(limits),
        deadline_(deadline) {
    stages_.reserve(cells.size());
    for (Cell* cell : cells)
      stages_.push_back({.cell = *cell, .error = Relay(std::move(cell->standard_error), STDERR_FILENO, allowance_)});
    pipes_.reserve(cells.size());
    for (std::size_t i = 1; i < cells.size(); ++i)
      pipes_.emplace_back(std::move(cells[i - 1]->standard_output), std::move(cells[i]->standard_input),
                          limits.output_bytes);
  }

  Result<Watched> run(const std::function<bool()>& idle_work, const std::function<void(bool)>& tick) {
    while (!ended() || streams_open()) {
      CHECK_OK(wait(idle_work, tick));
      if (deadline_.left_ms() > 0) continue;
      if (!end_after_limit()) break;
    }
    return finish();
  }

 private:
  [[nodiscard]] bool ended() const { return std::ranges::all_of(stages_, &Stage::ended); }
  [[nodiscard]] bool streams_open() const {
    return output_.open() || std::ranges::any_of(stages_, [](const Stage& stage) { return stage.error.open(); });
  }

  void kill_all() {
    for (Stage& stage : stages_) {
      if (stage.ended) continue;
      [[maybe_unused]] const auto sent = sys::send_signal(stage.cell.init, SIGKILL);
    }
  }

  void forward() {
    constexpr std::array kWantsAnEnd = {SIGINT, SIGTERM, SIGQUIT};
    while (const auto signal = deadline_.next_signal()) {
      const bool again =
          !seen_signals_.insert(*signal).second && std::ranges::find(kWantsAnEnd, *signal) != kWantsAnEnd.end();
      if (again) {
        kill_all();
        continue;
      }
      for (Stage& stage : stages_) {
        if (stage.ended) continue;
        [[maybe_unused]] const auto sent = sys::send_signal(stage.cell.payload, *signal);
      }
    }
  }

  /// Where poll(2) waits, in the order in which listen() gives the answers back.
  std::vector<pollfd> wanted(bool all_ended) {
    std::vector<pollfd> fds = {
        output_.wanted(),
        pollfd{.fd = (all_ended ? deadline_.endings() : deadline_.signals()).get(), .events = POLLIN, .revents = 0},
        all_ended || stages_.front().ended ? kNothing : feed_.wanted()};
    for (Stage& stage : stages_) {
      fds.push_back(stage.error.wanted());
      fds.push_back(pollfd{.fd = stage.ended ? -1 : stage.cell.init.get(), .events = POLLIN, .revents = 0});
      fds.push_back(stage.ended || !stage.cell.observer ? kNothing : stage.cell.observer->wanted());
    }
    for (const Conduit& pipe : pipes_)
      for (const pollfd& fd : pipe.wanted()) fds.push_back(fd);
    return fds;
  }

  Result<void> wait(const std::function<bool()>& idle_work, const std::function<void(bool)>& tick) {
    const bool all_ended = ended();
    std::vector<pollfd> fds = wanted(all_ended);
    // Poll with a pause after the time limit, too, because the killed cell may need some time to end.
    const int left_ms = deadline_.left_ms() > 0 ? deadline_.left_ms() : kTickMs;
    std::optional<MemoryWatch>& memory = stages_.back().cell.memory_watch;
    const bool watches_memory = memory && !watched_.time_limit_hit && !watched_.memory_limit_hit && !all_ended;
    const int due_ms = watches_memory ? std::min(left_ms, memory->due_ms()) : left_ms;
    const int wait_ms = tick ? std::min(kTickMs, due_ms) : due_ms;
    deadline_.set_waiting(!idle_);
    const auto ready = sys::call(::poll, fds.data(), fds.size(), idle_ ? 0 : wait_ms);
    deadline_.set_waiting(false);
    if (!ready && ready.error().value != EINTR) return fail(Code::kSystem, "poll", "failed", {}, ready.error().value);
    nothing_ready_ = ready == 0 && !idle_;
    if (ready == 0 && idle_) idle_ = idle_work();
    CHECK_OK(listen(fds, all_ended, ready.value_or(0), tick));
    if (watches_memory && !ended() && memory->is_over()) {
      watched_.memory_limit_hit = true;
      kill_all();
    }
    return {};
  }

  Result<void> listen(std::span<const pollfd> fds, bool all_ended, int ready, const std::function<void(bool)>& tick) {
    const pollfd &output = fds[0], &signals = fds[1], &feed = fds[2];
    std::span<const pollfd> rest = fds.subspan(3);
    const auto of_stage = [&rest](std::size_t i) { return rest.subspan(3 * i, 3); };
    const auto of_pipe = [&rest, this](std::size_t i) { return rest.subspan(3 * stages_.size() + 2 * i, 2); };
    bool speaks = output.revents != 0;
    int observed = 0;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      speaks = speaks || of_stage(i)[0].revents != 0;
      if (of_stage(i)[2].revents != 0) ++observed;
    }
    if (tick && (observed == 0 || observed != ready)) tick(speaks);
    if (output.revents != 0) output_.advance();
    if (feed.revents != 0) feed_.advance();
    for (std::size_t i = 0; i < pipes_.size(); ++i)
      if ((of_pipe(i)[0].revents | of_pipe(i)[1].revents) != 0) pipes_[i].advance(of_pipe(i)[0], of_pipe(i)[1]);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (of_stage(i)[0].revents != 0) stages_[i].error.advance();
      if (of_stage(i)[2].revents != 0) stages_[i].cell.observer->advance(of_stage(i)[2].revents);
    }
    // Once the cells have ended, no process is left to pass a signal on to, and the reader of our output may be stuck.
    if (signals.revents != 0 && all_ended) CHECK_OK(deadline_.check());
    if (signals.revents != 0) forward();
    for (std::size_t i = 0; i < stages_.size(); ++i)
      if (of_stage(i)[1].revents != 0) stages_[i].ended = true;
    return {};
  }

  /// The time limit was reached. Returns false if there is nothing left to wait for.
  bool end_after_limit() {
    if (!ended() && !watched_.time_limit_hit) {
      watched_.time_limit_hit = true;
      kill_all();
    } else if (ended()) {
      // Pass on what is still in the pipes, which nobody writes to any more. If the reader of our standard output or
      // error does not read, the rest is lost, and the result says so.
      if (drained_by_ms_ == 0) drained_by_ms_ = sys::monotonic_ms() + kDrainingMs;
      if ((!nothing_ready_ && sys::monotonic_ms() < drained_by_ms_) || !streams_open()) return true;
      watched_.time_limit_hit = watched_.output_unread = true;
      return false;
    } else if (nothing_ready_) {
      dying_ms_ += kTickMs;
      if (dying_ms_ >= kDyingMs) return false;
    }
    return true;
  }

  Result<Watched> finish() {
    // The page, which the following lines read, is complete only when no process of the cell writes to it any more.
    for (Stage& stage : stages_) stage.cell.end();
    constexpr std::string_view kNotPassedOn = "what the program wrote there cannot be passed on";
    if (output_.lost() != 0) return fail(Code::kSystem, "standard output", kNotPassedOn, {}, output_.lost());
    for (Stage& stage : stages_) {
      if (stage.error.lost() != 0) return fail(Code::kSystem, "standard error", kNotPassedOn, {}, stage.error.lost());
      watched_.stages.push_back({.ended_regularly = stage.cell.page().step == cell::Step::kEnded});
    }
    for (std::size_t i = 0; i < pipes_.size(); ++i) {
      Conduit& conduit = pipes_[i];
      watched_.stages[i].output_cut = conduit.cut();
      watched_.stages[i].written = conduit.written();
      watched_.stages[i + 1].read = conduit.read();
      if (conduit.failed() != 0)
        return fail(Code::kSystem, "the pipe from stage " + std::to_string(i + 1), kNotPassedOn, {}, conduit.failed());
    }
    watched_.output_cut = allowance_.cut;
    watched_.relayed = limits_.output_bytes - allowance_.left;
    watched_.output_sha256 = output_.digest();
    watched_.error_sha256 = stages_.back().error.digest();
    return std::move(watched_);
  }

  Allowance allowance_;
  Relay output_;
  std::vector<Stage> stages_;
  std::vector<Conduit> pipes_;
  Feed& feed_;
  const plan::Limits& limits_;
  Deadline& deadline_;
  Watched watched_;
  std::set<int> seen_signals_;
  bool idle_ = true, nothing_ready_ = false;
  int dying_ms_ = 0;
  std::int64_t drained_by_ms_ = 0;
};

}  // namespace

Result<Watched> watch(std::span<Cell* const> cells, Feed& feed, int to, const plan::Limits& limits, Deadline& deadline,
                      const std::function<bool()>& idle_work, const std::function<void(bool)>& tick) {
  return Watch(cells, feed, to, limits, deadline).run(idle_work, tick);
}

}  // namespace immure::attest
