// Channels out of a cell, or into it, that need no file, no socket and no privilege: core dumps, and settings that a
// task inherits from the process that started it.
#include <algorithm>

#include "judge/edition.hpp"
#include "judge/known.hpp"
#include "judge/observed.hpp"
#include "judge/text.hpp"

namespace immure::judge {
namespace {

using evidence::Inherited;
using evidence::Limit;

constexpr std::string_view kNoSignals = "0000000000000000";
constexpr std::string_view kPlain = "00000000";
/// What the evidence says about the dump filter of a kernel without core dumps.
constexpr std::string_view kNoDumps = "absent";

bool asked(const evidence::Evidence& evidence) {
  const Edition* edition = edition_of(evidence);
  return edition != nullptr && edition->number >= kChannelsSince;
}

/// If the core pattern is a pipe, the kernel starts its program on the host even at limit 0, but not at limit 1. If the
/// pattern is a file, the kernel writes no dump at either limit (fs/coredump.c; core(5)). If the pattern is unknown,
/// only limit 1 is accepted.
void check_core_limit(const std::vector<Limit>& limits, const std::string& where, const evidence::Host& host,
                      Findings& findings) {
  const auto found = std::ranges::find(limits, "core-file-size", &Limit::name);
  if (found == limits.end()) return findings.unproved(37, "limit-missing", where, "core-file-size", "not there");
  const bool zero_will_do = host.core_pattern && *host.core_pattern != "|";
  if (found->soft == "1" && found->hard == "1") return;
  if (zero_will_do && found->soft == "0" && found->hard == "0") return;
  findings.open(37, "limit-differs", where,
                "core-file-size 1, because kernel.core_pattern names a pipe, and a limit of 0 does not stop a dump "
                "into a pipe (raise the hard limit: "
                "ulimit -H -c 1 as root, or run as root)",
                found->soft + " " + found->hard);
}

/// Judges that dumps do not go to a socket, because the kernel sends them there whatever the limit.
void check_core_pattern(const evidence::Host& host, Findings& findings) {
  if (!host.core_pattern)
    findings.unproved(37, "core-pattern-unseen", "/host/corePattern", "the first character of kernel.core_pattern",
                      "none");
  else if (*host.core_pattern == "@")
    findings.open(37, "core-socket", "/host/corePattern", "a file or a pipe for core dumps", "a socket");
}

void check_signals(const Look& look, const Inherited& inherited, bool executed, Findings& findings) {
  if (inherited.ignored_signals != kNoSignals)
    findings.open(37, "signals-inherited", look.at("/inherited/ignoredSignals"), std::string(kNoSignals),
                  inherited.ignored_signals);
  const std::optional<std::string> expected = executed ? std::optional<std::string>(kNoSignals) : std::nullopt;
  if (inherited.blocked_signals != expected)
    findings.open(37, "signals-inherited", look.at("/inherited/blockedSignals"), expected.value_or("absent"),
                  inherited.blocked_signals.value_or("absent"));
}

/// True if root started the cell. An ordinary user cannot give up groups in a user namespace (user_namespaces(7)), so
/// the groups of such a cell are recorded but not judged.
bool started_by_root(const Look& look) {
  if (look->uids.empty()) return false;
  const std::uint32_t id = look->uids.front();
  return id >= kFirstIdOfRoot && id - kFirstIdOfRoot < kIdsOfRoot;
}

void check_inherited(const Look& look, bool executed, Findings& findings) {
  if (!look->inherited)
    return findings.unproved(37, "witness-missing", look.at("/inherited"), "what the task has inherited", "none");
  const Inherited& inherited = *look->inherited;
  if (inherited.core_filter != kPlain && inherited.core_filter != kNoDumps)
    findings.open(37, "core-memory", look.at("/inherited/coreFilter"), std::string(kPlain), inherited.core_filter);
  if (inherited.personality != kPlain)
    findings.open(33, "personality-inherited", look.at("/inherited/personality"), std::string(kPlain),
                  inherited.personality);
  check_signals(look, inherited, executed, findings);
  // Podman also lists a container's own group as a supplementary one. The task has that group anyway, so allow it.
  const auto other = std::ranges::find_if(
      inherited.groups, [&look](std::uint32_t group) { return look->gids.empty() || group != look->gids.front(); });
  if (started_by_root(look) && other != inherited.groups.end())
    findings.open(35, "groups-held", look.at("/inherited/groups"), "no group but the task's own",
                  std::to_string(*other));
}

}  // namespace

void judge_channels(const Observed& observed, Findings& findings) {
  const evidence::Host& host = observed.evidence.host;
  check_core_limit(observed.inside.limits, "/inside/limits", host, findings);
  for (const Look& look : observed.looks) check_core_limit(look->limits, look.at("/limits"), host, findings);
  if (!asked(observed.evidence)) return;
  check_core_pattern(host, findings);
  for (const Look& look : observed.looks) check_inherited(look, &look == observed.exec(), findings);
}

}  // namespace immure::judge
