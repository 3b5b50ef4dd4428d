#include "cli/run/gifts.hpp"

#include <algorithm>
#include <string>

#include "cli/print.hpp"
#include "judge/claim.hpp"
#include "probe/runner.hpp"

namespace immure::cli {

Result<void> give(plan::Profile& profile, const Launch& wanted) {
  if (wanted.scratch_bytes) profile.scratch_bytes = *wanted.scratch_bytes;
  profile.read_back = profile.read_back || wanted.read_back;
  profile.socket_pairs = profile.socket_pairs || wanted.socket_pairs;
  const probe::Gifts gifts = profile.gifts();
  if (gifts == probe::kNothing) return {};
  const std::string claim = "this run claims the acceptance profile \"" + std::string(judge::profile_with(gifts)) +
                            "\", because " + judge::gifts_text(gifts);
  if (wanted.strict)
    return fail(Code::kBlocked, "--strict", claim,
                "Leave out --strict, or else --tmp, --read-back, --socket-pairs and the same keys of the profile.");
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
