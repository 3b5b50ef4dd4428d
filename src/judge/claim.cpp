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
  return gifts;
}

}  // namespace

TestNumber Claim::test_in(SandboxTest place) const {
  if (place == 29 && reads_output()) return 47;
  if (place == 25 && (gifts & probe::kSocketPairs) != 0) return 48;
  return place;
}

Claim claim_of(const evidence::Evidence& evidence) {
  if (!evidence.acceptance) return {};
  const evidence::Acceptance& stated = *evidence.acceptance;
  Claim claim{.profile = stated.profile, .gifts = gifts_of(stated)};
  const Edition* edition = edition_of(evidence);
  claim.known = stated.profile == profile_with(claim.gifts) &&
                (claim.gifts == probe::kNothing || (edition != nullptr && edition->number >= kClaimsSince));
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
  return text;
}

std::string_view profile_with(probe::Gifts gifts) { return gifts == probe::kNothing ? kPacket : kWork; }

evidence::Acceptance acceptance_of(bool read_back, std::uint64_t scratch_bytes, bool socket_pairs) {
  evidence::Acceptance acceptance{.read_back = read_back, .scratch_bytes = scratch_bytes, .socket_pairs = socket_pairs};
  acceptance.profile = profile_with(gifts_of(acceptance));
  return acceptance;
}

}  // namespace immure::judge
