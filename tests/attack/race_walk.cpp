/// immure-races: exchanges each path of the operator for a hostile path before each system call that uses the path.
///   immure-races BIN_DIR [--as UID] [--every N] [--from N] [--part I/N] [--all-calls] [--list] [--verbose]
///                        [--only SCENARIO[:PLACE[:KIND[:stay|:back[:ROLE:CALL:NTH]]]]]
/// The attacker owns the directories in which these paths lie. Whatever the attacker exchanges, immure reads and writes
/// no file of the victim, evidence that is ACCEPTED says what immure read, and immure leaves nothing behind.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/path_calls.hpp"
#include "faults/tracer.hpp"
#include "faults/words.hpp"
#include "faults/world.hpp"
#include "own_groups.hpp"
#include "race_judge.hpp"
#include "race_world.hpp"

namespace immure::attack {
namespace {

constexpr int kAttacker = 65533;

struct Options : faults::WalkOptions {
  bool list = false, all_calls = false;
};

struct Race {
  const Place* place;
  Kind kind;
  bool back;
  faults::Point point;
  std::string about;
};

std::string key_of(const Scenario& scenario, const Race& race) {
  return scenario.name + ":" + race.place->name + ":" + std::string(name(race.kind)) +
         (race.back ? ":back:" : ":stay:") + race.point.role + ":" + faults::call_name(race.point.nr) + ":" +
         std::to_string(race.point.nth);
}

// True if the kernel looks this path up in the call, or a path below it. An exchange above a directory that immure
// holds open does not affect this call, but the next one.
bool goes_by(const faults::Call& call, const std::string& path) {
  const std::string& about = call.about;
  for (std::size_t at = about.find(path); at != std::string::npos; at = about.find(path, at + 1)) {
    const std::size_t end = at + path.size();
    const char next = about[end];
    if (end > call.held && (next == '\0' || next == '/' || next == ' ')) return true;
  }
  return false;
}

bool outside_of_the_cell(const faults::Call& call) {
  return call.point.role.starts_with("launcher") || (call.point.role == "init" && !call.after_start);
}

// The calls before which a path is exchanged: all calls that use the path, and two later calls, after which only the
// payload looks at the path. The first of these follows the last call that uses the path; the second is the last call
// before the payload starts.
std::vector<const faults::Call*> moments(const std::string& path, const std::vector<faults::Call>& calls,
                                         bool all_calls) {
  std::vector<const faults::Call*> result;
  const faults::Call *behind = nullptr, *last = nullptr;
  for (const faults::Call& call : calls) {
    if (!outside_of_the_cell(call)) continue;
    if (!call.after_start && call.point.role == "launcher") last = &call;
    if (faults::path_call(call.point.nr) == nullptr) continue;
    if (all_calls || goes_by(call, path)) {
      result.push_back(&call);
      behind = nullptr;
    } else if (behind == nullptr) {
      behind = &call;
    }
  }
  if (behind != nullptr) result.push_back(behind);
  if (last != nullptr && last != behind) result.push_back(last);
  return result;
}

std::vector<Race> races_of(const Scenario& scenario, const World& world, const std::vector<faults::Call>& calls,
                           bool all_calls) {
  std::vector<Race> races;
  for (const Place& place : scenario.places) {
    for (const faults::Call* call : moments(world.theirs() + "/" + place.path, calls, all_calls)) {
      for (const Kind kind : kKinds) {
        for (const bool back : {false, true}) races.push_back({&place, kind, back, call->point, call->about});
      }
    }
  }
  return races;
}

class Walk {
 public:
  Walk(const Options& options, World& world, Judge& judge) : options_(options), world_(world), judge_(judge) {}

