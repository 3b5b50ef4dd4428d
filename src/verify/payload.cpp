#include "verify/payload.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

namespace immure::verify {

std::optional<judge::Finding> check_payload(const evidence::Evidence& evidence) {
  if (!evidence.payload)
    return judge::Finding{"payload-not-run", "/payload", "a payload that ran behind these walls",
                          "the program was never started"};
  const evidence::Payload& payload = *evidence.payload;
  if (payload.exit_code.has_value() == payload.signal.has_value())
    return judge::Finding{"payload-contradicts", "/payload", "an exit code or a signal",
                          payload.signal ? "both" : "neither"};
  const bool code_known = !payload.exit_code || (*payload.exit_code >= 0 && *payload.exit_code <= 255);
  const bool signal_known = !payload.signal || (*payload.signal >= 1 && *payload.signal <= 64);
  if (!code_known || !signal_known || payload.argv.empty())
    return judge::Finding{"payload-contradicts", "/payload",
                          "an exit code or signal that a process can have, and its arguments", "another"};
  const auto enforced = [&](const std::string& hit) {
    // evidence.limits uses the kernel's name of the limit (`pids`), and limits_hit the profile's name (`processes`).
    const std::string_view name = hit == "processes" ? "pids" : std::string_view(hit);
    return std::ranges::find(evidence.limits, name, &evidence::Enforcement::name) != evidence.limits.end();
  };
  if (!std::ranges::all_of(payload.limits_hit, enforced) ||
      std::ranges::adjacent_find(payload.limits_hit, std::ranges::greater_equal()) != payload.limits_hit.end())
    return judge::Finding{"payload-contradicts", "/payload/limitsHit", "limits of this run, each once", "others"};
  return std::nullopt;
}

}  // namespace immure::verify
