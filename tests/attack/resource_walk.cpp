/// immure-resources: repeats each kind of command with less of each resource than the command needs, from nothing
/// upwards until the command works.
///   immure-resources BIN_DIR [--as UID] [--every N] [--from N] [--part I/N] [--verbose]
///                    [--only KIND[:JOB[:WHAT[:VALUE]]]]
/// KIND: rlimit, tmpfs, memory, kill. Whatever resource is lacking, the exit code is documented, and is 0 only if
/// outputs and evidence are complete; the message says what failed; and immure leaves nothing behind.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <span>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/words.hpp"
#include "faults/world.hpp"
#include "limited.hpp"
#include "own_groups.hpp"
#include "race_world.hpp"
#include "resource_judge.hpp"
#include "resource_kills.hpp"

namespace immure::attack {
namespace {

struct Resource {
  const char* name;
  __rlimit_resource number;
  rlim_t first;  ///< the smallest value except 0
};
constexpr Resource kResources[] = {
    {"address-space", RLIMIT_AS, 1 << 20},
    {"data", RLIMIT_DATA, 1 << 12},
    {"stack", RLIMIT_STACK, 1 << 12},
    {"files", RLIMIT_NOFILE, 1},
    {"processes", RLIMIT_NPROC, 1},
    {"file-size", RLIMIT_FSIZE, 1},
    {"cpu", RLIMIT_CPU, 1},
    {"locked-memory", RLIMIT_MEMLOCK, 1 << 12},
    {"core", RLIMIT_CORE, 1},
    {"pending-signals", RLIMIT_SIGPENDING, 1},
    {"message-queues", RLIMIT_MSGQUEUE, 1},
};

/// A directory in whose place a small file system is mounted.
struct Small {
  const char* name;
  const char* path;  ///< path below `theirs`
};
constexpr Small kSmall[] = {
    {"TMPDIR", "temporaries/tmp"}, {"cache", "caches/cache"}, {"evidence", "papers"}, {"out", "results"}};

using Options = faults::WalkOptions;

class Walk {
 public:
  Walk(const Options& options, World& world, ResourceJudge& judge) : options_(options), world_(world), judge_(judge) {}

  void limits() {
    for (const Job& job : judge_.jobs()) {
      for (const Resource& resource : kResources) {
        climb("rlimit:" + job.name + ":" + resource.name, 0, resource.first, [&](rlim_t value) {
          Limited wanted = judge_.fresh(job);
          wanted.limits.emplace_back(resource.number, value);
          return outcome(job, wanted, false);
        });
      }
    }
  }

