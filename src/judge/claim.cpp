#include "judge/claim.hpp"

#include <algorithm>

#include "judge/edition.hpp"

namespace immure::judge {
namespace {

probe::Gifts gifts_of(const evidence::Acceptance& acceptance) {
  probe::Gifts gifts = probe::kNothing;
  if (acceptance.scratch_bytes != 0) gifts |= probe::kScratch;
  if (acceptance.read_back) gifts |= probe::kReadBack;
  if (acceptance.socket_pairs) gifts |= probe::kSocketPairs;
  if (acceptance.helpers) gifts |= probe::kHelpers;
  return gifts;
}

/// The list names either the whole image, or absolute paths with digests.
bool is_list_of_helpers(const std::optional<evidence::Helpers>& helpers) {
  if (!helpers) return true;
  if (helpers->whole_image) return helpers->files.empty();
  return !helpers->files.empty() && std::ranges::all_of(helpers->files, [](const evidence::Artifact& file) {
    return file.name.starts_with('/') && !file.name.ends_with('/');
  });
}

}  // namespace

TestNumber Claim::test_in(SandboxTest place) const {
  if (place == 29 && reads_output()) return 47;
  if (place == 33 && (gifts & probe::kHelpers) != 0) return 46;
  if (place == 25 && (gifts & probe::kSocketPairs) != 0) return 48;
  return place;
}

Claim claim_of(const evidence::Evidence& evidence) {
  if (!evidence.acceptance) return {};
  const evidence::Acceptance& stated = *evidence.acceptance;
  Claim claim{.profile = stated.profile, .gifts = gifts_of(stated)};
  const Edition* edition = edition_of(evidence);
  const int since = stated.helpers ? kHelpersSince : kClaimsSince;
  claim.known = stated.profile == profile_with(claim.gifts) && is_list_of_helpers(stated.helpers) &&
                (claim.gifts == probe::kNothing || (edition != nullptr && edition->number >= since));
  return claim;
}

std::string claimed_by(std::span<const evidence::Evidence* const> stages) {
  for (const evidence::Evidence* stage : stages)
    if (std::string profile = claim_of(*stage).profile; profile != kPacket) return profile;
  return std::string(kPacket);
}

std::string gifts_text(probe::Gifts gifts) {
  std::string text;
  const auto add = [&](probe::Gifts gift, std::string_view words) {
    if ((gifts & gift) != 0) text += (text.empty() ? "" : ", and ") + std::string(words);
  };
  add(probe::kScratch, "the program has a directory for temporary files");
  add(probe::kReadBack, "the program can read what it wrote to /out");
  add(probe::kSocketPairs, "the program can make unnamed pairs of sockets");
  add(probe::kHelpers, "the program can start other programs of its image");
  return text;
}

std::string_view profile_with(probe::Gifts gifts) {
  if ((gifts & probe::kHelpers) != 0) return kBuild;
  return gifts == probe::kNothing ? kPacket : kWork;
}

evidence::Acceptance with_profile(evidence::Acceptance stated) {
  stated.profile = profile_with(gifts_of(stated));
  return stated;
}

}  // namespace immure::judge
