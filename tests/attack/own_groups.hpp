/// Control groups for one walk alone, so that every process in them belongs to the walk's runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace immure::attack {

class OwnGroups {
 public:
  /// Makes a group for each controller of control groups v1. Makes no group if the caller may not make groups.
  OwnGroups() {
    for (const char* controller : {"memory", "pids"}) {
      const std::string place = std::string("/sys/fs/cgroup/") + controller;
      const std::string path = place + "/immure-walk-" + std::to_string(::getpid());
      if (::mkdir(path.c_str(), 0755) != 0) continue;
      // The runs get a group below the walk's own group, because the walk itself must not run out of memory.
      const std::string runs = path + "/runs";
      ::mkdir(runs.c_str(), 0755);
      made_.push_back(path);
      runs_.push_back(runs);
    }
  }
  ~OwnGroups() {
    for (std::size_t i = 0; i < made_.size(); ++i) {
      std::error_code error;
      for (const auto& left : std::filesystem::directory_iterator(runs_[i], error)) ::rmdir(left.path().c_str());
      ::rmdir(runs_[i].c_str());
      ::rmdir(made_[i].c_str());
    }
  }
  OwnGroups(const OwnGroups&) = delete;
  OwnGroups& operator=(const OwnGroups&) = delete;

  /// The groups that the runs enter.
  [[nodiscard]] const std::vector<std::string>& paths() const { return runs_; }

 private:
  std::vector<std::string> made_, runs_;
};

}  // namespace immure::attack
