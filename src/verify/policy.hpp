/// What a verifier accepts, as a TOML file: whose evidence, of which walls, how old, with which tests.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/evidence.hpp"
#include "judge/judge.hpp"
#include "sys/error.hpp"

namespace immure::verify {

/// A key and what it may be used for.
struct PolicyKey {
  std::string path;  ///< of the public key; empty where the policy names its id alone
  std::string id;    ///< empty until the file was read
  bool attester = false, verifier = false;
  std::int64_t from = std::numeric_limits<std::int64_t>::min();   ///< Unix seconds, the first of its life
  std::int64_t until = std::numeric_limits<std::int64_t>::max();  ///< the first after it
  std::string where;                                              ///< `policy.toml:7`
};

/// An empty list demands nothing; the file cannot give one, but for `unsafe`.
struct Policy {
  std::vector<PolicyKey> keys;
  std::vector<std::string> profiles;  ///< names or digests
  std::vector<std::string> venues;
  std::vector<std::string>
      limits_by;  ///< what has to hold memory and processes: `cgroup2`, `cgroup1`, `rlimit`, `watch`
  std::vector<std::string> images, launchers;  ///< digests
  /// Which `unsafe_` keys the profile may have set; empty: none of them. Absent: any.
  std::optional<std::vector<std::string>> unsafe;
  std::vector<int> tests;       ///< of #24 to #44: each must have been asked for, and hold
  std::uint64_t max_age_s = 0;  ///< 0: any age
  int oldest_edition = 0;       ///< that is taken (judge/edition.hpp); 0: as without a policy
  std::string sha256;           ///< of the file's bytes
};

/// At most 64 KiB, a regular file. Errors, kBadInput with `file:line:key`: an unknown key, a wrong type, an empty list,
/// an entry given twice, a key without path or id or role, a time that is none. Paths start in the policy's directory.
[[nodiscard]] Result<Policy> read_policy(const std::string& path);
/// The same from its text; `file` is for messages, and for where relative paths start.
[[nodiscard]] Result<Policy> parse_policy(std::string_view text, std::string_view file);

/// Why the policy does not take this key for evidence of this run at this time; nullopt if it does, or names no keys.
/// A key's time is compared with the verifier's clock too: what the run says of its time, whoever stole an old key says
/// as well.
[[nodiscard]] std::optional<judge::Finding> check_key(const Policy& policy, std::string_view key_id,
                                                      const evidence::Evidence& evidence, std::int64_t now);
/// Why the policy does not take such a run: profile, what the profile gave up, venue, image, launcher, limits.
[[nodiscard]] std::optional<judge::Finding> check_run(const Policy& policy, const evidence::Evidence& evidence);
/// Which of the policy's tests is in neither list of rows, or does not hold there.
[[nodiscard]] std::optional<judge::Finding> check_tests(const Policy& policy, const std::vector<judge::Row>& rows,
                                                        const std::vector<judge::Row>& evidence_rows);

}  // namespace immure::verify
