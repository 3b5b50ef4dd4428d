/// The supervisor's end of the observer's filter (cell/filters.hpp). The kernel notifies the observer of calls. The
/// observer lets the kernel continue each call, except that it answers the opening of a few devices with a descriptor.
/// In a run that is explained, the plan's filter and the observer's filter are one filter with one listener, and the
/// observer denies what the plan's filter denies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>

#include "attest/observe/devices.hpp"
#include "attest/observe/explainer.hpp"
#include "attest/observe/refusals.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/seccomp.hpp"

namespace immure::attest {

class Observer {
 public:
  /// Takes a copy of the listener `number` of the payload's task. `control` is the path of the call by which the cell
  /// shows that the observer is notified. `null`: the task's descriptor of /dev/null. Error kBlocked.
  [[nodiscard]] static Result<Observer> take(const sys::Fd& payload, int number, int null, std::string control);

  /// What poll(2) should wait for.
  [[nodiscard]] pollfd wanted() const { return {.fd = listener_.get(), .events = POLLIN, .revents = 0}; }
  /// Answers some calls that wait, once wanted() is ready. Never blocks: a call whose caller is killed meanwhile is
  /// forgotten.
  void advance(short revents);
  /// Call this before the program starts. From then on the observer notes calls that cannot succeed.
  /// `program`: the number of the program's first process.
  void begin_notes(Granted granted, int program);
  /// Call this before the first answer, if the cell's filter notifies of what `denials`, the plan's filter, denies.
  void deny_by(std::vector<sys::Instruction> denials) { explainer_.emplace(std::move(denials)); }

  [[nodiscard]] bool heard_control() const { return heard_control_; }
  [[nodiscard]] std::vector<evidence::Refusal> refused() const;
  [[nodiscard]] bool refused_in_workdir() const { return refusals_ && refusals_->in_workdir(); }
  /// What stood in the program's way; nothing without deny_by().
  [[nodiscard]] std::optional<Explanation> explanation() const;
  [[nodiscard]] std::vector<evidence::Device> handed_out() const { return devices_.handed_out(); }

 private:
  Observer(sys::Fd listener, sys::Fd null, std::string control)
      : listener_(std::move(listener)), devices_(std::move(null)), control_(std::move(control)) {}
  void answer(const sys::Notification& call);
  void refuse(const sys::Notification& call, int error);

  sys::Fd listener_;
  Devices devices_;
  std::string control_;
  bool heard_control_ = false;
  std::optional<Refusals> refusals_;
  std::optional<Explainer> explainer_;
};

/// What a notified call asks for; its path is still relative to `directory`, or absolute.
struct Asked {
  Attempt attempt;
  int directory;  ///< a descriptor of the caller, or AT_FDCWD
  bool close_on_exec = false;
};
/// Reads the path from the caller's memory. Nothing if the path cannot be read, or if no filter of ours notifies of
/// such a call.
[[nodiscard]] std::optional<Asked> asked_by(const sys::Notification& call);

}  // namespace immure::attest
