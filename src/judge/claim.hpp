/// What a run claims: an acceptance profile, and what the run gives its program beyond what the packet's tests allow.
/// A number of the matrix never changes its meaning. A run that gives its program more claims another test in the place
/// of one of the packet's tests, and the party that relies on the evidence says which profiles this party accepts.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "evidence/evidence.hpp"
#include "judge/judge.hpp"
#include "probe/catalogue.hpp"

namespace immure::judge {

inline constexpr std::string_view kPacket = "packet", kWork = "work", kBuild = "build";

/// The acceptance profiles that exist.
inline constexpr std::array<std::string_view, 3> kAcceptanceProfiles = {kPacket, kWork, kBuild};

/// The first edition of runs that may claim another profile than `packet`.
inline constexpr int kClaimsSince = 6;
/// The first edition of runs that may claim the profile `build`.
inline constexpr int kHelpersSince = 7;

struct Claim {
  bool known = true;  ///< false for a profile that is not known here, or that does not fit what the run gives
  std::string profile{kPacket};
  probe::Gifts gifts = probe::kNothing;

  /// True if the program can read a part of /out, so that #47 takes the place of #29.
  [[nodiscard]] bool reads_output() const { return (gifts & (probe::kScratch | probe::kReadBack)) != 0; }
  /// The test that this run claims in the place of one of the packet's tests.
  [[nodiscard]] TestNumber test_in(SandboxTest place) const;
};

[[nodiscard]] Claim claim_of(const evidence::Evidence& evidence);

/// The acceptance profile that a run claims whose stages these are: `packet` only if each stage claims it.
[[nodiscard]] std::string claimed_by(std::span<const evidence::Evidence* const> stages);

/// What the run gives, in words: `the program can read what it wrote to /out`; empty for `packet`.
[[nodiscard]] std::string gifts_text(probe::Gifts gifts);

/// The acceptance profile that a run with these gifts claims.
[[nodiscard]] std::string_view profile_with(probe::Gifts gifts);

/// The same evidence with the acceptance profile that fits what it gives.
[[nodiscard]] evidence::Acceptance with_profile(evidence::Acceptance stated);

}  // namespace immure::judge
