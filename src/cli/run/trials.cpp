#include "cli/run/trials.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <span>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/engine/program.hpp"
#include "attest/host/cleanup.hpp"
#include "cli/exit_code.hpp"
#include "cli/run/launch.hpp"
#include "cli/run/lead.hpp"
#include "evidence/reader.hpp"
#include "evidence/writer.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::cli {
namespace {

Trial failed(std::string reason) { return {.blocked = {std::move(reason)}, .limits = {}, .runtime = {}, .venue = {}}; }

Result<attest::RunOutcome> run_in(const attest::Choice& choice) {
  constexpr unsigned kOwn = 0700;
  constexpr std::size_t kDirectories = 5;  // the run itself makes the directories of the cache
  // Name no directory for digests that immure remembers between runs, because a trial must leave nothing.
  const std::array<std::string, 9> entries = {"in",          "out",   "root",         "root/in",      "root/out",
                                              "root/immure", "cache", "cache/images", "cache/images/"};
  TRY(const attest::TemporaryDirectory scratch, attest::TemporaryDirectory::create(entries, kOwn));
  std::error_code error;
  for (const std::string& directory : std::span(entries).first(kDirectories)) {
    if (!error) std::filesystem::create_directory(scratch.at(directory), error);
  }
  if (!error) std::filesystem::copy_file("/proc/self/exe", scratch.at("root/immure"), error);
  if (error) return fail(Code::kSystem, scratch.path(), "cannot write the input of the trial", {}, error.value());
  Launch wanted;
  wanted.input = scratch.at("in");
  wanted.output = scratch.at("out");
  wanted.rootfs = scratch.at("root");
  wanted.program = "/immure";
  wanted.arguments = {"version"};
  wanted.no_evidence = true;
  wanted.venue = choice;
  ::setenv("IMMURE_CACHE", scratch.at("cache").c_str(), 1);
  return trial(wanted);
}

Trial try_once(const attest::Choice& choice) {
  auto outcome = run_in(choice);
  if (!outcome) return failed(to_text(outcome.error()));
  Trial result{.blocked = std::move(outcome->blocked),
               .limits = std::move(outcome->statement.predicate.limits),
               .runtime = {},
               .venue = outcome->venue};
  const bool ended_well = outcome->end == attest::End::kExited && outcome->exit_code == 0;
  if (!ended_well && result.blocked.empty()) result.blocked.emplace_back("the program in the cell failed");
  return result;
}

/// If a cell does not hold with the engine's default OCI runtime, it may hold with another one.
Trial try_runtimes(const attest::Choice& choice) {
  Trial own = try_once(choice);
  if (own.holds() || choice.venue != "podman" || !choice.runtime.empty()) return own;
  for (const char* name : {"runc", "crun"}) {
    if (!attest::find_program(name)) continue;
    attest::Choice other = choice;
    other.runtime = name;
    Trial with_other = try_once(other);
    if (!with_other.holds()) continue;
    with_other.runtime = name;
    return with_other;
  }
  return own;
}

/// Runs in the child. Discards the output of the program in the cell, because standard output carries the answer.
[[noreturn]] void try_into(const sys::Fd& pipe, const attest::Choice& choice) {
  const auto null = sys::open_at(AT_FDCWD, "/dev/null", O_WRONLY);
  if (null) static_cast<void>(sys::duplicate_onto(null->get(), STDOUT_FILENO, false));
  if (const auto led = lead_from_small_number(); !led || *led) ::_exit(led ? **led : kFault);
  std::string bytes;
  evidence::write(bytes, try_runtimes(choice));
  ::_exit(sys::write_all(pipe.get(), bytes) ? kSuccess : kFault);
}

Trial read_trial(const sys::Fd& pipe) {
  std::string bytes;
  std::array<char, 4096> buffer;
  while (true) {
    const auto count = sys::read_some(pipe.get(), std::as_writable_bytes(std::span(buffer)));
    if (!count || *count == 0) break;
    bytes.append(buffer.data(), *count);
  }
  evidence::json::Scanner scanner(bytes);
  Trial result;
  evidence::read(scanner, result);
  scanner.finish();
  return scanner.failed() ? failed("the trial ended without an answer") : result;
}

struct Started {
  int child = -1;
  sys::Fd answer;
  std::string error;  ///< why there is no child
};

Started start(const attest::Choice& choice) {
  auto pipe = sys::make_pipe();
  if (!pipe) return {.answer = {}, .error = to_text(Error{Code::kSystem, "trial", "no pipe", {}, pipe.error().value})};
  const auto child = sys::call(::fork);
  if (!child)
    return {.answer = {},
            .error = to_text(Error{Code::kSystem, "trial", "cannot be started", {}, child.error().value})};
  if (*child == 0) {
    pipe->read.reset();
    try_into(pipe->write, choice);
  }
  return {.child = *child, .answer = std::move(pipe->read), .error = {}};
}

Trial finish(const Started& started) {
  if (started.child < 0) return failed(started.error);
  Trial result = read_trial(started.answer);
  static_cast<void>(sys::wait_for_end(started.child));
  return result;
}

}  // namespace

std::vector<Trial> try_venues(const std::vector<attest::Choice>& choices) {
  std::vector<Started> started;
  for (const attest::Choice& choice : choices) started.push_back(start(choice));
  std::vector<Trial> trials;
  for (const Started& one : started) trials.push_back(finish(one));
  return trials;
}

}  // namespace immure::cli
