#include "cli/run/gifts.hpp"

#include <algorithm>
#include <string>

#include "cli/known_programs_text.hpp"
#include "cli/print.hpp"
#include "judge/claim.hpp"
#include "probe/runner.hpp"
#include "text/list.hpp"

namespace immure::cli {

namespace {

/// Adds a need of the catalogue to the profile. Returns the part of the need that the profile did not have yet.
/// `size_is_settled`: the operator chose the size of the temporary files.
plan::KnownNeed add(plan::Profile& profile, const plan::KnownNeed& need, bool size_is_settled) {
  const std::uint64_t scratch = size_is_settled ? 0 : need.scratch_bytes;
  plan::KnownNeed added{.scratch_bytes = scratch > profile.scratch_bytes ? scratch : 0,
                        .read_back = need.read_back && !profile.read_back,
                        .socket_pairs = need.socket_pairs && !profile.socket_pairs};
  profile.scratch_bytes = std::max(profile.scratch_bytes, scratch);
  profile.read_back = profile.read_back || need.read_back;
  profile.socket_pairs = profile.socket_pairs || need.socket_pairs;
  for (const auto& variable : need.environment)
    if (profile.environment.emplace(variable).second) added.environment.push_back(variable);
  return added;
}

}  // namespace

Result<void> give(plan::Profile& profile, const Launch& wanted, const std::vector<const plan::KnownNeed*>& known) {
  if (wanted.scratch_bytes) profile.scratch_bytes = *wanted.scratch_bytes;
  profile.read_back = profile.read_back || wanted.read_back;
  profile.socket_pairs = profile.socket_pairs || wanted.socket_pairs;
  for (const plan::KnownNeed* need : known) {
    const std::vector<std::string> options = options_of(add(profile, *need, wanted.scratch_bytes.has_value()));
    const std::string program = wanted.program.substr(wanted.program.rfind('/') + 1);
    if (!options.empty())
      tell("note: " + program + " " + std::string(need->because) + "; so it gets " + text::list_text(options));
  }
  const probe::Gifts gifts = profile.gifts();
  if (gifts == probe::kNothing) return {};
  const std::string claim = "this run claims the acceptance profile \"" + std::string(judge::profile_with(gifts)) +
                            "\", because " + judge::gifts_text(gifts);
  if (wanted.strict)
    return fail(Code::kBlocked, "--strict", claim,
                known.empty()
                    ? "Leave out --strict, or else --tmp, --read-back, --socket-pairs, --exec and the same keys of the "
                      "profile."
                    : "Leave out --strict, or name a profile file, which then decides alone what the program gets.");
  tell("note: " + claim + " (verify with --accept " + std::string(judge::profile_with(gifts)) + ")");
  return {};
}

bool has_scratch_link(const plan::Closure& closure) {
  const auto below = [](const plan::Packed& packed) { return packed.inner.starts_with("/tmp/"); };
  return std::ranges::none_of(closure.files, below) && std::ranges::none_of(closure.trees, below);
}

void name_scratch(std::map<std::string, std::string>& environment, bool has_link) {
  const std::string path = has_link ? "/tmp" : probe::kScratchPath;
  environment.emplace("HOME", path);
  environment.emplace("TMPDIR", path);
}

}  // namespace immure::cli
