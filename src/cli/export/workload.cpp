#include "cli/export/workload.hpp"

#include <algorithm>

#include "cli/run/directories.hpp"
#include "cli/run/duration.hpp"
#include "cli/run/pipeline.hpp"
#include "file/io.hpp"
#include "plan/profile.hpp"

namespace immure::cli {
namespace {

Result<void> take_profile(const std::string& name, Workload& workload) {
  if (!plan::is_profile_file(name)) {
    TRY(workload.profile, plan::builtin_profile(name));
    return {};
  }
  constexpr std::uint64_t kLimit = 64U << 10U;
  TRY(workload.profile, plan::read_profile(name));
  TRY(workload.profile_text, file::read_whole(name, kLimit));
  if (workload.profile.unsafe_seccomp_file)
    return fail(Code::kBadInput, name, "names a seccomp file, which would not be in the container",
                "Use a profile without unsafe_seccomp.");
  return {};
}

}  // namespace

Result<Workload> workload_of(const Arguments& arguments, std::size_t first) {
  std::vector<std::string> words(arguments.operands().begin() + static_cast<std::ptrdiff_t>(first),
                                 arguments.operands().end());
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  if (words.empty())
    return fail(Code::kUsage, arguments.command().name, "PROGRAM is missing",
                "For example `" + std::string(arguments.command().example) + "`.");
  Workload workload;
  const auto profile = arguments.value("profile");
  if (profile) CHECK_OK(take_profile(*profile, workload));
  TRY(const std::string program, find_program(words.front()));
  words.erase(words.begin());
  plan::PackageChoice choice;
  if (!workload.profile.executes_image()) choice.helpers = workload.profile.unsafe_exec;
  TRY(workload.closure, plan::closure_of(program, words, workload.profile.image_include, {}, nullptr, choice));
  if (!profile) CHECK_OK(take_profile(workload.closure.profile, workload));
  workload.command = {"/immure", "run", "--venue", "native", "--rootfs", std::string(kInnerImage)};
  const auto add = [&](std::string_view option, std::string value) {
    workload.command.push_back("--" + std::string(option));
    workload.command.push_back(std::move(value));
  };
  add("profile", workload.profile_text.empty() ? workload.profile.name : std::string(kInnerProfile));
  if (const auto timeout = arguments.value("timeout")) {
    TRY(workload.profile.limits.wall_ms, parse_duration("--timeout", *timeout));
    add("timeout", *timeout);
  }
  for (const std::string& entry : arguments.values("env")) add("env", entry);
  add("in", std::string(kInnerInput));
  add("out", std::string(kInnerReport) + "/out");
  add("key", std::string(kInnerKey));
  // The words are those of one program. So the word for a pipe is one that the program does not have.
  std::string pipe(kPipeWord);
  while (std::ranges::find(words, pipe) != words.end()) pipe += kPipeWord;
  if (pipe != kPipeWord) add("pipe", pipe);
  workload.command.emplace_back("--");
  const plan::Program& packed = workload.closure.program;
  workload.command.push_back(packed.inner_path);
  if (!packed.argv.empty()) workload.command.insert(workload.command.end(), packed.argv.begin() + 1, packed.argv.end());
  return workload;
}

}  // namespace immure::cli
