#include "attest/observe/explainer.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

#include "attest/observe/caller.hpp"
#include "attest/observe/notifying_filter.hpp"
#include "sys/file.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

bool is_same_file(const sys::Fd& one, const sys::Fd& other) {
  struct stat a{}, b{};
  return ::fstat(one.get(), &a) == 0 && ::fstat(other.get(), &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

int Explainer::denial(const sys::Notification& call) const { return denial_of(denials_, call); }

void Explainer::begin(int program, const Granted& granted) {
  program_ = program;
  granted_ = granted;
  const std::string root = "/proc/" + std::to_string(program) + "/root";
  if (auto opened = sys::open_at(AT_FDCWD, root.c_str(), O_PATH | O_DIRECTORY)) root_ = std::move(*opened);
}

const Doer& Explainer::doer_of(int thread) {
  constexpr std::size_t kMostThreads = 1024;
  const auto known = doers_.find(thread);
  if (known != doers_.end()) return known->second;
  // A number may belong to another thread later, but only after the kernel has used all other numbers.
  if (doers_.size() >= kMostThreads) doers_.clear();
  Caller caller = caller_of(thread);
  return doers_
      .emplace(thread, Doer{.number = caller.number_in_cell,
                            .name = std::move(caller.name),
                            .is_program = caller.process == program_})
      .first->second;
}

std::optional<Obstacle> Explainer::denied(const sys::Notification& call, int error) {
  const int index = path_argument(call.number);
  std::string path;
  if (index >= 0) path = text_at(call.pid, call.arguments.at(static_cast<std::size_t>(index))).value_or(std::string());
  return Obstacle{.kind = Obstacle::Kind::kCall,
                  .number = call.number,
                  .arguments = call.arguments,
                  .answer = error,
                  .detail = call_detail(call.number, call.arguments, path.empty() ? path : shown_path(path)),
                  .doer = doer_of(call.pid)};
}

bool Explainer::is_missing(const Attempt& attempt) const {
  if (!root_) return false;
  const auto found = sys::open_in_root(root_.get(), attempt.path.c_str(), O_PATH);
  return !found && found.error().value == ENOENT;
}

bool Explainer::is_undeclared(const Attempt& attempt) const {
  const std::string path = normalised(attempt.path);
  if (!root_) return false;
  const auto file = sys::open_in_root(root_.get(), path.c_str(), O_PATH);
  if (!file) return false;
  // What lies outside of the image is never executed.
  if (path.starts_with("/in/") || path.starts_with("/out/")) return true;
  if (granted_.whole_image) return false;
  return std::ranges::none_of(granted_.executables, [&](const std::string& name) {
    const auto declared = sys::open_in_root(root_.get(), name.c_str(), O_PATH);
    return declared && is_same_file(*declared, *file);
  });
}

std::optional<Obstacle> Explainer::looked_up(const sys::Notification& call, const Attempt& attempt) {
  const bool writes = attempt.writes || attempt.makes_directory;
  const auto refusal = writes ? refusal_of(attempt, granted_) : std::nullopt;
  const bool missing = !writes && is_missing(attempt);
  if (call.number == __NR_execve && !missing)
    return is_undeclared(attempt) ? denied(call, EACCES) : std::optional<Obstacle>();
  if (!writes && !missing) obstacles_.found(shown_path(normalised(attempt.path)), doer_of(call.pid).number);
  if (!refusal && !missing) return std::nullopt;
  return Obstacle{.kind = refusal ? Obstacle::Kind::kWrite : Obstacle::Kind::kLookup,
                  .what = refusal.value_or(std::string_view()),
                  .detail = shown_path(normalised(attempt.path)),
                  .doer = doer_of(call.pid),
                  .is_new = attempt.is_new,
                  .from_workdir = attempt.from_workdir};
}

}  // namespace immure::attest
