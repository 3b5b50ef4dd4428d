#include "cli/run/launch_plan.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cli/print.hpp"
#include "cli/run/gifts.hpp"
#include "cli/run/hints.hpp"
#include "cli/run/image_notes.hpp"
#include "cli/run/key_apart.hpp"
#include "cli/run/papers.hpp"
#include "cli/run/workdir.hpp"
#include "file/readable_path.hpp"
#include "plan/filter/filter.hpp"
#include "plan/image/container_image.hpp"
#include "plan/image/helpers.hpp"
#include "plan/image/image.hpp"
#include "plan/image/locale.hpp"
#include "plan/image/rootfs.hpp"
#include "plan/known_programs.hpp"
#include "plan/own_needs.hpp"
#include "plan/profile.hpp"
#include "sys/machine.hpp"
#include "text/credential.hpp"
#include "text/list.hpp"

namespace immure::cli {
namespace {

/// The input as evidence names it.
std::string shown_input(const Launch& wanted) {
  if (wanted.inputs.empty()) return file::readable_path(wanted.input);
  return text::list_text(wanted.inputs, text::kAllItems, file::readable_path);
}

/// Reads the profile file that the operator names. Returns nothing if the operator names a built-in profile or none.
Result<std::optional<plan::Profile>> profile_file(const Launch& wanted) {
  if (!wanted.profile || !plan::is_profile_file(*wanted.profile)) return std::nullopt;
  TRY(plan::Profile profile, plan::read_profile(*wanted.profile));
  return profile;
}

/// The programs that the program may start.
std::vector<std::string> helpers_of(const Launch& wanted, const std::optional<plan::Profile>& from_file) {
  return wanted.helpers.empty() && from_file ? from_file->unsafe_exec : wanted.helpers;
}

/// The files of the image for a run with these helpers. The files of the whole image are there already.
std::vector<std::string> packed_helpers(const std::vector<std::string>& helpers) {
  return helpers == std::vector<std::string>{std::string(plan::kWholeImage)} ? std::vector<std::string>() : helpers;
}

Result<plan::Closure> closure_for(const Launch& wanted, const std::optional<plan::Rootfs>& rootfs,
                                  const std::optional<plan::Profile>& from_file, const sys::Fd* input,
                                  const file::GoOn& go_on) {
  const std::vector<std::string> helpers = packed_helpers(helpers_of(wanted, from_file));
  if (rootfs) {
    TRY(plan::Closure closure, plan::closure_in_rootfs(*rootfs, wanted.program, wanted.arguments, helpers));
    for (const std::string& note : closure.notes) tell("note: " + note);
    return closure;
  }
  TRY(std::string program, find_program(wanted.program));
  if (auto real = wanted.hints ? program_behind_shim(program) : std::nullopt) {
    tell("note: " + program + " is a shim, so immure starts the program behind it: " + *real);
    program = *std::move(real);
  }
  // Only a profile file that the operator names can add files to the image.
  std::vector<std::string> include = from_file ? from_file->image_include : std::vector<std::string>();
  include.insert(include.end(), wanted.include.begin(), wanted.include.end());
  plan::PackageChoice choice = wanted.choice;
  choice.helpers = helpers;
  TRY(plan::Closure closure, plan::closure_of(program, wanted.arguments, include, go_on, input, choice));
  for (const std::string& note : closure.notes) tell("note: " + note);
  // Keep the files sorted by their paths in the image, as in every closure.
  const auto add = [](std::vector<plan::Packed>& to, const std::vector<plan::Packed>& data) {
    to.insert(to.end(), data.begin(), data.end());
    std::ranges::sort(to, {}, &plan::Packed::inner);
  };
  add(closure.files, wanted.data_files);
  add(closure.trees, wanted.data_trees);
  return closure;
}

/// Checks test #32 (no secret in the environment) before anything is built. No message shows the value.
Result<void> check_environment(const std::map<std::string, std::string>& environment) {
  constexpr std::string_view kHint = "Remove this variable, because the program can write its value into an output.";
  for (const auto& [name, value] : environment) {
    const std::string where = "test #32 (environment): variable " + name;
    if (text::named_like_credential(name))
      return fail(Code::kBlocked, where, "is named like a secret",
                  std::string(kHint) + " If the variable is no secret, rename it.");
    if (const std::string_view kind = text::credential_in(value); !kind.empty())
      return fail(Code::kBlocked, where, "has a value shaped like a secret (" + std::string(kind) + ")", kHint);
  }
  return {};
}

/// Variables of the command line override variables of the profile, which override the usual variables.
std::map<std::string, std::string> environment_of(const Launch& wanted, const plan::Profile& profile) {
  std::map<std::string, std::string> environment = wanted.environment;
  environment.insert(profile.environment.begin(), profile.environment.end());
  if (!wanted.callers_zone.empty()) environment.emplace("TZ", wanted.callers_zone);
  return environment;
}

/// The needs that the catalogue has for the program; none with a profile file, which alone decides what a program gets.
std::vector<const plan::KnownNeed*> known_needs_of(const Launch& wanted, const plan::Closure& closure,
                                                   std::span<const plan::KnownNeed> own) {
  if (wanted.profile && plan::is_profile_file(*wanted.profile)) return {};
  // In a root directory or a container image, a file of any author may have any name.
  if (wanted.rootfs || wanted.image) return {};
  // The catalogue knows the program, and not a script of the same name that may start the program.
  if (!closure.starts.empty()) return {};
  const plan::Program& program = closure.program;
  return plan::needs_of({.path = program.host_path.empty() ? program.inner_path : program.host_path,
                         .asked = wanted.program,
                         .arguments = wanted.arguments,
                         .workdir = wanted.workdir},
                        own);
}

}  // namespace

Result<plan::Plan> plan_for(const Launch& wanted, const HeldInput& opened, const std::string& output,
                            const Papers& papers, attest::Deadline& deadline) {
  deadline.enter(wanted.rootfs  ? "the root directory was hashed"
                 : wanted.image ? "the container image was unpacked"
                                : "the program was packed");
  const file::GoOn go_on = deadline.go_on();
  const attest::Packing packing(deadline.pulse());
  std::optional<plan::Rootfs> rootfs;
  TRY(std::optional<plan::Profile> from_file, profile_file(wanted));
  const std::vector<std::string> helpers = helpers_of(wanted, from_file);
  if (wanted.rootfs) {
    if (papers.key) CHECK_OK(check_key_outside_root(*papers.key, *wanted.rootfs));
    TRY(rootfs, plan::open_rootfs(*wanted.rootfs, evidence_path(wanted).has_value(), go_on, !helpers.empty()));
  } else if (wanted.image) {
    TRY(rootfs, plan::open_container_image(*wanted.image, go_on, !helpers.empty()));
    tell_ignored(*rootfs);
  }
  TRY(plan::Closure closure, closure_for(wanted, rootfs, from_file, source_directory(opened, wanted.arguments), go_on));
  if (papers.key) CHECK_OK(check_key_outside_image(*papers.key, closure));
  TRY(plan::Profile profile,
      from_file ? *std::move(from_file) : plan::builtin_profile(wanted.profile.value_or(closure.profile)));
  if (wanted.untrusted_command && !wanted.profile && !profile.unsafe_keys().empty())
    return fail(Code::kBadInput, "profile " + profile.name,
                "fits the program (" + closure.profile_why + "), but widens the cell by " +
                    text::list_text(profile.unsafe_keys()) + ", which --untrusted-command forbids",
                "If the operator allows the profile, the operator names it: --profile " + profile.name + ".");
  profile.why = !wanted.profile                 ? closure.profile_why
                : wanted.profile_origin.empty() ? "you asked for it"
                                                : wanted.profile_origin + " asks for it";
  profile.unsafe_exec = helpers;
  if (wanted.wall_ms) profile.limits.wall_ms = *wanted.wall_ms;
  std::shared_ptr<const plan::OwnNeeds> own;
  if (wanted.catalogue) {
    TRY(own, plan::read_needs(*wanted.catalogue));
  }
  const auto own_needs = own ? std::span<const plan::KnownNeed>(own->needs) : std::span<const plan::KnownNeed>();
  CHECK_OK(give(profile, wanted, known_needs_of(wanted, closure, own_needs)));
  deadline.set_limit(profile.limits.wall_ms);
  const std::uint64_t processors = sys::processors();
  closure.fixed = probe::fixed_files({.processors = processors,
                                      .memory_bytes = profile.limits.memory_bytes,
                                      .scratch = profile.scratch_bytes != 0,
                                      .helpers = !helpers.empty(),
                                      .program = closure.program.inner_path});
  std::map<std::string, std::string> environment = environment_of(wanted, profile);
  const bool scratch_links = profile.scratch_bytes != 0 && !rootfs && has_scratch_link(closure);
  if (profile.scratch_bytes != 0) name_scratch(environment, scratch_links);
  environment.merge(plan::usual_environment());
  CHECK_OK(check_environment(environment));
  const auto zone = environment.find("TZ");
  CHECK_OK(plan::add_time_zone(closure, zone == environment.end() ? "UTC" : zone->second));
  TRY(plan::Image image, rootfs ? plan::rootfs_image(*rootfs, closure, go_on) : plan::cached_image(closure, go_on));
  closure.program.sha256 = image.program_sha256;
  TRY(std::vector<plan::Helper> found_helpers, plan::helpers_of(image, closure));
  TRY(plan::FilterProgram filter, plan::filter_for(profile));
  const bool deny_writable_code = !profile.unsafe_writable_code;
  const bool profile_has_scratch = profile.scratch_bytes != 0;
  return plan::Plan{
      .profile = std::move(profile),
      .image = std::move(image),
      .program = std::move(closure.program),
      .helpers = std::move(found_helpers),
      .environment = std::move(environment),
      .input_path = opened.parts.empty() ? opened.whole.path : opened.parts.front().path,
      .output_path = output,
      .input_name = shown_input(wanted),
      .output_name = file::readable_path(wanted.output),
      .input_parts = planned_parts(opened),
      .workdir = workdir_of(wanted.workdir, profile_has_scratch),
      .scratch_links = scratch_links,
      .standard_output = file::readable_path(wanted.standard_output.value_or(std::string())),
      .standard_input = file::readable_path(wanted.standard_input.value_or(std::string())),
      .filter = std::move(filter),
      .observer = !wanted.no_observer,
      .explains = wanted.explains,
      .deny_writable_code = deny_writable_code,
      .processors = processors,
      .capture_output = wanted.capture,
      .reads_input = closure.reads_input,
  };
}

plan::Plan plan_for_input(const plan::Plan& common, const Launch& wanted, const HeldInput& opened,
                          const std::string& output, attest::Deadline& deadline) {
  plan::Plan plan = common;
  plan.input_path = opened.parts.empty() ? opened.whole.path : opened.parts.front().path;
  plan.input_name = wanted.input;
  plan.input_parts = planned_parts(opened);
  plan.output_path = output;
  plan.output_name = wanted.output;
  deadline.set_limit(plan.profile.limits.wall_ms);
  return plan;
}

}  // namespace immure::cli
