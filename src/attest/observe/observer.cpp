#include "attest/observe/observer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include <fcntl.h>

#include "attest/mutation.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/process.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

/// The positions of a call's arguments; -1 if the call has no argument of this kind.
struct Shape {
  long number;
  int directory, path, flags;
  int usual_flags = 0;  ///< the flags of a call that has no argument for flags
  bool makes_directory = false;
};
constexpr Shape kShapes[] = {
    {__NR_openat, 0, 1, 2},
    {.number = __NR_mkdirat, .directory = 0, .path = 1, .flags = -1, .makes_directory = true},
#if defined(__NR_open)
    {__NR_open, -1, 0, 1},
    {__NR_creat, -1, 0, -1, O_WRONLY | O_CREAT | O_TRUNC},
    {.number = __NR_mkdir, .directory = -1, .path = 0, .flags = -1, .makes_directory = true},
#endif
};

/// Reads a text that ends with a zero byte. A read that spans two pages fails if the second page does not exist, so the
/// function reads page by page.
std::optional<std::string> text_at(int pid, std::uint64_t address) {
  constexpr std::uint64_t kPiece = 256, kPage = 4096;
  std::string text;
  std::array<char, kPiece> piece{};
  while (text.size() < PATH_MAX) {
    const std::uint64_t size = std::min(kPiece, kPage - address % kPage);
    const auto count = sys::read_memory(pid, address, std::as_writable_bytes(std::span(piece)).first(size));
    if (!count || *count == 0) return std::nullopt;
    const std::string_view read(piece.data(), *count);
    const std::size_t end = read.find('\0');
    text += read.substr(0, end);
    if (end != std::string_view::npos) return text;
    address += *count;
  }
  return std::nullopt;
}

/// The caller's directory, as a path from the caller's own root directory; empty if the path cannot be read.
std::string directory_of(int pid, int directory) {
  const std::string link =
      "/proc/" + std::to_string(pid) + (directory == AT_FDCWD ? "/cwd" : "/fd/" + std::to_string(directory));
  return sys::link_target(AT_FDCWD, link.c_str()).value_or(std::string());
}

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

void Observer::answer(const sys::Notification& call) {
  auto asked = asked_by(call);
  if (asked && !asked->attempt.path.starts_with('/')) {
    const std::string directory = directory_of(call.pid, asked->directory);
    // The path has no directory to begin with: the descriptor is wrong, or is a pipe.
    if (!directory.starts_with('/')) asked.reset();
    if (asked) asked->attempt.path = directory + "/" + asked->attempt.path;
  }
  sys::Fd device = asked ? devices_.descriptor_for(asked->attempt, call.pid) : sys::Fd();
  // If the call no longer waits, its thread may have ended, and what was read may belong to another thread.
  if (!sys::still_waits(listener_, call.id)) return;
  mutate_device(device);
  if (device && sys::answer_with(listener_, call.id, device, asked->close_on_exec)) {
    if (refusals_) devices_.count(asked->attempt);
    return;
  }
  mutate_answer(listener_, call.id);
  // A call that no longer waits was not refused: its caller was killed.
  if (!sys::let_continue(listener_, call.id) || !asked) return;
  if (refusals_)
    refusals_->note(asked->attempt);
  else if (asked->attempt.path == control_)
    heard_control_ = true;
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
  if (shape->makes_directory) return asked;
  const int flags = shape->flags < 0 ? shape->usual_flags : static_cast<int>(argument(shape->flags));
  asked.close_on_exec = (flags & O_CLOEXEC) != 0;
  const bool is_new = (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0;
  asked.attempt.special = is_new || (flags & (O_DIRECTORY | O_PATH)) != 0;
  asked.attempt.flags = flags & (O_ACCMODE | O_APPEND | O_NONBLOCK);
  const int access = flags & O_ACCMODE;
  asked.attempt.reads = access == O_RDONLY || access == O_RDWR;
  asked.attempt.writes = access != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
  return asked;
}

}  // namespace immure::attest