  void small_file_systems() {
    for (const Job& job : judge_.jobs()) {
      if (job.scenario == nullptr) continue;
      for (const Small& small : kSmall) {
        // 0 stands for a file system without room for a single file. For tmpfs, a size of 0 would mean no limit.
        climb("tmpfs:" + job.name + ":" + small.name, 0, 4096, [&](rlim_t bytes) {
          const Limited wanted = judge_.fresh(job);
          const std::string at = world_.theirs() + "/" + small.path;
          struct stat info{};
          ::stat(at.c_str(), &info);
          const bool exists = std::string_view(small.name) == "out" && job.scenario->output_exists;
          std::string options = bytes != 0 ? "size=" + std::to_string(bytes) : exists ? "nr_inodes=2" : "nr_inodes=1";
          bool mounted = ::mount("tmpfs", at.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0;
          if (exists) mounted = mounted && ::mkdir((at + "/out").c_str(), 0755) == 0;
          for (const std::string& each : {at, exists ? at + "/out" : at})
            mounted = mounted && ::chown(each.c_str(), info.st_uid, info.st_gid) == 0;
          if (!mounted || ::chmod(at.c_str(), info.st_mode & 07777) != 0) std::exit(70);
          const Result result = outcome(job, wanted, false);
          ::umount2(at.c_str(), MNT_DETACH);
          return result;
        });
      }
    }
  }

  /// Runs all of immure in a small control group. When the group's memory runs out, the kernel chooses the process to
  /// kill.
  void memory() {
    if (judge_.groups().empty()) {
      std::printf("skip memory: no control groups of our own\n");
      return;
    }
    constexpr rlim_t kFirst = 128 << 10;
    for (const Job& job : judge_.jobs()) {
      climb("memory:" + job.name + ":group", kFirst, kFirst, [&](rlim_t bytes) {
        Limited wanted = judge_.fresh(job);
        for (const std::string& group : judge_.groups()) {
          if (group.find("/memory/") == std::string::npos) continue;
          for (const char* file :
               {"/memory.memsw.limit_in_bytes", "/memory.limit_in_bytes", "/memory.memsw.limit_in_bytes"})
            std::ofstream(group + file) << bytes;
        }
        Result result = outcome(job, wanted, true);
        for (const std::string& group : judge_.groups()) {
          if (group.find("/memory/") == std::string::npos) continue;
          for (const char* file : {"/memory.memsw.limit_in_bytes", "/memory.limit_in_bytes"})
            std::ofstream(group + file) << -1;
        }
        return result;
      });
    }
  }

  void kills() {
    for (const Job& job : judge_.jobs()) {
      if (job.scenario == nullptr) continue;
      const auto prepared = [&] {
        const Limited wanted = judge_.fresh(job);
        faults::Settings settings;
        settings.command = wanted.command;
        settings.environment = wanted.environment;
        settings.directory = wanted.directory;
        settings.uid = wanted.uid;
        settings.groups = wanted.groups;
        return settings;
      };
      for (const Kill& kill : kills_of(prepared)) {
        const std::string key = "kill:" + job.name + ":" + name(kill);
        if (!wanted(key)) continue;
        if (const auto ended = run_with(prepared(), kill)) {
          count(key, judge_.judge(job, *ended, true));
        } else {
          ++outcomes_["not there"];
        }
      }
    }
  }

  [[nodiscard]] int finish() const {
    std::printf("%zu runs:", tried_);
    for (const auto& [outcome, number] : outcomes_) std::printf(" %s: %zu,", outcome.c_str(), number);
    std::printf(" wrong %zu\n", bad_);
    return bad_ == 0 && tried_ > 0 ? 0 : 1;
  }

 private:
  template <typename Try>
  void climb(const std::string& what, rlim_t start, rlim_t first, const Try& attempt) {
    constexpr rlim_t kEnough = rlim_t{1} << 36;
    if (!part_of(options_.only, what)) return;
    if (index_++ % options_.parts != options_.part) return;
    for (rlim_t value = start; value < kEnough; value = value == 0 ? first : value * 2) {
      const std::string key = what + ":" + std::to_string(value);
      // With --every, try only some of the steps, but stop at the same step as the whole walk.
      if (options_.every > 1 && step_++ % options_.every != options_.from % options_.every) continue;
      if (!part_of(options_.only, key)) continue;
      const Result result = attempt(value);
      count(key, result);
      if (result.works) return;
    }
    if (options_.every == 1 && options_.only.empty()) {
      ++bad_;
      std::printf("not ok %s: works with no amount\n", what.c_str());
    }
  }

  Result outcome(const Job& job, const Limited& wanted, bool may_be_killed) {
    const Ended ended = run_limited(wanted);
    Result result = judge_.judge(job, ended, may_be_killed);
    // If there is too little for any program, the kernel kills immure before its first instruction.
    const bool killed = ended.signaled || ended.code == 125 || ended.code == 128 + SIGKILL;
    if (!result.wrong.empty() && killed && !judge_.starts(wanted)) {
      result.wrong.clear();
      result.outcome = "no program starts";
    }
    return result;
  }

  [[nodiscard]] bool wanted(const std::string& key) {
    if (!part_of(options_.only, key)) return false;
    const std::size_t index = index_++;
    return index % options_.every == options_.from % options_.every &&
           index / options_.every % options_.parts == options_.part;
  }

  // True if one of the two texts begins with the other.
  static bool part_of(const std::string& only, const std::string& key) {
    const std::size_t size = std::min(only.size(), key.size());
    return only.substr(0, size) == key.substr(0, size);
  }

  void count(const std::string& key, const Result& result) {
    ++tried_;
    ++outcomes_[result.outcome];
    if (!result.wrong.empty()) {
      ++bad_;
      std::printf("not ok %s: %s: %s\n    %s\n", key.c_str(), result.outcome.c_str(), result.wrong.front().c_str(),
                  result.said.c_str());
    } else if (options_.verbose) {
      std::printf("ok %s: %s: %s\n", key.c_str(), result.outcome.c_str(), result.said.c_str());
    }
    std::fflush(stdout);
  }

  const Options& options_;
  World& world_;
  ResourceJudge& judge_;
  std::size_t index_ = 0, step_ = 0, tried_ = 0, bad_ = 0;
  std::map<std::string, std::size_t> outcomes_;
};

int walk(const Options& options) {
  if (::geteuid() != 0) {
    std::printf("skip resources: only root can mount the small file systems\n");
    return 77;
  }
  return faults::in_guarded_directory("immure-resources", [&](const std::string& root) {
    fs::create_directory(root + "/kept");
    const OwnGroups groups;
    const uid_t uid = options.uid < 0 ? 0 : static_cast<uid_t>(options.uid);
    World world(options.bin, root, {.operator_uid = uid, .attacker_uid = uid});
    ResourceJudge judge(world, options.bin, root, groups.paths(), options.uid);
    if (!judge.prepare()) {
      std::printf("not ok baseline: a run with all it wants does not work: %s\n",
                  text_of(root + "/said/stderr").c_str());
      return 1;
    }
    Walk all(options, world, judge);
    all.limits();
    all.small_file_systems();
    all.memory();
    all.kills();
    return all.finish();
  });
}

}  // namespace
}  // namespace immure::attack

int main(int count, char** values) {
  using namespace immure::attack;
  Options options;
  if (!immure::faults::read_words(std::span(values, static_cast<std::size_t>(count)), options)) return 64;
  return walk(options);
}
