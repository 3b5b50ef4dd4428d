#include "cli/run/sandboxed_appraisal.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "cli/print.hpp"
#include "cli/run/appraisal.hpp"
#include "cli/run/directories.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "verify/lock_down.hpp"

namespace immure::cli {
namespace {

/// This is more than the parts can have by their own limits.
constexpr std::size_t kMaxBytes = std::size_t{256} << 20U;
/// The first byte of the message that starts the child's work. If the pipe ends without this byte, nobody wants an
/// answer.
constexpr char kGo = '+';

std::unexpected<Error> cannot(std::string_view what, int number) {
  return fail(Code::kSystem, "the appraisal", what, {}, number);
}

/// Reads until the other end of the pipe is closed. Errors: kSystem; kInternal if there are more bytes than the limit.
Result<std::string> read_all(int pipe) {
  std::string bytes;
  for (std::size_t filled = 0;; bytes.resize(filled)) {
    if (filled > kMaxBytes) return fail(Code::kInternal, "the appraisal", "its process returned too much data");
    bytes.resize(filled + (std::size_t{1} << 16U));
    const auto count = sys::read_some(pipe, std::as_writable_bytes(std::span(bytes).subspan(filled)));
    if (!count) return cannot("cannot be read", count.error().value);
    filled += *count;
    if (*count == 0) {
      bytes.resize(filled);
      return bytes;
    }
  }
}

/// Runs in the child. The child's sandbox cannot be left and allows writes only to standard output. So if hostile
/// evidence takes the child over, the evidence can spoil this one answer and nothing else.
[[noreturn]] void appraise_into(int start, int parts, const verify::Request& request,
                                const SandboxedAppraisal::Make& make) {
  const auto word = read_all(start);
  if (!word || !word->starts_with(kGo)) ::_exit(kFault);
  if (!sys::duplicate_onto(parts, STDOUT_FILENO, false)) ::_exit(kFault);
  // The nonce writer (verify/nonce_store.hpp) is started later, and must not keep the pipe open.
  static_cast<void>(sys::close_between(static_cast<unsigned>(parts), static_cast<unsigned>(parts)));
  const verify::AttestationResult result = verify::appraise_locked_down(request);
  for (const std::string& part : make(result, word->substr(1)))
    if (!print(std::to_string(part.size()) + ":") || !print(part)) ::_exit(kFault);
  ::_exit(exit_code_of(result.verdict));
}

/// `5:bytes0:`, as appraise_into wrote it; nullopt for anything else.
std::optional<std::vector<std::string>> split(std::string_view bytes) {
  std::vector<std::string> parts;
  while (!bytes.empty()) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), size);
    bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()));
    if (error != std::errc() || !bytes.starts_with(':') || bytes.size() - 1 < size) return std::nullopt;
    parts.emplace_back(bytes.substr(1, size));
    bytes.remove_prefix(size + 1);
  }
  return parts;
}

}  // namespace

Result<SandboxedAppraisal> SandboxedAppraisal::prepare(const verify::Request& request, Make make) {
  auto start = sys::make_pipe();
  if (!start) return cannot("cannot be started", start.error().value);
  auto parts = sys::make_pipe();
  if (!parts) return cannot("cannot be started", parts.error().value);
  const auto child = sys::call(::fork);
  if (!child) return cannot("cannot be started", child.error().value);
  if (*child == 0) {
    start->write.reset();
    parts->read.reset();
    appraise_into(start->read.get(), parts->write.get(), request, make);
  }
  return SandboxedAppraisal(*child, std::move(start->write), std::move(parts->read));
}

Result<Appraised> SandboxedAppraisal::finish(std::string_view word) {
  if (const auto sent = sys::write_all(start_.get(), kGo + std::string(word)); !sent)
    return cannot("cannot be started", sent.error().value);
  start_.reset();
  auto bytes = read_all(parts_.get());
  // A child that still writes gets SIGPIPE.
  parts_.reset();
  const int status = wait();
  if (WIFSIGNALED(status))
    return fail(Code::kInternal, "the appraisal",
                "its process was killed by signal " + std::to_string(WTERMSIG(status)));
  // A child that ended in any other way gave no verdict.
  const ExitCode code = WEXITSTATUS(status);
  if (code != kSuccess && code != kRejected && code != kBlocked)
    return fail(Code::kInternal, "the appraisal", "its process ended without a verdict");
  if (!bytes) return std::unexpected(std::move(bytes).error());
  auto split_parts = split(*bytes);
  if (!split_parts) return fail(Code::kInternal, "the appraisal", "its process returned data that cannot be read");
  return Appraised{code, *std::move(split_parts)};
}

int SandboxedAppraisal::wait() { return sys::wait_for_end(std::exchange(child_, -1)).value_or(0); }

SandboxedAppraisal::SandboxedAppraisal(SandboxedAppraisal&& other) noexcept
    : child_(std::exchange(other.child_, -1)), start_(std::move(other.start_)), parts_(std::move(other.parts_)) {}

SandboxedAppraisal::~SandboxedAppraisal() {
  if (child_ == -1) return;
  start_.reset();
  parts_.reset();
  static_cast<void>(wait());
}

Result<void> check_result_place(const std::string& path, const std::string& what, const verify::Request& request) {
  CHECK_OK(check_other_file(path, request.evidence_path));
  for (const std::string& key : request.key_paths) CHECK_OK(check_other_file(path, key));
  for (const auto& own : {request.policy_path, request.launchers_path, request.challenge_path, request.state_path}) {
    if (own) CHECK_OK(check_other_file(path, *own));
  }
  if (request.artifacts_dir) CHECK_OK(check_file_apart(path, what, *request.artifacts_dir));
  return check_writable_file(path);
}

}  // namespace immure::cli
