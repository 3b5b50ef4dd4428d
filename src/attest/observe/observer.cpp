#include "attest/observe/observer.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>

#include "attest/mutation.hpp"
#include "attest/observe/caller.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

/// The positions of a call's arguments; -1 if the call has no argument of this kind.
struct Shape {
  long number;
  int directory, path, flags;
  int usual_flags = 0;  ///< the flags of a call that has no argument for flags
  bool makes_directory = false;
  bool looks = false;  ///< the call opens nothing and makes nothing; only `immure explain` hears of it
};
constexpr Shape looking(long number, int directory, int path) {
  return {.number = number, .directory = directory, .path = path, .flags = -1, .looks = true};
}
constexpr Shape kShapes[] = {
    {__NR_openat, 0, 1, 2},
    {.number = __NR_mkdirat, .directory = 0, .path = 1, .flags = -1, .makes_directory = true},
    looking(__NR_newfstatat, 0, 1),
    looking(__NR_statx, 0, 1),
    looking(__NR_faccessat, 0, 1),
    looking(__NR_faccessat2, 0, 1),
    looking(__NR_readlinkat, 0, 1),
    looking(__NR_chdir, -1, 0),
    looking(__NR_execve, -1, 0),
#if defined(__NR_open)
    {__NR_open, -1, 0, 1},
    {__NR_creat, -1, 0, -1, O_WRONLY | O_CREAT | O_TRUNC},
    {.number = __NR_mkdir, .directory = -1, .path = 0, .flags = -1, .makes_directory = true},
    looking(__NR_stat, -1, 0),
    looking(__NR_lstat, -1, 0),
    looking(__NR_access, -1, 0),
    looking(__NR_readlink, -1, 0),
#endif
};

}  // namespace

Result<Observer> Observer::take(const sys::Fd& payload, int number, int null, std::string control) {
  auto listener = sys::take_descriptor(payload, number);
  if (!listener)
    return fail(Code::kBlocked, "observer", "its listener cannot be taken from the cell",
                "Run with --no-observer to do without the observer.", listener.error().value);
  sys::take_turns(*listener);
  auto device = sys::take_descriptor(payload, null);
  if (!device)
    return fail(Code::kBlocked, "observer", "the cell's /dev/null cannot be taken", {}, device.error().value);
  return Observer(std::move(*listener), std::move(*device), std::move(control));
}

void Observer::advance(short revents) {
  // No process is left under the filter.
  if ((revents & POLLIN) == 0) return listener_.reset();
  // A process that makes such calls without end must not keep the supervisor from its other work.
  constexpr int kAtOnce = 16;
  for (int done = 0; done < kAtOnce; ++done) {
    pollfd ready = wanted();
    if (done != 0 && (sys::call(::poll, &ready, 1, 0).value_or(0) != 1 || (ready.revents & POLLIN) == 0)) return;
    const auto call = sys::next_notification(listener_);
    if (call) answer(*call);
  }
}

void Observer::refuse(const sys::Notification& call, int error) {
  std::optional<Obstacle> obstacle;
  if (refusals_) obstacle = explainer_->denied(call, error);
  const bool waits = sys::still_waits(listener_, call.id);
  // Answer a call that waits no more, too: the kernel knows best, and nothing may let such a call continue.
  if (sys::answer_with_error(listener_, call.id, error) && waits && obstacle) explainer_->note(*std::move(obstacle));
}

void Observer::answer(const sys::Notification& call) {
  // The kernel has copied the arguments, and the answer follows from these alone, so no thread can change the answer.
  int error = explainer_ ? explainer_->denial(call) : 0;
  mutate_denial(error);
  if (error != 0) return refuse(call, error);
  auto asked = asked_by(call);
  if (asked && !asked->attempt.path.starts_with('/')) {
    const std::string directory = directory_of(call.pid, asked->directory);
    // The path has no directory to begin with: the descriptor is wrong, or is a pipe.
    if (!directory.starts_with('/')) asked.reset();
    if (asked) asked->attempt.path = directory + "/" + asked->attempt.path;
    if (asked) asked->attempt.from_workdir = asked->directory == AT_FDCWD;
  }
  const bool writes = asked && (asked->attempt.writes || asked->attempt.makes_directory);
  std::optional<Obstacle> obstacle;
  if (explainer_ && refusals_ && asked) obstacle = explainer_->looked_up(call, asked->attempt);
  sys::Fd device = writes ? devices_.descriptor_for(asked->attempt, call.pid) : sys::Fd();
  // If the call no longer waits, its thread may have ended, and what was read may belong to another thread.
  if (!sys::still_waits(listener_, call.id)) return;
  mutate_device(device);
  if (device) {
    const auto given = sys::answer_with(listener_, call.id, device, asked->close_on_exec);
    if (given) {
      if (refusals_) devices_.count(asked->attempt);
      return;
    }
    // The caller has no number left for a descriptor, and gets this answer from the kernel too. The cell refused
    // nothing.
    if (given.error().value == EMFILE) asked.reset();
  }
  mutate_answer(listener_, call.id);
  // A call that no longer waits was not refused: its caller was killed.
  if (!sys::let_continue(listener_, call.id) || !asked) return;
  if (obstacle) explainer_->note(*std::move(obstacle));
  if (refusals_ && (writes || asked->attempt.lists))
    refusals_->note(asked->attempt);
  else if (asked->attempt.path == control_)
    heard_control_ = true;
}

void Observer::begin_notes(Granted granted, int program) {
  refusals_.emplace(granted);
  if (explainer_) explainer_->begin(program, granted);
}

std::optional<Explanation> Observer::explanation() const {
  return explainer_ ? std::optional(explainer_->explanation()) : std::nullopt;
}

std::vector<evidence::Refusal> Observer::refused() const {
  return refusals_ ? refusals_->list() : std::vector<evidence::Refusal>();
}

std::optional<Asked> asked_by(const sys::Notification& call) {
  const auto* shape = std::ranges::find(kShapes, static_cast<long>(call.number), &Shape::number);
  if (shape == std::end(kShapes)) return std::nullopt;
  const auto argument = [&](int index) { return call.arguments.at(static_cast<std::size_t>(index)); };
  const auto path = text_at(call.pid, argument(shape->path));
  if (!path) return std::nullopt;
  Asked asked{.attempt = {.path = *path},
              .directory = shape->directory < 0 ? AT_FDCWD : static_cast<int>(argument(shape->directory))};
  asked.attempt.makes_directory = shape->makes_directory;
  if (shape->makes_directory || shape->looks) return asked;
  const int flags = shape->flags < 0 ? shape->usual_flags : static_cast<int>(argument(shape->flags));
  asked.close_on_exec = (flags & O_CLOEXEC) != 0;
  const bool is_new = (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0;
  asked.attempt.is_new = is_new;
  asked.attempt.special = is_new || (flags & (O_DIRECTORY | O_PATH)) != 0;
  asked.attempt.flags = flags & (O_ACCMODE | O_APPEND | O_NONBLOCK);
  const int access = flags & O_ACCMODE;
  // Programs of the GNU project open a directory with O_NOCTTY: to enter it, as `mkdir -p` and `install -D` do, or to
  // list it, as `find` and `ls` do, and these report every error themselves.
  asked.attempt.lists = access == O_RDONLY && (flags & O_DIRECTORY) != 0 && (flags & (O_PATH | O_NOCTTY)) == 0;
  asked.attempt.reads = access == O_RDONLY || access == O_RDWR;
  asked.attempt.writes = access != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  return asked;
}

}  // namespace immure::attest
