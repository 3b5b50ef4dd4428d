#include "inspect/pool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::inspect {
namespace {

// The coordinator sends jobs ahead, because it has other work, too. Near the end it sends fewer ahead, so that no
// worker is left alone with all remaining jobs.
constexpr std::size_t kLeastAhead = 4, kMostAhead = 512;
constexpr std::uint64_t kMostAheadBytes = 8 << 20;
// The coordinator takes several answers at once, because a wake-up for each answer costs more than reading the answer.
// The wait is shorter than the time that a worker needs for this many jobs, so no worker runs out of jobs.
constexpr std::size_t kAtEase = 256;
constexpr timespec kGather{.tv_sec = 0, .tv_nsec = 2'000'000};
// The number of entries to list at a time while inspecting goes on.
constexpr std::size_t kEntries = 64;
// The coordinator gives out files of this size first, once all files are known: a large file that comes last would keep
// one processor busy and the others idle.
constexpr std::uint64_t kLarge = 1 << 20;
constexpr std::uint8_t kAttempts = 2;
// No honest worker sends more bytes than this about one file.
constexpr std::size_t kMostPerJob = 256U << 20;
constexpr std::size_t kBlock = 64 * 1024;

std::size_t slot(Role role) { return role == Role::kHasher ? 0 : 1; }

std::string ended(int status) {
  if (WIFSIGNALED(status)) return "the worker was killed by signal " + std::to_string(WTERMSIG(status));
  return "the worker ended with " + std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

}  // namespace

Result<Pool> Pool::start(int input, const RuleSet& rules, const Limits& limits, unsigned each) {
  Pool pool(input, rules, limits);
  for (unsigned i = 0; i < each; ++i) {
    for (const Role role : {Role::kHasher, Role::kParser}) {
      if (role == Role::kParser && limits.inventory) continue;
      pool.processes_.push_back({.role = role});
      CHECK_OK(pool.launch(pool.processes_.back()));
    }
  }
  return pool;
}

Pool::~Pool() {
  for (Process& process : processes_) end(process);
}

Result<void> Pool::launch(Process& process) {
  auto jobs = sys::make_pipe();
  auto answers = sys::make_pipe();
  if (!jobs || !answers)
    return fail(Code::kSystem, "a worker", "cannot be started", {}, jobs ? answers.error().value : jobs.error().value);
  // Writing to a busy worker must not block the coordinator.
  if (const auto set = sys::call([&] { return ::fcntl(jobs->write.get(), F_SETFL, O_NONBLOCK); }); !set)
    return fail(Code::kSystem, "a worker", "cannot be started", {}, set.error().value);
  const auto pid = sys::call(::fork);
  if (!pid) return fail(Code::kSystem, "a worker", "cannot be started", {}, pid.error().value);
  if (*pid == 0) {
    work({.role = process.role,
          .jobs = jobs->read.get(),
          .answers = answers->write.get(),
          .input = input_,
          .rules = rules_,
          .limits = limits_});
  }
  process.pid = *pid;
  process.ready = false;
  process.jobs = std::move(jobs->write);
  process.answers = std::move(answers->read);
  process.unsent.clear();
  process.received.clear();
  process.received_for_job = 0;
  process.said = {};
  process.outstanding.clear();
  process.outstanding_bytes = 0;
  return {};
}

void Pool::end(Process& process) {
  if (process.pid < 0) return;
  ::kill(process.pid, SIGKILL);
  static_cast<void>(sys::wait_for_end(process.pid));
  process.pid = -1;
  process.jobs.reset();
  process.answers.reset();
}

Result<void> Pool::replace(Process& process) {
  end(process);
  return launch(process);
}

Result<std::vector<Inspected>> Pool::inspect(Listing& listing, file::ProgressFile* progress) {
  entries_ = &listing.found().entries;
  deadline_ = Clock::now() + std::chrono::milliseconds(limits_.run_ms);
  // If a worker is gone, a write to it must fail with an error instead of ending the coordinator.
  ::signal(SIGPIPE, SIG_IGN);
  while (!listed_ || queues_[0].left + queues_[1].left > 0) {
    if (Clock::now() >= deadline_) {
      give_up(listing);
      break;
    }
    if (!listed_) list_some(listing);
    for (Process& process : processes_) feed(process);
    if (progress != nullptr && listed_) tell(*progress);
    CHECK_OK(wait());
  }
  return std::move(inspected_);
}

void Pool::list_some(Listing& listing) {
  const std::size_t known = entries_->size();
  listed_ = !listing.step(kEntries);
  inspected_.resize(entries_->size());
  attempts_.resize(entries_->size());
  parsed_.resize(entries_->size());
  for (std::size_t i = known; i < entries_->size(); ++i) {
    const Entry& entry = (*entries_)[i];
    if (entry.kind != EntryKind::kFile) continue;
    ++progress_.all_files;
    progress_.all_bytes += entry.size;
    for (Queue& queue : roles()) {
      queue.files.push_back(static_cast<std::uint32_t>(i));
      ++queue.left;
    }
  }
  if (!listed_) return;
  Queue& hashers = queues_[slot(Role::kHasher)];
  const auto rest =
      std::ranges::subrange(hashers.files.begin() + static_cast<std::ptrdiff_t>(hashers.next), hashers.files.end());
  std::ranges::stable_partition(rest, [this](std::uint32_t entry) { return (*entries_)[entry].size >= kLarge; });
}

std::span<Pool::Queue> Pool::roles() { return std::span(queues_).first(limits_.inventory ? 1 : queues_.size()); }

// Unpacked bytes of the whole run count in the order of the files, regardless of which worker finishes first. So the
// same containers are opened with any number of workers. If a container beyond the limit was opened already, the caller
// discards the results.
bool Pool::may_expand() const { return prefix_expanded_ <= limits_.expanded_run; }

/// The number of jobs that a process may have at once: a share of all jobs while the listing goes on, and later a share
/// of the jobs that no process has yet.
std::size_t Pool::share(const Process& process) {
  const Queue& queue = queues_[slot(process.role)];
  const std::size_t each = processes_.size() / roles().size();
  const std::size_t fair = listed_ ? (queue.files.size() - queue.next) / (2 * each) : queue.left / each;
  return std::clamp(fair, kLeastAhead, kMostAhead);
}

void Pool::feed(Process& process) {
  Queue& queue = queues_[slot(process.role)];
  const std::size_t most = share(process);
  // Keep one job ready at all times, because a worker that has to wait for a job may wake up on a processor where
  // another worker is busy.
  const auto has_room = [&] {
    return process.outstanding.size() < most &&
           (process.outstanding.size() < 2 || process.outstanding_bytes < kMostAheadBytes);
  };
  while (has_room() && (!queue.again.empty() || queue.next < queue.files.size())) {
    // A file that is tried again is tried alone, so that it is clear which file ends the worker.
    if (!queue.again.empty() && !process.outstanding.empty()) break;
    const std::uint32_t number = queue.again.empty() ? queue.files[queue.next++] : queue.again.front();
    if (!queue.again.empty()) queue.again.pop_front();
    const Entry& entry = (*entries_)[number];
    wire::append_job(process.unsent, {.number = number,
                                      .inode = entry.inode,
                                      .size = entry.size,
                                      .mtime_ns = entry.mtime_ns,
                                      .containers = may_expand(),
                                      .path = entry.path});
    if (process.outstanding.empty()) process.since = Clock::now();
    process.outstanding.push_back(number);
    process.outstanding_bytes += entry.size;
  }
  send(process);
}

void Pool::send(Process& process) {
  while (!process.unsent.empty()) {
    const auto sent = sys::call_until_done(::write, process.jobs.get(), process.unsent.data(), process.unsent.size());
    // The coordinator notices and handles a lost worker when it reads the worker's answers.
    if (!sent && sent.error().value != EAGAIN) process.unsent.clear();
    if (!sent) return;
    process.unsent.erase(0, static_cast<std::size_t>(*sent));
  }
}

Result<void> Pool::wait() {
  const auto at_ease = [](const Process& process) { return process.outstanding.size() > kAtEase; };
  if (listed_ && std::ranges::all_of(processes_, at_ease)) ::ppoll(nullptr, 0, &kGather, nullptr);
  std::vector<pollfd> ends;
  Clock::time_point soonest = deadline_;
  for (const Process& process : processes_) {
    ends.push_back({.fd = process.answers.get(), .events = POLLIN, .revents = 0});
    if (!process.outstanding.empty())
      soonest = std::min(soonest, process.since + std::chrono::milliseconds(limits_.file_ms));
  }
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(soonest - Clock::now()).count() + 1;
  const auto patience = listed_ ? std::clamp<std::int64_t>(left, 0, 60'000) : 0;
  const auto ready = sys::call(::poll, ends.data(), ends.size(), static_cast<int>(patience));
  if (!ready && ready.error().value != EINTR)
    return fail(Code::kSystem, "the workers", "cannot be waited for", {}, ready.error().value);
  const auto now = Clock::now();
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (ready && ends[i].revents != 0) CHECK_OK(receive(processes_[i]));
    CHECK_OK(check_time(processes_[i], now));
  }
  return {};
}

Result<void> Pool::receive(Process& process) {
  std::array<std::byte, kBlock> block;
  auto count = sys::read_some(process.answers.get(), block);
  if (!count || *count == 0) {
    const int status = sys::wait_for_end(process.pid).value_or(0);
    process.pid = -1;
    return lost(process, Rule::kReadParserDied, ended(status));
  }
  process.received.append(reinterpret_cast<const char*>(block.data()), *count);
  process.received_for_job += *count;
  if (!take_messages(process))
    return lost(process, Rule::kReadParserDied, "the worker sent an answer that is not allowed");
  return {};
}

/// Reads messages. Returns false if the worker said something that no honest worker says.
bool Pool::take_messages(Process& process) {
  std::string_view rest = process.received;
  bool broken = false;
  while (const auto message = wire::next(rest, broken)) {
    if (!wire::accept(*message, rules_.texts().size(), process.said)) return false;
    process.ready = process.ready || process.said.ready;
    if (!process.said.done) continue;
    if (process.outstanding.empty() || *process.said.done != process.outstanding.front()) return false;
    finish(process);
  }
  process.received.erase(0, process.received.size() - rest.size());
  return !broken && process.received_for_job <= kMostPerJob;
}

void Pool::finish(Process& process) {
  const std::uint32_t number = process.outstanding.front();
  process.outstanding.pop_front();
  process.outstanding_bytes -= (*entries_)[number].size;
  process.since = Clock::now();
  process.received_for_job = 0;
  Inspected& inspected = inspected_[number];
  FileResult& said = process.said.result;
  auto& findings = inspected.result.findings;
  findings.insert(findings.end(), std::make_move_iterator(said.findings.begin()),
                  std::make_move_iterator(said.findings.end()));
  if (process.role == Role::kHasher) {
    inspected.sha256 = process.said.digest;
  } else {
    inspected.result.type = said.type;
    inspected.result.members = std::move(said.members);
    inspected.result.covered = said.covered;
    inspected.result.description = std::move(said.description);
    inspected.result.walked = said.walked;
    inspected.result.expanded = said.expanded;
    parsed_[number] = 1;
    const std::vector<std::uint32_t>& files = queues_[slot(Role::kParser)].files;
    while (prefix_ < files.size() && parsed_[files[prefix_]] != 0)
      prefix_expanded_ += inspected_[files[prefix_++]].result.expanded;
  }
  progress_.bytes += (*entries_)[number].size;
  process.said = {};
  --queues_[slot(process.role)].left;
}

Result<void> Pool::check_time(Process& process, Clock::time_point now) {
  if (process.outstanding.empty() || now - process.since < std::chrono::milliseconds(limits_.file_ms)) return {};
  return lost(process, Rule::kLimitFileTime, "not done after " + std::to_string(limits_.file_ms) + " ms");
}

/// Handles a worker that died or that must be ended. Its file is tried once more in a new process, because an earlier
/// file may have damaged the old one. After a time limit the file is tried again only if it is unclear which file took
/// too long. If the file is not tried again, everything that the worker has said about it is kept.
Result<void> Pool::lost(Process& process, Rule rule, const std::string& seen) {
  Queue& queue = queues_[slot(process.role)];
  if (!process.ready)
    return fail(Code::kUnsupported, "a worker", "cannot put itself into a sandbox",
                "This needs Landlock and seccomp in the kernel.");
  if (process.outstanding.empty()) return replace(process);
  auto first = process.outstanding.begin();
  // A hasher answers for several files at once, so the file that took too long may be any of them.
  const bool unclear = process.role == Role::kHasher && process.outstanding.size() > 1;
  const bool again = unclear || (rule != Rule::kLimitFileTime && ++attempts_[*first] < kAttempts);
  const std::vector<std::uint32_t> rest(first + 1, process.outstanding.end());
  if (again) {
    queue.again.push_front(*first);
  } else {
    process.said.result.add(rule, {}, seen);
    finish(process);
  }
  // Put the remaining jobs after the one that is tried again, so that files keep their order.
  queue.again.insert(queue.again.begin() + (again ? 1 : 0), rest.begin(), rest.end());
  return replace(process);
}

void Pool::tell(file::ProgressFile& progress) {
  constexpr std::chrono::milliseconds kEvery(100);
  const auto now = Clock::now();
  if (now - told_ < kEvery) return;
  told_ = now;
  file::Progress shown = progress_;
  shown.files = progress_.all_files - std::max(queues_[0].left, queues_[1].left);
  shown.bytes /= roles().size();
  progress.write(shown);
}

/// Adds a finding for each file that no worker got to. From here on, the run only lists the remaining entries.
void Pool::give_up(Listing& listing) {
  for (Process& process : processes_) end(process);
  while (!listed_) list_some(listing);
  const auto unanswered = [&](std::uint32_t entry) {
    inspected_[entry].result.add(Rule::kLimitRunTime, {}, "not done after " + std::to_string(limits_.run_ms) + " ms");
  };
  for (const Process& process : processes_) std::ranges::for_each(process.outstanding, unanswered);
  for (const Queue& queue : roles()) {
    std::ranges::for_each(queue.again, unanswered);
    std::for_each(queue.files.begin() + static_cast<std::ptrdiff_t>(queue.next), queue.files.end(), unanswered);
  }
}

}  // namespace immure::inspect
