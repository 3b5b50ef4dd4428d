/// Runs a program on many inputs. Each run has a cell, an output and evidence of its own.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <map>

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/launch_options.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"
#include "text/json_writer.hpp"

namespace immure::cli {
namespace {

constexpr std::string_view kEvidence = ".evidence.json";

/// The name of an input in --in, and how the run on this input ended.
struct Run {
  std::string name;
  int pid = -1;
  ExitCode code = -1;  ///< -1: the run was not started
};

/// True if `entry` of the listed directory is a directory. The listing itself has the type of the entry; the function
/// looks up the name only on a file system whose listing has no types. The run that takes the input opens the input
/// once, and checks what it has opened.
SysResult<bool> is_directory(const sys::Fd& listed, const file::Listed& entry) {
  if (entry.type != DT_UNKNOWN) return entry.type == DT_DIR;
  struct stat status{};
  CHECK_OK(sys::call(::fstatat, listed.get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW));
  return S_ISDIR(status.st_mode);
}

/// The names of the inputs, sorted. Error kBadInput if there is no input, or if an entry is no directory: no entry is
/// skipped silently.
Result<std::vector<Run>> inputs_in(const sys::Fd& directory, const std::string& shown) {
  const auto entries = file::entries_in(directory.get());
  if (!entries) return fail(Code::kBadInput, shown, "cannot be listed", {}, entries.error().value);
  std::vector<Run> runs;
  for (const file::Listed& entry : *entries) {
    const std::string& name = entry.name;
    const auto directory_there = is_directory(directory, entry);
    if (!directory_there)
      return fail(Code::kBadInput, shown + "/" + name, "its status cannot be read", {}, directory_there.error().value);
    if (!*directory_there)
      return fail(Code::kBadInput, shown + "/" + name, "is not a directory",
                  "Each directory there is the input of a run.");
    if (name.ends_with(kEvidence))
      return fail(Code::kBadInput, shown + "/" + name, "has the name that the evidence of another run will get");
    runs.push_back({.name = name});
  }
  if (runs.empty())
    return fail(Code::kBadInput, shown, "holds no directory", "Each directory there is the input of a run.");
  return runs;
}

Result<std::size_t> jobs_of(const Arguments& arguments) {
  constexpr std::size_t kMost = 64;
  std::size_t jobs = std::min<std::size_t>(sys::processors(), kMost);
  const auto given = arguments.value("jobs");
  if (!given) return jobs;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), jobs);
  if (error != std::errc{} || end != given->data() + given->size() || jobs < 1 || jobs > kMost)
    return fail(Code::kUsage, "--jobs", "is not a number from 1 to 64: " + *given);
  return jobs;
}

/// Starts the runs, a few at a time, and waits for them.
class Batch {
 public:
  Batch(const Launch& common, const file::HeldDirectory& input, const file::HeldDirectory& output,
        std::vector<Run>& runs)
      : common_(common), input_(input), output_(output), runs_(runs) {
    ::sigemptyset(&waited_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) ::sigaddset(&waited_, signal);
    ::sigprocmask(SIG_BLOCK, &waited_, &before_);
  }
  ~Batch() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// Returns the signal that ended the batch early, or 0. Error kSystem if a process cannot be started; then the
  /// function still waits for the processes that were started.
  Result<int> run(std::size_t jobs) {
    std::size_t next = 0;
    Result<void> started;
    while (!running_.empty() || (next < runs_.size() && stopped_by_ == 0 && started)) {
      while (running_.size() < jobs && next < runs_.size() && stopped_by_ == 0 && started) started = start(next++);
      if (!running_.empty()) wait();
    }
    if (!started) return std::unexpected(started.error());
    return stopped_by_;
  }

 private:
  Result<void> start(std::size_t number) {
    const int parent = ::getpid();
    const auto child = sys::call(::fork);
    if (!child) return fail(Code::kSystem, runs_[number].name, "its run cannot be started", {}, child.error().value);
    if (*child > 0) {
      runs_[number].pid = *child;
      running_[*child] = number;
      return {};
    }
    // If the batch process has ended meanwhile, start no run.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(kFault);
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
    Launch wanted = common_;
    wanted.input = input_.path + "/" + runs_[number].name;
    wanted.output = output_.path + "/" + runs_[number].name;
    wanted.input_holder = &input_;
    wanted.holder = &output_;
    const auto code = launch(std::move(wanted));
    if (!code) tell(code.error());
    ::_exit(code ? *code : exit_code(code.error()));
  }

