#include "cli/batch/crew.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/batch/words.hpp"
#include "cli/print.hpp"
#include "file/sha256.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/utc_time.hpp"

namespace immure::cli {
namespace {

// Runs that end within this time are committed together, because each commit waits for the disk.
constexpr std::int64_t kCommitMs = 200;

/// Makes a file of `logs` the descriptor `number` of this process.
bool redirect(const sys::Fd& logs, const std::string& name, int number) {
  constexpr unsigned kByUmask = 0666;
  const auto log =
      sys::open_at(logs.get(), name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW, kByUmask);
  return log && sys::duplicate_onto(log->get(), number, false);
}

/// The digest that the process of the run has written; empty if it has written none, or something else.
std::string digest_in(const RunFacts& facts) {
  std::string digest(facts.input_sha256.data(), facts.input_sha256.size());
  return file::is_sha256_hex(digest) ? digest : std::string();
}

}  // namespace

Crew::Crew(std::vector<BatchRun>& runs, const BatchStore& store, Journal& journal, const CrewOrders& orders, Work work)
    : runs_(runs), store_(store), journal_(journal), orders_(orders), make_run_(std::move(work)) {
  for (std::size_t run = 0; run < runs.size(); ++run) {
    if (!runs[run].ended) waiting_.push_back(run);
    if (runs[run].ended && runs[run].record.code != kSuccess) ++failures_;
  }
  terminal_ = ::isatty(STDERR_FILENO) != 0;
  const auto shared = sys::call(::mmap, nullptr, orders.jobs * sizeof(RunFacts), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared) {
    facts_ = static_cast<RunFacts*>(*shared);
  } else {
    state_ = fail(Code::kSystem, "memory", "cannot be shared with the runs", {}, shared.error().value);
  }
  ::sigemptyset(&waited_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) ::sigaddset(&waited_, signal);
  ::sigprocmask(SIG_BLOCK, &waited_, &before_);
}

Crew::~Crew() {
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  if (facts_ != nullptr) ::munmap(facts_, orders_.jobs * sizeof(RunFacts));
}

std::size_t Crew::free_slot() const {
  std::size_t slot = 0;
  while (std::ranges::any_of(running_, [slot](const auto& one) { return one.second.slot == slot; })) ++slot;
  return slot;
}

bool Crew::may_start() const {
  return !waiting_.empty() && stopped_by_ == 0 && state_ && running_.size() < orders_.jobs &&
         (orders_.most_failures == 0 || failures_ < orders_.most_failures);
}

Result<int> Crew::work() {
  began_ms_ = committed_ms_ = sys::monotonic_ms();
  while (!running_.empty() || may_start()) {
    while (may_start()) {
      const std::size_t next = waiting_.front();
      waiting_.pop_front();
      state_ = start(next);
    }
    if (!running_.empty()) wait();
    if (const auto committed = commit(running_.empty()); !committed && state_) state_ = committed;
    show_progress();
  }
  hide_progress();
  if (!state_) return std::unexpected(state_.error());
  return stopped_by_;
}

Result<void> Crew::start(std::size_t number) {
  const int parent = ::getpid();
  const std::size_t slot = free_slot();
  facts_[slot] = {};
  const auto child = sys::call(::fork);
  if (!child)
    return fail(Code::kSystem, runs_[number].entry.name, "its run cannot be started", {}, child.error().value);
  if (*child == 0) be_the_run(runs_[number], facts_[slot], parent);
  running_[*child] = {.run = number, .slot = slot, .began_ms = sys::monotonic_ms()};
  return {};
}

void Crew::be_the_run(const BatchRun& run, RunFacts& facts, int parent) const {
  // If the batch process has ended meanwhile, start no run.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(kFault);
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  if (!redirect(store_.logs(), run.entry.name + ".stdout", STDOUT_FILENO) ||
      !redirect(store_.logs(), run.entry.name + ".stderr", STDERR_FILENO)) {
    tell(run.entry.name + ": its messages cannot be kept");
    ::_exit(kFault);
  }
  ::_exit(make_run_(run, facts));
}

void Crew::wait() {
  constexpr timespec kBetweenLooks{.tv_sec = 0, .tv_nsec = 200'000'000};
  siginfo_t from{};
  const int signal = ::sigtimedwait(&waited_, &from, &kBetweenLooks);
  if (signal > 0 && signal != SIGCHLD) {
    stopped_by_ = signal;
    // The kernel sends a terminal's signals to the runs too, because the runs are in the same process group.
    if (from.si_code != SI_KERNEL) {
      for (const auto& [pid, running] : running_) ::kill(pid, signal);
    }
  }
  int status = 0;
  for (int ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto found = running_.find(ended);
    if (found == running_.end()) continue;
    const Running running = found->second;
    running_.erase(found);
    take(running, status);
  }
}

void Crew::take(const Running& running, int status) {
  BatchRun& run = runs_[running.run];
  RunRecord& record = run.record;
  const std::uint32_t attempt = record.ended_on.empty() ? 1 : record.attempt + 1;
  const std::string& name = run.entry.name;
  record = {.attempt = attempt,
            .code = WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status),
            .duration_ms = static_cast<std::uint64_t>(sys::monotonic_ms() - running.began_ms),
            .ended_on = text::utc_now(),
            .evidence_sha256 = store_.evidence_digest(name),
            .input_sha256 = digest_in(facts_[running.slot]),
            .last = true,
            .name = name,
            .started = store_.has_output(name),
            .words = {}};
  const bool failed = record.code != kSuccess;
  if (failed) record.words = last_words(store_.logs(), name);
  run.interrupted = failed && stopped_by_ != 0;
  tell_end(run);
  // A run that the operator's signal has ended is made again when the batch goes on.
  if (run.interrupted) return;
  if (failed && attempt <= orders_.retries) {
    record.last = false;
    // The next attempt needs the names of these results.
    if (auto moved = store_.set_aside(name); !moved && state_) state_ = moved;
    waiting_.push_back(running.run);
  } else {
    run.ended = true;
    ++ended_;
    if (failed) ++failures_;
  }
  uncommitted_.push_back(record);
}

