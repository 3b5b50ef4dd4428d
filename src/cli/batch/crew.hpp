/// Starts the runs of a batch, a few at a time, and waits for them.
#pragma once

#include <array>
#include <csignal>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/batch/entries.hpp"
#include "cli/batch/journal.hpp"
#include "cli/batch/store.hpp"
#include "cli/exit_code.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// An input, and how its run ended.
struct BatchRun {
  BatchEntry entry;
  RunRecord record{};        ///< of the last attempt
  bool ended = false;        ///< the run has ended, and will not be tried again
  bool interrupted = false;  ///< a signal ended the batch, and this run with it
};

struct CrewOrders {
  std::size_t jobs = 1;
  std::uint32_t retries = 0;
  std::size_t most_failures = 0;  ///< 0: any number
  bool prints = false;            ///< print what the programs printed
  bool verbose = false;           ///< also tell of runs that ended with 0
};

/// What the process of a run tells the batch, in memory that both share.
struct RunFacts {
  std::array<char, 64> input_sha256{};  ///< hex digits; the first is NUL if the run did not read its input
};

class Crew {
 public:
  /// `work` makes the run in a child process, and returns its exit code.
  using Work = std::function<ExitCode(const BatchRun& run, RunFacts& facts)>;
  Crew(std::vector<BatchRun>& runs, const BatchStore& store, Journal& journal, const CrewOrders& orders, Work work);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Makes all runs that have not ended. Returns the signal that ended the batch early, or 0. Error kSystem if a
  /// process cannot be started, or if a result cannot be kept; then the function still waits for the processes that
  /// were started.
  [[nodiscard]] Result<int> work();

 private:
  struct Running {
    std::size_t run;
    std::size_t slot;
    std::int64_t began_ms;
  };
  [[nodiscard]] Result<void> start(std::size_t run);
  [[noreturn]] void be_the_run(const BatchRun& run, RunFacts& facts, int parent) const;
  [[nodiscard]] std::size_t free_slot() const;
  void wait();
  void take(const Running& running, int status);
  [[nodiscard]] Result<void> commit(bool now);
  void tell_end(const BatchRun& run);
  void show_progress();
  void hide_progress();
  [[nodiscard]] bool may_start() const;

  std::vector<BatchRun>& runs_;
  const BatchStore& store_;
  Journal& journal_;
  const CrewOrders& orders_;
  Work make_run_;
  std::map<int, Running> running_;
  std::deque<std::size_t> waiting_;
  RunFacts* facts_ = nullptr;  ///< one for each slot, of which each running process has one
  std::vector<RunRecord> uncommitted_;
  Result<void> state_;
  std::size_t failures_ = 0, ended_ = 0;
  std::int64_t began_ms_ = 0, committed_ms_ = 0, shown_ms_ = 0;
  bool terminal_ = false, line_there_ = false;
  int stopped_by_ = 0;
  sigset_t waited_{}, before_{};
};

}  // namespace immure::cli
