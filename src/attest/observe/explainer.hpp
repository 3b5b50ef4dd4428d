/// Notes what stands in the way of a program whose run is explained: the calls that the filter denies, writes that
/// cannot succeed, and paths that the cell does not have.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attest/observe/obstacles.hpp"
#include "attest/observe/refusals.hpp"
#include "sys/bpf.hpp"
#include "sys/fd.hpp"
#include "sys/seccomp.hpp"

namespace immure::attest {

class Explainer {
 public:
  /// `denials`: the plan's filter, which decides about each call of which the loaded filter notifies.
  explicit Explainer(std::vector<sys::Instruction> denials) : denials_(std::move(denials)) {}

  /// The errno for this call; 0 if the plan's filter allows the call, and the kernel continues it.
  [[nodiscard]] int denial(const sys::Notification& call) const;

  /// Call this before the program starts. `program`: the number of the program's first process.
  void begin(int program, const Granted& granted);

  /// What the supervisor will note of a denied call. Reads the caller's memory, so the call must still wait.
  [[nodiscard]] std::optional<Obstacle> denied(const sys::Notification& call, int error);
  /// What the supervisor will note of a call that looks up `attempt`.
  [[nodiscard]] std::optional<Obstacle> looked_up(const sys::Notification& call, const Attempt& attempt);
  void note(Obstacle obstacle) { obstacles_.note(std::move(obstacle)); }

  [[nodiscard]] Explanation explanation() const { return obstacles_.list(); }

 private:
  [[nodiscard]] const Doer& doer_of(int thread);
  [[nodiscard]] bool is_missing(const Attempt& attempt) const;
  /// True if the file of an exec exists and may not be executed.
  [[nodiscard]] bool is_undeclared(const Attempt& attempt) const;

  std::vector<sys::Instruction> denials_;
  Granted granted_;
  sys::Fd root_;  ///< the cell's root directory; none until begin()
  int program_ = 0;
  std::map<int, Doer> doers_;  ///< by thread
  Obstacles obstacles_;
};

}  // namespace immure::attest
