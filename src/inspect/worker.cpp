#include "inspect/worker.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <memory>

#include <sys/stat.h>
#include <unistd.h>

#include "file/tree.hpp"
#include "inspect/input_root.hpp"
#include "inspect/lock_down.hpp"
#include "inspect/scan/analyse.hpp"
#include "inspect/scan/content_hash.hpp"
#include "inspect/wire.hpp"
#include "sys/file.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kBlock = 256 * 1024;
// A hasher sends several answers together, because each message wakes the coordinator. The hasher sends when it has no
// more jobs, or after this many files or bytes.
constexpr std::size_t kAnswers = 16;
constexpr std::uint64_t kAnswerBytes = 4 << 20;

/// The text of an error for a finding, without the path, which the finding has already.
std::string reason(const Error& error) {
  Error bare = error;
  bare.where.clear();
  return to_text(bare);
}

bool as_scanned(const struct stat& info, const wire::Job& job) {
  return info.st_ino == job.inode && static_cast<std::uint64_t>(info.st_size) == job.size &&
         file::nanoseconds(info.st_mtim) == job.mtime_ns;
}

bool is_still_as_scanned(int fd, const wire::Job& job) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && as_scanned(info, job);
}

class Worker {
 public:
  explicit Worker(const WorkerPlan& plan) : plan_(plan), opener_(plan.input), analyser_(plan.rules, plan.limits) {}

  void run() {
    wire::append_ready(out_);
    send();
    std::string buffer;
    std::unique_ptr<std::byte[]> block = std::make_unique_for_overwrite<std::byte[]>(kBlock);
    while (true) {
      auto count = sys::read_some(plan_.jobs, std::span(block.get(), kBlock));
      if (!count || *count == 0) return;
      buffer.append(reinterpret_cast<const char*>(block.get()), *count);
      std::string_view rest = buffer;
      bool broken = false;
      while (const auto message = wire::next(rest, broken)) {
        if (const auto job = wire::read_job(*message)) take(*job);
      }
      send();
      buffer.erase(0, buffer.size() - rest.size());
    }
  }

 private:
  void take(const wire::Job& job) {
    auto file = opener_.open(job.path);
    if (!file) {
      // The hasher reads every file, so it reports the error for both workers.
      if (plan_.role == Role::kHasher) add(Rule::kReadFailed, reason(file.error()));
    } else if (plan_.role == Role::kHasher) {
      hash(*file, job);
    } else if (as_scanned(file->status, job)) {
      parse(file->fd.get(), job);
    }
    // Close the file before answering: the coordinator takes an answer to mean that the worker holds no file of the
    // drop.
    if (file) file->fd.reset();
    wire::append_done(out_, job.number);
    ++answers_;
    answer_bytes_ += job.size;
    // A parser sends at once, so that its findings are not lost if the next file kills it.
    if (plan_.role == Role::kParser || answers_ >= kAnswers || answer_bytes_ >= kAnswerBytes) send();
  }

  void add(Rule rule, std::string seen) {
    FileResult result;
    result.add(rule, {}, std::move(seen));
    wire::append_finding(out_, result.findings.front());
  }

  void hash(const Opener::Opened& file, const wire::Job& job) {
    if (!as_scanned(file.status, job)) return add(Rule::kReadChanged, "it changed after it was listed");
    const int fd = file.fd.get();
    ContentHash hash;
    if (!block_) block_ = std::make_unique_for_overwrite<std::byte[]>(kBlock);
    std::uint64_t done = 0;
    do {
      auto count = sys::read_some(fd, std::span(block_.get(), kBlock));
      if (!count) return add(Rule::kReadFailed, reason({.what = "cannot be read", .errno_value = count.error().value}));
      if (*count == 0) break;
      hash.update(std::span<const std::byte>(block_.get(), *count));
      done += *count;
    } while (done < job.size);
    if (done != job.size || !is_still_as_scanned(fd, job))
      return add(Rule::kReadChanged, "it changed while it was read");
    wire::append_digest(out_, hash.finish());
  }

