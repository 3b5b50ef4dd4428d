#include "verify/policy.hpp"

#include <algorithm>

#include "judge/claim.hpp"
#include "judge/text.hpp"
#include "text/utc_time.hpp"
#include "verify/freshness.hpp"

namespace immure::verify {
namespace {

bool holds(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

/// True if the key is valid at every moment from the start of the run to the appraisal.
bool is_valid(const PolicyKey& key, const evidence::Evidence& evidence, std::int64_t now) {
  const auto started = text::unix_seconds(evidence.started_on);
  const auto finished = text::unix_seconds(evidence.finished_on);
  if (!started || !finished) return false;
  return std::min({*started, *finished, now}) >= key.from && std::max({*started, *finished, now}) < key.until;
}

std::string validity(const PolicyKey& key) {
  std::string text = "a key valid";
  if (key.from != std::numeric_limits<std::int64_t>::min()) text += " from " + text::utc_text(key.from);
  if (key.until != std::numeric_limits<std::int64_t>::max()) text += " until " + text::utc_text(key.until);
  return text + " (" + key.where + ")";
}

/// Who limits memory and processes, against what the policy accepts.
std::optional<judge::Finding> check_limits(const Policy& policy, const evidence::Evidence& evidence) {
  if (policy.limits_by.empty()) return std::nullopt;
  for (const std::string_view name : {"memory", "pids"}) {
    std::vector<std::string> means;
    for (const evidence::Enforcement& limit : evidence.limits)
      if (limit.name == name) means.push_back(limit.by);
    if (std::ranges::none_of(means, [&](const std::string& by) { return holds(policy.limits_by, by); }))
      return judge::Finding{"policy-limits", "/limits", std::string(name) + " by " + judge::list_text(policy.limits_by),
                            means.empty() ? "none" : judge::list_text(means)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<judge::Finding> check_key(const Policy& policy, std::string_view key_id,
                                        const evidence::Evidence& evidence, std::int64_t now) {
  if (policy.keys.empty()) return std::nullopt;
  std::optional<judge::Finding> nearest;
  for (const PolicyKey& key : policy.keys) {
    if (key.id != key_id) continue;
    if (!key.attester) {
      if (!nearest)
        nearest =
            judge::Finding{"policy-key-role", "", "a key of an attester", "one of a verifier (" + key.where + ")"};
    } else if (is_valid(key, evidence, now)) {
      return std::nullopt;
    } else {
      nearest = judge::Finding{"policy-key-validity", "/startedOn", validity(key),
                               "a run from " + evidence.started_on + " to " + evidence.finished_on + ", appraised on " +
                                   text::utc_text(now)};
    }
  }
  if (nearest) return nearest;
  return judge::Finding{"policy-key", "", "a key that the policy lists", "key " + std::string(key_id)};
}

std::optional<judge::Finding> check_run(const Policy& policy, const evidence::Evidence& evidence) {
  struct Demand {
    judge::Reason code;
    std::string_view where;
    const std::vector<std::string>& accepted;
    const std::string& observed;
  };
  const Demand demands[] = {
      {"policy-venue", "/host/venue", policy.venues, evidence.host.venue},
      {"policy-image", "/image", policy.images, evidence.image.sha256},
  };
  const evidence::Artifact& profile = evidence.profile;
  if (!policy.profiles.empty() && !holds(policy.profiles, profile.name) && !holds(policy.profiles, profile.sha256))
    return judge::Finding{"policy-profile", "/profile", judge::list_text(policy.profiles),
                          profile.name + ", " + profile.sha256};
  if (policy.unsafe)
    for (const std::string& key : evidence.unsafe)
      if (!holds(*policy.unsafe, key))
        return judge::Finding{"policy-unsafe", "/unsafe",
                              policy.unsafe->empty() ? "none" : judge::list_text(*policy.unsafe), key};
  for (const Demand& demand : demands)
    if (!demand.accepted.empty() && !holds(demand.accepted, demand.observed))
      return judge::Finding{demand.code, std::string(demand.where), judge::list_text(demand.accepted),
                            demand.observed.empty() ? "none" : demand.observed};
  if (auto other = check_limits(policy, evidence)) return other;
  return check_expectation(policy.expected, ExpectedBy::kPolicy, evidence);
}

std::optional<judge::Finding> check_claim(const std::vector<std::string>& accepted,
                                          const evidence::Evidence& evidence) {
  const judge::Claim claim = judge::claim_of(evidence);
  if (claim.profile == judge::kPacket || holds(accepted, claim.profile)) return std::nullopt;
  return judge::Finding{"acceptance-not-asked", "/acceptance", "the acceptance profile packet",
                        "the run claims " + claim.profile + ", and every test of " + claim.profile + " holds: " +
                            judge::gifts_text(claim.gifts) + "; accept this with --accept " + claim.profile};
}

std::optional<judge::Finding> check_tests(const Policy& policy, const std::vector<judge::Row>& rows,
                                          const std::vector<judge::Row>& evidence_rows) {
  for (const int number : policy.tests) {
    const auto holding = [&](const judge::Row& row) {
      return row.number == number && row.outcome == judge::Outcome::kHolds;
    };
    if (std::ranges::any_of(rows, holding) || std::ranges::any_of(evidence_rows, holding)) continue;
    return judge::Finding{"policy-test", "#" + std::to_string(number), "a test that holds",
                          number == 40   ? "not asked for (--challenge, --nonce or --max-age)"
                          : number == 44 ? "not asked for (--artifacts)"
                                         : "the test does not hold, or is not proved"};
  }
  return std::nullopt;
}

}  // namespace immure::verify
