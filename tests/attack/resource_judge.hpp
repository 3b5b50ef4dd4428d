/// Judges a run that lacked some resource.
#pragma once

#include <string>
#include <vector>

#include "limited.hpp"
#include "race_world.hpp"

namespace immure::attack {

/// A command of immure, and what the command makes when it lacks nothing.
struct Job {
  std::string name;
  /// For a run; otherwise `words` is the command.
  const Scenario* scenario = nullptr;
  std::vector<std::string> words;
};

struct Result {
  bool works = false;              ///< true if the exit code is 0 and all results exist
  std::string outcome;             ///< in a few words
  std::vector<std::string> wrong;  ///< the rules that the run broke
  std::string said;                ///< the last line of standard error
};

class ResourceJudge {
 public:
  ResourceJudge(World& world, std::string bin, std::string root, std::vector<std::string> groups, int uid)
      : world_(world), bin_(std::move(bin)), root_(std::move(root)), groups_(std::move(groups)), uid_(uid) {}

  [[nodiscard]] const std::vector<Job>& jobs() const { return jobs_; }
  /// Makes the files that the jobs need, by a run that lacks nothing. A later job verifies its evidence. Returns false
  /// if the run failed.
  bool prepare();
  /// Makes a new world for a job, and returns the command of the job.
  [[nodiscard]] Limited fresh(const Job& job);
  /// Judges a run. `may_be_killed`: another process may have killed the supervisor or its program.
  [[nodiscard]] Result judge(const Job& job, const Ended& ended, bool may_be_killed) const;
  /// True if a program as small as `immure version` starts with so few resources. A program that does not start prints
  /// nothing.
  [[nodiscard]] bool starts(const Limited& wanted) const;
  [[nodiscard]] const std::vector<std::string>& groups() const { return groups_; }

 private:
  void look_for_leftovers(std::vector<std::string>& wrong) const;
  [[nodiscard]] bool accepted() const;

  World& world_;
  std::string bin_, root_;
  std::vector<std::string> groups_;
  int uid_;
  std::vector<Job> jobs_;
};

}  // namespace immure::attack