  void wait() {
    siginfo_t from{};
    const int signal = ::sigwaitinfo(&waited_, &from);
    if (signal > 0 && signal != SIGCHLD) {
      stopped_by_ = signal;
      // The kernel sends a terminal's signals to the runs too, because the runs are in the same process group.
      if (from.si_code != SI_KERNEL) {
        for (const auto& [pid, number] : running_) ::kill(pid, signal);
      }
    }
    int status = 0;
    for (int ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto found = running_.find(ended);
      if (found == running_.end()) continue;
      Run& run = runs_[found->second];
      run.code = WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
      running_.erase(found);
      if (run.code != kSuccess || common_.verbose) tell(run.name + ": ended with " + std::to_string(run.code));
    }
  }

  const Launch& common_;
  const file::HeldDirectory& input_;
  const file::HeldDirectory& output_;
  std::vector<Run>& runs_;
  std::map<int, std::size_t> running_;
  int stopped_by_ = 0;
  sigset_t waited_{}, before_{};
};

struct Counts {
  std::size_t well = 0, otherwise = 0, blocked = 0, not_started = 0;
};

Counts count(const std::vector<Run>& runs) {
  Counts counts;
  for (const Run& run : runs) {
    ++(run.code == kSuccess   ? counts.well
       : run.code == kBlocked ? counts.blocked
       : run.code < 0         ? counts.not_started
                              : counts.otherwise);
  }
  return counts;
}

std::string as_json(const std::vector<Run>& runs) {
  const Counts counts = count(runs);
  return json_line([&](text::JsonWriter& json) {
    json.object().member("blocked", counts.blocked).member("endedOtherwise", counts.otherwise);
    json.member("endedWell", counts.well).member("notStarted", counts.not_started).key("runs").array();
    for (const Run& run : runs) {
      json.object().key("exitCode");
      run.code < 0 ? json.null() : json.value(run.code);
      json.member("name", run.name).close();
    }
    json.close().close();
  });
}

struct Places {
  file::HeldDirectory inputs;
  std::vector<Run> runs;
  OutputDirectory output;
};

/// Makes the output directory, and walks the path of the key once for all runs. Error kBadInput if the input is missing
/// or empty, if the outputs have no place, or if the path of the key cannot be walked.
Result<Places> places_of(const std::string& given_input, const std::string& given_output, Launch& common) {
  TRY(InputDirectory opened, input_directory(given_input));
  TRY(std::vector<Run> runs, inputs_in(opened.directory, given_input));
  TRY(OutputDirectory output, OutputDirectory::look_at(given_output));
  CHECK_OK(check_apart(opened.directory, opened.path, output));
  if (common.key) {
    TRY(file::Place place, file::place_of(*common.key));
    common.key_place = std::make_shared<const file::Place>(std::move(place));
  }
  CHECK_OK(output.create());
  return Places{{std::move(opened.directory), std::move(opened.path)}, std::move(runs), std::move(output)};
}

}  // namespace

Result<ExitCode> batch_command(const Arguments& arguments) {
  TRY(Launch common, launch_of(arguments));
  if (common.no_evidence == common.key.has_value())
    return fail(Code::kUsage, "batch", "takes either --key or --no-evidence", "`immure keygen host.key` makes a key.");
  TRY(const std::string given_input, arguments.required("in"));
  TRY(const std::string given_output, arguments.required("out"));
  TRY(const std::size_t jobs, jobs_of(arguments));
  // The batch blocks signals, so it must not wait for ever until somebody reads its messages.
  limit_patience();
  auto places = places_of(given_input, given_output, common);
  // As in `run`, an input or a key that is missing or unusable keeps the programs from starting.
  if (!places && places.error().code == Code::kBadInput) return blocked(places.error(), arguments.has("json"));
  if (!places) return std::unexpected(places.error());
  auto& [inputs, runs, output] = *places;
  TRY(sys::Fd descriptor, output.descriptor());
  const file::HeldDirectory held{std::move(descriptor), output.path()};
  const auto ended = Batch(common, inputs, held, runs).run(jobs);
  const Counts counts = count(runs);
  if (counts.not_started < runs.size()) output.keep();
  if (!ended) return std::unexpected(ended.error());
  if (arguments.has("json")) CHECK_OK(print(as_json(runs)));
  tell(std::to_string(runs.size()) + " runs = " + std::to_string(counts.well) + " ended with 0 + " +
       std::to_string(counts.otherwise) + " with another code + " + std::to_string(counts.blocked) + " BLOCKED + " +
       std::to_string(counts.not_started) + " not started");
  if (*ended != 0) return kSignalBase + *ended;
  if (counts.blocked > 0) return kBlocked;
  return counts.otherwise > 0 ? kBatchFailed : kSuccess;
}

}  // namespace immure::cli
