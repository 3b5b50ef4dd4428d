/// What a verifier accepts, as a TOML file: whose evidence, of which venues, how old, and with which tests.
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
#include "verify/expectation.hpp"

namespace immure::verify {

/// A key, and the roles and the time in which the policy trusts it.
struct PolicyKey {
  std::string path;  ///< of the public key; empty if the policy gives only its id
  std::string id;    ///< empty until the key file has been read
  bool attester = false, verifier = false;
  std::int64_t from =
      std::numeric_limits<std::int64_t>::min();  ///< Unix seconds: first moment at which the key is valid
  std::int64_t until = std::numeric_limits<std::int64_t>::max();  ///< Unix seconds: first moment after that
  std::string where;                                              ///< place in the file, for example `policy.toml:7`
};

/// An empty list demands nothing. In the file only `unsafe` and `arguments` may be empty lists.
struct Policy {
  std::vector<PolicyKey> keys;
  std::vector<std::string> profiles;  ///< names or digests
  std::vector<std::string> venues;
  /// Which mechanisms may limit memory and processes: `cgroup2`, `cgroup1`, `rlimit`, `watch`.
  std::vector<std::string> limits_by;
  std::vector<std::string> images;  ///< digests
  Expectation expected;             ///< `programs`, `arguments`, `inputs`, `exit_codes`, `launchers`
  /// The `unsafe_` keys that the profile may have set. Empty: no such key. Absent: any.
  std::optional<std::vector<std::string>> unsafe;
  /// Numbers of tests from #24 to #44, #47 and #48. The request must ask for each of them, and each must hold.
  std::vector<int> tests;
  std::vector<std::string> accept;  ///< acceptance profiles (judge/claim.hpp); `packet` is always accepted
  std::uint64_t max_age_s = 0;      ///< maximum age in seconds; 0: any age
  /// The oldest edition that is accepted (judge/edition.hpp); 0: the same as without a policy.
  int oldest_edition = 0;
  std::string sha256;  ///< of the bytes of the file
};

/// Reads a policy, a regular file of at most 64 KiB. Relative paths in it start in the policy's directory. Error
/// kBadInput with `file:line:key`: a key is unknown, a value has the wrong type, a list is empty, an entry is given
/// twice, a key has neither path nor id or has no role, or a time is not valid.
[[nodiscard]] Result<Policy> read_policy(const std::string& path);
/// Like read_policy(), for a text. `file` is for messages, and relative paths start in its directory.
[[nodiscard]] Result<Policy> parse_policy(std::string_view text, std::string_view file);

/// Returns why the policy does not accept this key for the evidence of this run at this time. Returns nullopt if the
/// policy accepts the key or names no keys. The function compares a key's time with the verifier's clock too, because a
/// thief of an old key can write any time into the evidence.
[[nodiscard]] std::optional<judge::Finding> check_key(const Policy& policy, std::string_view key_id,
                                                      const evidence::Evidence& evidence, std::int64_t now);
/// Returns why the policy does not accept this run: because of the run's profile, the `unsafe_` keys of this profile,
/// or the run's venue, image, launcher or limits. Returns nullopt if the policy accepts the run.
[[nodiscard]] std::optional<judge::Finding> check_run(const Policy& policy, const evidence::Evidence& evidence);
/// Returns a finding if the run claims neither `packet` nor one of these acceptance profiles; nullopt otherwise.
[[nodiscard]] std::optional<judge::Finding> check_claim(const std::vector<std::string>& accepted,
                                                        const evidence::Evidence& evidence);
/// Returns the first of the policy's tests that is in neither list of rows or does not hold; nullopt if there is none.
[[nodiscard]] std::optional<judge::Finding> check_tests(const Policy& policy, const std::vector<judge::Row>& rows,
                                                        const std::vector<judge::Row>& evidence_rows);

}  // namespace immure::verify