  void parse(int fd, const wire::Job& job) {
    const std::uint64_t wanted = std::min(job.size, plan_.limits.analysed_bytes);
    if (capacity_ < wanted) {
      content_.reset();
      content_ = std::make_unique_for_overwrite<std::byte[]>(wanted);
      capacity_ = wanted;
    }
    std::uint64_t used = 0;
    while (used < wanted) {
      auto count = sys::read_some(fd, std::span(content_.get() + used, wanted - used));
      // The hasher gets the same error and reports it.
      if (!count) return;
      if (*count == 0) break;
      used += *count;
    }
    FileResult result;
    const FileContent file{.bytes = {content_.get(), used},
                           .size = used < wanted ? used : job.size,
                           .fd = used < job.size ? fd : -1,
                           .path = job.path,
                           .containers = job.containers};
    analyser_.analyse(file, result, [this](FileResult& stage) { send_stage(stage); });
    append_stage(result);
    wire::append_type(out_, result.type);
    if (result.walked) wire::append_expanded(out_, result.expanded);
  }

  // Sends at once what is known, so that nothing is lost if the next parser dies. The record of what was covered can
  // wait: if a parser dies on a file, a finding says that not all of the file was inspected.
  void send_stage(FileResult& stage) {
    if (stage.findings.empty() && stage.members.empty()) return;
    append_stage(stage);
    wire::append_type(out_, stage.type);
    send();
  }

  void append_stage(FileResult& stage) {
    for (const Finding& finding : stage.findings) wire::append_finding(out_, finding);
    for (const Member& member : stage.members) wire::append_member(out_, member);
    for (const CoveredContent& content : stage.covers) wire::append_covered(out_, content);
    stage.findings.clear();
    stage.members_before += static_cast<std::uint32_t>(stage.members.size());
    stage.members.clear();
    stage.covers.clear();
  }

  void send() {
    if (out_.empty()) return;
    if (!sys::write_all(plan_.answers, out_)) ::_exit(1);
    out_.clear();
    answers_ = 0;
    answer_bytes_ = 0;
  }

  const WorkerPlan& plan_;
  Opener opener_;
  Analyser analyser_;
  std::string out_;
  std::size_t answers_ = 0;         ///< the number of finished files in out_
  std::uint64_t answer_bytes_ = 0;  ///< the number of bytes of these files
  std::unique_ptr<std::byte[]> block_, content_;
  std::uint64_t capacity_ = 0;
};

/// Moves the three descriptors of the plan to fixed numbers and closes all others, so that no descriptor of the
/// coordinator is in reach.
WorkerPlan only_its_own(const WorkerPlan& plan) {
  // This number lies above all numbers in use, so that no move overwrites another descriptor.
  constexpr int kFree = 200;
  const int sources[] = {plan.jobs, plan.answers, plan.input};
  for (int i = 0; i < 3; ++i) {
    if (!sys::duplicate_onto(sources[i], kFree + i, true)) ::_exit(1);
  }
  for (int i = 0; i < 3; ++i) {
    if (!sys::duplicate_onto(kFree + i, 3 + i, true)) ::_exit(1);
  }
  if (!sys::close_between(6, ~0U)) ::_exit(1);
  // Text on standard output or standard error would look like output of the inspector, so close both. Only a
  // sanitizer's report may use them.
  if (!kSanitized && !sys::close_between(0, 2)) ::_exit(1);
  return {.role = plan.role, .jobs = 3, .answers = 4, .input = 5, .rules = plan.rules, .limits = plan.limits};
}

}  // namespace

void work(const WorkerPlan& plan) {
  const WorkerPlan own = only_its_own(plan);
  // libarchive asks for local time. Read the time zone here, before the sandbox forbids reading it, and use the same
  // zone everywhere.
  ::setenv("TZ", "UTC0", 1);
  ::tzset();
  Worker worker(own);
  const std::uint64_t seconds = plan.limits.run_ms / 1000 + 1;
  if (!lock_down_worker(own.input, plan.limits.worker_bytes, seconds)) ::_exit(1);
  worker.run();
  ::_exit(0);
}

}  // namespace immure::inspect
