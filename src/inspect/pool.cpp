#include "inspect/pool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/file.hpp"

namespace immure::inspect {
namespace {

// Jobs are sent ahead as far as any pipe holds them without blocking (pipe(7): one page at the least).
constexpr std::size_t kAhead = 64, kAheadBytes = 4096;
// Answers are taken together: to be woken for each of them costs more than to read it. Not longer than a worker with
// so many jobs left needs for them.
constexpr std::size_t kAtEase = 16;
constexpr timespec kGather{.tv_sec = 0, .tv_nsec = 500'000};
constexpr std::uint8_t kAttempts = 2;
// More than any honest worker says of one file.
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
  const int pid = ::fork();
  if (pid < 0) return fail(Code::kSystem, "a worker", "cannot be started", {}, errno);
  if (pid == 0) {
    work({.role = process.role,
          .jobs = jobs->read.get(),
          .answers = answers->write.get(),
          .input = input_,
          .rules = rules_,
          .limits = limits_});
  }
  process.pid = pid;
  process.ready = false;
  process.jobs = std::move(jobs->write);
  process.answers = std::move(answers->read);
  process.received.clear();
  process.received_for_job = 0;
  process.said = {};
  process.outstanding.clear();
  return {};
}

void Pool::end(Process& process) {
  if (process.pid < 0) return;
  ::kill(process.pid, SIGKILL);
  while (::waitpid(process.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  process.pid = -1;
  process.jobs.reset();
  process.answers.reset();
}

Result<void> Pool::replace(Process& process) {
  end(process);
  return launch(process);
}

Result<std::vector<Inspected>> Pool::inspect(const std::vector<Entry>& entries, file::ProgressFile* progress) {
  entries_ = &entries;
  inspected_.resize(entries.size());
  attempts_.assign(entries.size(), 0);
  parsed_.assign(entries.size(), 0);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].kind == EntryKind::kFile) files_.push_back(static_cast<std::uint32_t>(i));
  }
  progress_.all_files = files_.size();
  for (const std::uint32_t file : files_) progress_.all_bytes += entries[file].size;
  for (Queue& queue : roles()) queue.left = files_.size();
  deadline_ = Clock::now() + std::chrono::milliseconds(limits_.run_ms);
  // A worker that is gone must be an error of a write, not the end of the coordinator.
  ::signal(SIGPIPE, SIG_IGN);
  while (queues_[0].left + queues_[1].left > 0) {
    if (Clock::now() >= deadline_) {
      give_up();
      break;
    }
    for (Process& process : processes_) feed(process);
    if (progress != nullptr) tell(*progress);
    CHECK_OK(wait());
  }
  return std::move(inspected_);
}

std::span<Pool::Queue> Pool::roles() { return std::span(queues_).first(limits_.inventory ? 1 : queues_.size()); }

// What containers may expand in the whole run is counted in the order of the files, whoever is done first: so the same
// files are opened with any number of workers. Files beyond are taken back by the caller if they were opened already.
bool Pool::may_expand() const { return prefix_expanded_ <= limits_.expanded_run; }

void Pool::feed(Process& process) {
  Queue& queue = queues_[slot(process.role)];
  std::size_t bytes = 0;
  for (const Outstanding& job : process.outstanding) bytes += job.bytes;
  std::string messages;
  while (process.outstanding.size() < kAhead && (!queue.again.empty() || queue.next < files_.size())) {
    // What is tried again is tried alone, so that it is clear whom to blame.
    if (!queue.again.empty() && !process.outstanding.empty()) break;
    const std::uint32_t number = queue.again.empty() ? files_[queue.next] : queue.again.front();
    const Entry& entry = (*entries_)[number];
    const std::size_t before = messages.size();
    wire::append_job(messages, {.number = number,
                                .inode = entry.inode,
                                .size = entry.size,
                                .mtime_ns = entry.mtime_ns,
                                .containers = may_expand(),
                                .path = entry.path});
    const std::size_t size = messages.size() - before;
    if (!process.outstanding.empty() && bytes + size > kAheadBytes) {
      messages.resize(before);
      break;
    }
    if (queue.again.empty()) {
      ++queue.next;
    } else {
      queue.again.pop_front();
    }
    if (process.outstanding.empty()) process.since = Clock::now();
    process.outstanding.push_back({number, size});
    bytes += size;
  }
  // A worker that is gone shows at its answers, where it is dealt with.
  if (!messages.empty()) static_cast<void>(sys::write_all(process.jobs.get(), messages));
}

Result<void> Pool::wait() {
  const auto at_ease = [](const Process& process) { return process.outstanding.size() > kAtEase; };
  if (std::ranges::all_of(processes_, at_ease)) ::ppoll(nullptr, 0, &kGather, nullptr);
  std::vector<pollfd> ends;
  Clock::time_point soonest = deadline_;
  for (const Process& process : processes_) {
    ends.push_back({.fd = process.answers.get(), .events = POLLIN, .revents = 0});
    if (!process.outstanding.empty())
      soonest = std::min(soonest, process.since + std::chrono::milliseconds(limits_.file_ms));
  }
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(soonest - Clock::now()).count() + 1;
  const int ready = ::poll(ends.data(), ends.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
  if (ready < 0 && errno != EINTR) return fail(Code::kSystem, "the workers", "cannot be waited for", {}, errno);
  const auto now = Clock::now();
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (ready > 0 && ends[i].revents != 0) CHECK_OK(receive(processes_[i]));
    CHECK_OK(check_time(processes_[i], now));
  }
  return {};
}

Result<void> Pool::receive(Process& process) {
  std::array<std::byte, kBlock> block;
  auto count = sys::read_some(process.answers.get(), block);
  if (!count || *count == 0) {
    int status = 0;
    while (::waitpid(process.pid, &status, 0) < 0 && errno == EINTR) {
    }
    process.pid = -1;
    return lost(process, Rule::kReadParserDied, ended(status));
  }
  process.received.append(reinterpret_cast<const char*>(block.data()), *count);
  process.received_for_job += *count;
  if (!take_messages(process)) return lost(process, Rule::kReadParserDied, "the worker answered what it must not");
  return {};
}

/// False if the worker said what no honest worker says.
bool Pool::take_messages(Process& process) {
  std::string_view rest = process.received;
  bool broken = false;
  while (const auto message = wire::next(rest, broken)) {
    if (!wire::accept(*message, rules_.texts().size(), process.said)) return false;
    process.ready = process.ready || process.said.ready;
    if (!process.said.done) continue;
    if (process.outstanding.empty() || *process.said.done != process.outstanding.front().entry) return false;
    finish(process);
  }
  process.received.erase(0, process.received.size() - rest.size());
  return !broken && process.received_for_job <= kMostPerJob;
}

void Pool::finish(Process& process) {
  const std::uint32_t number = process.outstanding.front().entry;
  process.outstanding.pop_front();
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
    while (prefix_ < files_.size() && parsed_[files_[prefix_]] != 0)
      prefix_expanded_ += inspected_[files_[prefix_++]].result.expanded;
  }
  progress_.bytes += (*entries_)[number].size;
  process.said = {};
  --queues_[slot(process.role)].left;
}

