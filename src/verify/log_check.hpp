/// Whether a log has the evidence (--log).
#pragma once

#include <optional>
#include <utility>

#include "judge/judge.hpp"
#include "tlog/log.hpp"
#include "verify/request.hpp"
#include "verify/result.hpp"

namespace immure::verify {

/// Looks for `entry` in the log of the request, or checks the proof. Nothing, if the log has the entry or the request
/// names no log. BLOCKED, if the log, the proof or the key cannot be used; REJECTED, if the log does not have the
/// entry.
[[nodiscard]] std::optional<std::pair<Verdict, judge::Finding>> check_log(const Request& request,
                                                                          const tlog::Entry& entry);

}  // namespace immure::verify