  bool scenario(const Scenario& scenario) {
    prepare(scenario);
    const std::string before = world_.victim_state();
    const faults::Trace baseline = faults::run(judge_.settings(scenario), std::nullopt, true);
    const Finding quiet = judge_.judge(scenario, scenario.places.front(), Kind::kLink, baseline, before, "");
    if (!quiet.wrong.empty() || !quiet.outcome.ends_with("ACCEPTED")) {
      std::printf("not ok %s: the run that nobody disturbs: %s: %s\n    %s\n", scenario.name.c_str(),
                  quiet.outcome.c_str(), quiet.wrong.empty() ? "" : quiet.wrong.front().c_str(), quiet.said.c_str());
      ++bad_;
      return false;
    }
    for (const Race& race : races_of(scenario, world_, baseline.calls, options_.all_calls)) {
      const std::string key = key_of(scenario, race);
      if (!options_.only.empty() && key != options_.only && !key.starts_with(options_.only + ":")) continue;
      const std::size_t index = index_++;
      if (index % options_.every != options_.from % options_.every ||
          index / options_.every % options_.parts != options_.part)
        continue;
      if (options_.list) {
        std::printf("%s\t%s\n", key.c_str(), race.about.c_str());
      } else {
        run(scenario, race, key);
      }
    }
    return true;
  }

  [[nodiscard]] int finish() const {
    std::printf("%zu races:", tried_);
    for (const auto& [outcome, count] : outcomes_) std::printf(" %s: %zu,", outcome.c_str(), count);
    std::printf(" wrong %zu\n", bad_);
    return bad_ == 0 && (tried_ > 0 || options_.list) ? 0 : 1;
  }

 private:
  void prepare(const Scenario& scenario) {
    world_.build(scenario);
    if (!scenario.warm) return;
    static_cast<void>(faults::run(judge_.settings(scenario), std::nullopt, false));
    fs::remove_all(world_.theirs() + "/results/out");
    fs::remove(world_.theirs() + "/papers/e.json");
  }

  void run(const Scenario& scenario, const Race& race, const std::string& key) {
    prepare(scenario);
    const std::string before = world_.victim_state();
    std::string replacement;
    int pid = 0;  // the process that made the call
    bool done = false, possible = false;
    faults::Settings settings = judge_.settings(scenario);
    settings.before = [&](const faults::Point& point, int caller) {
      if (!done && point == race.point) {
        done = true;
        possible = world_.exchange(*race.place, race.kind);
        if (possible) replacement = world_.replacement_state(world_.theirs() + "/" + race.place->path);
        pid = race.back && possible ? caller : 0;
      } else if (pid != 0 && caller == pid) {
        pid = 0;
        static_cast<void>(world_.exchange_back(*race.place));
      }
    };
    const faults::Trace trace = faults::run(settings, std::nullopt, false);
    ++tried_;
    if (!possible) {
      ++outcomes_[done ? "the attacker may not" : "not reached"];
      return;
    }
    const Finding finding = judge_.judge(scenario, *race.place, race.kind, trace, before, replacement);
    ++outcomes_[finding.outcome];
    if (!finding.wrong.empty()) {
      ++bad_;
      std::printf("not ok %s (%s): %s\n    %s\n", key.c_str(), race.about.c_str(), finding.wrong.front().c_str(),
                  finding.said.c_str());
    } else if (options_.verbose) {
      std::printf("ok %s: %s: %s\n", key.c_str(), finding.outcome.c_str(), finding.said.c_str());
    }
    std::fflush(stdout);
  }

  const Options& options_;
  World& world_;
  Judge& judge_;
  std::size_t index_ = 0, tried_ = 0, bad_ = 0;
  std::map<std::string, std::size_t> outcomes_;
};

int walk(const Options& options) {
  if (::geteuid() != 0) {
    std::printf("skip races: only root can be both the operator and the attacker\n");
    return 77;
  }
  return faults::in_guarded_directory("immure-races", [&](const std::string& root) {
    const OwnGroups groups;
    const uid_t uid = options.uid < 0 ? 0 : static_cast<uid_t>(options.uid);
    World world(options.bin, root, {.operator_uid = uid, .attacker_uid = kAttacker});
    Judge judge(world, options.bin, groups.paths(), options.uid);
    Walk all(options, world, judge);
    for (const Scenario& scenario : scenarios()) {
      const std::string wanted = options.only.substr(0, options.only.find(':'));
      if (wanted.empty() || wanted == scenario.name) all.scenario(scenario);
    }
    return all.finish();
  });
}

}  // namespace
}  // namespace immure::attack

int main(int count, char** values) {
  using namespace immure::attack;
  Options options;
  const std::pair<std::string_view, bool*> flags[] = {{"--list", &options.list}, {"--all-calls", &options.all_calls}};
  if (!immure::faults::read_words(std::span(values, static_cast<std::size_t>(count)), options, flags)) return 64;
  return walk(options);
}
