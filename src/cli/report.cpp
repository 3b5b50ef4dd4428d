#include <cerrno>
#include <cstdint>
#include <span>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "cli/appraisal.hpp"
#include "cli/commands.hpp"
#include "cli/directories.hpp"
#include "cli/print.hpp"
#include "file/io.hpp"
#include "sys/file.hpp"
#include "venue/records.hpp"
#include "verify/html.hpp"
#include "verify/wall_in.hpp"

namespace immure::cli {
namespace {

/// Far above what the page's own limits let it become.
constexpr std::size_t kMaxPageBytes = std::size_t{256} << 20U;

std::unexpected<Error> cannot(std::string_view what, int number) {
  return fail(Code::kSystem, "the appraisal", what, {}, number);
}

/// In the child. Its walls are for good and let it write to standard output alone, so that a reader of evidence that
/// evidence has taken over can still do no more than spoil this one page.
[[noreturn]] void appraise_into(int pipe, const verify::Request& request, const verify::PageNotes& notes, bool json) {
  if (!sys::duplicate_onto(pipe, STDOUT_FILENO, false)) ::_exit(kFault);
  const verify::AttestationResult result = verify::appraise_walled_in(request);
  // One line for standard output, then the page.
  std::string first = json ? verify::result_json(result) : verify::result_text(result, false);
  first.resize(first.find('\n') + 1);
  const bool sent = print(first).has_value() && print(verify::result_html(result, notes)).has_value();
  ::_exit(sent ? exit_code_of(result.verdict) : kFault);
}

/// Everything until the other end is closed. Errors, kSystem; kInternal beyond the limit.
Result<std::string> read_all(int pipe) {
  std::string bytes;
  for (std::size_t filled = 0;; bytes.resize(filled)) {
    if (filled > kMaxPageBytes) return fail(Code::kInternal, "the appraisal", "made a page that is too large");
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

/// The verdict's exit code. Any other end of the child is no verdict.
Result<ExitCode> end_of(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return cannot("cannot be waited for", errno);
  }
  if (WIFSIGNALED(status))
    return fail(Code::kInternal, "the appraisal", "was ended by signal " + std::to_string(WTERMSIG(status)));
  const ExitCode code = WEXITSTATUS(status);
  if (code != kSuccess && code != kRejected && code != kBlocked)
    return fail(Code::kInternal, "the appraisal", "ended without a verdict");
  return code;
}

struct Appraised {
  ExitCode code = kBlocked;
  std::string line, page;
};

/// Appraises and writes the page in a child behind the verifier's walls, since the file has to be written outside them.
Result<Appraised> appraise_apart(const verify::Request& request, const verify::PageNotes& notes, bool json) {
  auto pipe = sys::make_pipe();
  if (!pipe) return cannot("cannot be started", pipe.error().value);
  const int pid = ::fork();
  if (pid < 0) return cannot("cannot be started", errno);
  if (pid == 0) appraise_into(pipe->write.get(), request, notes, json);
  pipe->write.reset();
  auto bytes = read_all(pipe->read.get());
  // Whoever still writes gets SIGPIPE.
  pipe->read.reset();
  TRY(const ExitCode code, end_of(pid));
  if (!bytes) return std::unexpected(std::move(bytes).error());
  const std::size_t line = bytes->find('\n');
  if (line == std::string::npos) return fail(Code::kInternal, "the appraisal", "said nothing");
  return Appraised{code, bytes->substr(0, line), bytes->substr(line + 1)};
}

/// Before anything is read: the page must not replace what it is about, nor become one more file among the outputs.
Result<void> check_place(const std::string& path, const verify::Request& request) {
  CHECK_OK(check_writable_file(path));
  CHECK_OK(check_other_file(path, request.evidence_path));
  for (const std::string& key : request.key_paths) CHECK_OK(check_other_file(path, key));
  for (const auto& own : {request.policy_path, request.challenge_path}) {
    if (own) CHECK_OK(check_other_file(path, *own));
  }
  if (request.artifacts_dir) CHECK_OK(check_file_apart(path, "the report", *request.artifacts_dir));
  return {};
}

}  // namespace

Result<ExitCode> report_command(const Arguments& arguments) {
  TRY(const verify::Request request, appraisal_request(arguments));
  TRY(const std::string path, arguments.required("output"));
  CHECK_OK(check_place(path, request));
  const verify::PageNotes notes{request.evidence_path, venue::rfc3339_now(), IMMURE_VERSION};
  TRY(const Appraised appraised, appraise_apart(request, notes, arguments.has("json")));
  CHECK_OK(file::write_whole(path, appraised.page, 0644));
  CHECK_OK(print(visible(appraised.line) + "\n"));
  return appraised.code;
}

}  // namespace immure::cli