Result<void> Pool::check_time(Process& process, Clock::time_point now) {
  if (process.outstanding.empty() || now - process.since < std::chrono::milliseconds(limits_.file_ms)) return {};
  return lost(process, Rule::kLimitFileTime, "not done after " + std::to_string(limits_.file_ms) + " ms");
}

/// A worker is gone or has to go. The file it had is tried once more in a fresh one, since an earlier file may have
/// harmed the process; not after a time limit, unless it is unclear which file it was. What it said until then stays
/// when it is not tried again.
Result<void> Pool::lost(Process& process, Rule rule, const std::string& seen) {
  Queue& queue = queues_[slot(process.role)];
  if (!process.ready)
    return fail(Code::kUnsupported, "a worker", "could not wall itself in", "It needs Landlock and seccomp.");
  if (process.outstanding.empty()) return replace(process);
  auto first = process.outstanding.begin();
  // A hasher answers for several files at once.
  const bool unclear = process.role == Role::kHasher && process.outstanding.size() > 1;
  const bool again = unclear || (rule != Rule::kLimitFileTime && ++attempts_[first->entry] < kAttempts);
  const std::vector<Outstanding> rest(first + 1, process.outstanding.end());
  if (again) {
    queue.again.push_front(first->entry);
  } else {
    process.said.result.add(rule, {}, seen);
    finish(process);
  }
  // After the one that is tried again: the order of the files is kept.
  queue.again.insert(queue.again.begin() + (again ? 1 : 0), rest.size(), 0);
  std::ranges::transform(rest, queue.again.begin() + (again ? 1 : 0), &Outstanding::entry);
  return replace(process);
}

void Pool::tell(file::ProgressFile& progress) {
  constexpr std::chrono::milliseconds kEvery(100);
  const auto now = Clock::now();
  if (now - told_ < kEvery) return;
  told_ = now;
  file::Progress shown = progress_;
  shown.files = files_.size() - std::max(queues_[0].left, queues_[1].left);
  shown.bytes /= roles().size();
  progress.write(shown);
}

void Pool::give_up() {
  for (Process& process : processes_) {
    end(process);
    const auto unanswered = [&](std::uint32_t entry) {
      inspected_[entry].result.add(Rule::kLimitRunTime, {}, "not done after " + std::to_string(limits_.run_ms) + " ms");
    };
    for (const Outstanding& job : process.outstanding) unanswered(job.entry);
    Queue& queue = queues_[slot(process.role)];
    for (const std::uint32_t entry : queue.again) unanswered(entry);
    queue.again.clear();
    for (; queue.next < files_.size(); ++queue.next) unanswered(files_[queue.next]);
  }
}

}  // namespace immure::inspect
