#include <climits>

#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/directories.hpp"
#include "cli/duration.hpp"
#include "cli/launch.hpp"

namespace immure::cli {
namespace {

/// The inspector beside this very program, else where packages put it. Never by PATH: what reads a drop that nobody
/// trusts must be the one that came with immure.
Result<std::string> inspector_path() {
  char buffer[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", buffer, sizeof buffer);
  if (size > 0 && static_cast<std::size_t>(size) < sizeof buffer) {
    const std::string self(buffer, static_cast<std::size_t>(size));
    const std::string beside = self.substr(0, self.rfind('/')) + "/immure-inspect";
    if (::access(beside.c_str(), X_OK) == 0) return beside;
  }
  constexpr const char* kInstalled = "/usr/libexec/immure/immure-inspect";
  if (::access(kInstalled, X_OK) == 0) return kInstalled;
  return fail(Code::kBadInput, "immure-inspect", "is neither beside immure nor in /usr/libexec/immure",
              "Build or install it together with immure.");
}

}  // namespace

Result<ExitCode> inspect_command(const Arguments& arguments) {
  Launch wanted;
  wanted.input = arguments.operands().front();
  TRY(wanted.output, arguments.required("output"));
  TRY(wanted.program, inspector_path());
  if (const auto timeout = arguments.value("timeout")) {
    TRY(wanted.wall_ms, parse_duration("--timeout", *timeout));
  }
  wanted.arguments = {"--in", "/in", "--out", "/out"};
  if (const auto severity = arguments.value("fail-on")) {
    wanted.arguments.emplace_back("--fail-on");
    wanted.arguments.push_back(*severity);
  }
  wanted.profile = "inspect";
  wanted.key = arguments.value("key");
  wanted.evidence = arguments.value("evidence");
  wanted.no_evidence = !wanted.key;
  wanted.challenge = arguments.value("challenge");
  wanted.nonce = arguments.value("nonce");
  wanted.audience = arguments.value("audience");
  // A drop may hold anything; its special files are listed to nobody and opened by nobody, and the rest is still
  // inspected.
  wanted.stage = true;
  TRY(wanted.venue, venue_of(arguments));
  wanted.verbose = arguments.has("verbose");
  wanted.json = arguments.has("json");
  return launch(wanted);
}

}  // namespace immure::cli
