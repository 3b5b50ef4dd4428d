// Runs the policy reader on any text. An accepted policy can be compared with a run, and is as strict as it says.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "judge/claim.hpp"
#include "verify/policy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure;
  const auto policy = verify::parse_policy({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  if (!policy) return 0;
  for (const verify::PolicyKey& key : policy->keys) {
    if (key.path.empty() == key.id.empty() || (!key.attester && !key.verifier) || key.from >= key.until) std::abort();
  }
  for (const int test : policy->tests)
    if (test < 24 || (test > 44 && !judge::place_of(test))) std::abort();
  const evidence::Evidence nothing;
  for (const int code : policy->expected.exit_codes)
    if (code < 0 || code > 255) std::abort();
  if (!policy->keys.empty() && !verify::check_key(*policy, "another", nothing, 0)) std::abort();
  const bool demands = !policy->profiles.empty() || !policy->venues.empty() || !policy->images.empty() ||
                       !policy->expected.launchers.empty() || !policy->limits_by.empty() ||
                       !policy->expected.programs.empty() || policy->expected.arguments ||
                       !policy->expected.inputs.empty() || !policy->expected.exit_codes.empty();
  if (demands != verify::check_run(*policy, nothing).has_value()) std::abort();
  if (policy->tests.empty() == verify::check_tests(*policy, {}, {}).has_value()) std::abort();
  return 0;
}
