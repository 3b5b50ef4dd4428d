/// What must hold after a run that lacked something.
#pragma once

#include <string>
#include <vector>

#include "limited.hpp"
#include "race_world.hpp"

namespace immure::attack {

/// One command of immure, and what it makes where it has all that it wants.
struct Job {
  std::string name;
  const Scenario* scenario = nullptr;  ///< of a run; else `words` is the command
  std::vector<std::string> words;
};

struct Result {
  bool works = false;              ///< exit code 0, and all results exist
  std::string outcome;             ///< in a few words
  std::vector<std::string> wrong;  ///< the rules that the run broke
  std::string said;                ///< the last line of standard error
};

class ResourceJudge {
 public:
  ResourceJudge(World& world, std::string bin, std::string root, std::vector<std::string> groups, int uid)
      : world_(world), bin_(std::move(bin)), root_(std::move(root)), groups_(std::move(groups)), uid_(uid) {}

  [[nodiscard]] const std::vector<Job>& jobs() const { return jobs_; }
  /// Makes the files that the jobs need: a run with enough of everything, whose evidence a job verifies later. False if
  /// that run failed.
  bool prepare();
  /// The command of a job, in a world that is made anew.
  [[nodiscard]] Limited fresh(const Job& job);
  /// `may_be_killed`: somebody else may have killed the supervisor, or its program.
  [[nodiscard]] Result judge(const Job& job, const Ended& ended, bool may_be_killed) const;
  /// True if a program as small as `immure version` starts with so little. A program that does not start prints
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
