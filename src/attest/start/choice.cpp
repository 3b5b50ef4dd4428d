#include "attest/start/choice.hpp"

#include "attest/deadline.hpp"
#include "attest/engine/outer_sandbox.hpp"
#include "attest/start/native.hpp"
#include "attest/start/walled.hpp"
#include "text/list.hpp"

namespace immure::attest {
namespace {

using venue::kAuto, venue::kNative;

Result<Started> start_in(const OuterSandbox& outer, const Choice& choice, const plan::Plan& plan,
                         const OpenInput& input, Deadline& deadline) {
  TRY(std::string version, outer.version(choice.runtime, deadline.go_on()));
  while (version.ends_with('\n')) version.pop_back();
  TRY(Cell cell, start_walled(outer, choice, plan, input, deadline));
  return Started{std::move(cell), std::string(outer.name), std::move(version), {}};
}

Result<Started> start_native_venue(const plan::Plan& plan, const OpenInput& input, Deadline& deadline,
                                   std::shared_ptr<Cgroup> group) {
  TRY(Cell cell, start_native(plan, input, true, deadline, std::move(group)));
  return Started{std::move(cell), std::string(kNative), IMMURE_VERSION, {}};
}

// Try the native venue first, because it needs no other program that must be trusted.
Result<Started> start_first(const Choice& choice, const plan::Plan& plan, const OpenInput& input, Deadline& deadline,
                            std::shared_ptr<Cgroup> group) {
  auto native = start_native_venue(plan, input, deadline, std::move(group));
  if (native || native.error().code != Code::kUnsupported) return native;
  const Error first = native.error();
  std::vector<std::string> passed_over{std::string(kNative) + ": " + to_text(first)};
  /// The venues that fail for the same reason as the native one.
  std::string alike;
  for (const OuterSandbox& outer : outer_venues()) {
    if (!outer.automatic) continue;
    auto started = start_in(outer, choice, plan, input, deadline);
    if (!started && started.error().code == Code::kUnsupported) {
      // If several venues fail for the same reason, give this reason only once.
      const std::string reason = to_text(started.error());
      if (reason == to_text(first)) {
        text::append_item(alike, outer.name);
      } else {
        passed_over.push_back(std::string(outer.name) + ": " + reason);
      }
      continue;
    }
    if (started) started->passed_over = std::move(passed_over);
    return started;
  }
  // Put the native venue's reason first, because its cause is the easiest one to fix.
  Error none = first;
  for (std::size_t i = 1; i < passed_over.size(); ++i)
    none.hint += std::string(i > 1 || !none.hint.empty() ? " " : "") + "Passed over: " + passed_over[i];
  if (!alike.empty()) none.hint += (none.hint.empty() ? "" : " ") + ("Passed over for the same reason: " + alike + ".");
  return std::unexpected(std::move(none));
}

}  // namespace

std::string automatic_order() {
  std::string order(kNative);
  for (const OuterSandbox& outer : outer_venues()) {
    if (outer.automatic) order += ", " + std::string(outer.name);
  }
  return order;
}

Result<Started> start_cell(const Choice& choice, const plan::Plan& plan, const OpenInput& input, Deadline& deadline,
                           std::shared_ptr<Cgroup> group) {
  if (choice.venue == kAuto) return start_first(choice, plan, input, deadline, std::move(group));
  if (choice.venue == kNative) return start_native_venue(plan, input, deadline, std::move(group));
  if (const OuterSandbox* outer = find_outer(choice.venue)) return start_in(*outer, choice, plan, input, deadline);
  return fail(Code::kUsage, "--venue", "there is no venue " + choice.venue);
}

}  // namespace immure::attest