/// Brings the results of the runs that have ended to their places. The order matters: first the results are on the
/// disk, then the journal says so, then the results get their names. After a crash the batch finds either no record,
/// and makes the run again, or a record, and finishes the last step.
Result<void> Crew::commit(bool now) {
  if (uncommitted_.empty() || (!now && sys::monotonic_ms() - committed_ms_ < kCommitMs)) return {};
  CHECK_OK(store_.flush());
  CHECK_OK(journal_.add(uncommitted_));
  for (const RunRecord& record : uncommitted_)
    if (record.last) CHECK_OK(store_.publish(record.name));
  uncommitted_.clear();
  committed_ms_ = sys::monotonic_ms();
  return {};
}

void Crew::tell_end(const BatchRun& run) {
  const RunRecord& record = run.record;
  if (record.code != kSuccess || orders_.verbose) {
    const bool again = record.code != kSuccess && !run.interrupted && record.attempt <= orders_.retries;
    hide_progress();
    tell(record.name + ": ended with " + std::to_string(record.code) + (again ? ", and is tried again" : "") +
         (record.words.empty() ? "" : ": " + record.words));
  }
  if (orders_.prints) {
    hide_progress();
    print_labelled(store_.logs(), record.name);
  }
}

void Crew::show_progress() {
  constexpr std::int64_t kQuietMs = 500, kEveryMs = 200;
  const std::int64_t now = sys::monotonic_ms();
  if (!terminal_ || now - began_ms_ < kQuietMs || now - shown_ms_ < kEveryMs) return;
  shown_ms_ = now;
  line_there_ = true;
  const std::size_t left = waiting_.size() + running_.size();
  write_briefly("\r\x1B[K" + progress_text({.all = runs_.size(),
                                            .left = left,
                                            .ended_now = ended_,
                                            .failed = failures_,
                                            .milliseconds = now - began_ms_}));
}

void Crew::hide_progress() {
  if (line_there_) write_briefly("\r\x1B[K");
  line_there_ = false;
}

}  // namespace immure::cli
