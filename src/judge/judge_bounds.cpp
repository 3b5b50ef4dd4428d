#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "judge/case.hpp"
#include "judge/edition.hpp"
#include "judge/text.hpp"
#include "sys/namespaces.hpp"
#include "text/list.hpp"

namespace immure::judge {
namespace {

using evidence::Descriptor;
using evidence::Limit;

/// The highest value of proc_pid_oom_score_adj(5).
constexpr std::int32_t kFirstVictim = 1000;

/// A limit that each cell has, and the mechanism that enforces the limit.
struct Enforced {
  std::string_view name, unit, by;
  bool by_group = false;  ///< in early editions a control group could stand in for what holds each process
};
constexpr Enforced kEarly[] = {{"cpu", "s", "rlimit"},
                               {"files", "count", "rlimit"},
                               {"memory", "bytes", "rlimit", true},
                               {"output-bytes", "bytes", "tmpfs"},
                               {"output-files", "count", "tmpfs"},
                               {"pids", "count", "rlimit", true},
                               {"wall-clock", "ms", "timer"}};
/// The limits of memory without a control group: one for each process, and one that the supervisor adds up.
constexpr Enforced kWatched[] = {
    {"cpu", "s", "rlimit"},       {"files", "count", "rlimit"},       {"memory", "bytes", "rlimit"},
    {"memory", "bytes", "watch"}, {"output-bytes", "bytes", "tmpfs"}, {"output-files", "count", "tmpfs"},
    {"pids", "count", "rlimit"},  {"wall-clock", "ms", "timer"}};
constexpr Enforced kGrouped[] = {{"cpu", "s", "rlimit"},
                                 {"files", "count", "rlimit"},
                                 {"memory", "bytes", "cgroup", true},
                                 {"output-bytes", "bytes", "tmpfs"},
                                 {"output-files", "count", "tmpfs"},
                                 {"pids", "count", "cgroup", true},
                                 {"swap", "bytes", "cgroup", true},
                                 {"wall-clock", "ms", "timer"}};

bool is_group(std::string_view by) { return by == "cgroup1" || by == "cgroup2"; }

bool counts_memory(const evidence::Evidence& evidence) {
  const Edition* edition = edition_of(evidence);
  return edition != nullptr && edition->number >= kChannelsSince;
}

std::vector<Enforced> wanted_limits(const evidence::Evidence& evidence) {
  if (!counts_memory(evidence)) return {std::begin(kEarly), std::end(kEarly)};
  if (!group_holds_memory(evidence)) return {std::begin(kWatched), std::end(kWatched)};
  std::vector<Enforced> wanted(std::begin(kGrouped), std::end(kGrouped));
  // On a host without swap no limit of swap is demanded.
  if (std::ranges::find(evidence.limits, "swap", &evidence::Enforcement::name) == evidence.limits.end())
    std::erase_if(wanted, [](const Enforced& limit) { return limit.name == "swap"; });
  return wanted;
}

std::string descriptors_text(const std::vector<Descriptor>& descriptors) {
  if (descriptors.empty()) return "none";
  return text::list_text(descriptors, text::kAllItems, [](const Descriptor& descriptor) {
    return std::to_string(descriptor.number) + " " + descriptor.kind + " " + descriptor.access;
  });
}

/// True if descriptor 0 reads nothing, and if 1 and 2 are /dev/null or pipes that the payload can only write.
bool is_standard(std::span<const Descriptor> descriptors) {
  if (descriptors.size() != 3) return false;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Descriptor& descriptor = descriptors[i];
    const bool kind = descriptor.kind == "null" || (i != 0 && descriptor.kind == "pipe");
    if (descriptor.number != i || !kind || descriptor.access != (i == 0 ? "r" : "w")) return false;
  }
  return true;
}

void check_descriptors(const Case& given, std::uint64_t files, Docket& docket) {
  if (given.inside.descriptors != std::vector<std::uint32_t>{0, 1, 2})
    docket.open(37, "descriptor-held", "/inside/descriptors", "0 1 2", numbers_text(given.inside.descriptors));
  for (const Look& look : given.looks) {
    // Before the exec, the payload's file and the descriptors that it waits with have numbers above the limit of
    // descriptors. The exec closes them.
    std::span<const Descriptor> held = look->descriptors;
    const bool gate = &look == given.looks.data();
    if (gate)
      held = held.first(static_cast<std::size_t>(
          std::ranges::find_if(held, [&](const Descriptor& d) { return d.number >= files; }) - held.begin()));
    const bool waiting = std::ranges::all_of(std::span(look->descriptors).subspan(held.size()),
                                             [&](const Descriptor& d) { return d.number >= files; });
    if (!is_standard(held) || !waiting)
      docket.open(37, "descriptor-held", look.at("/descriptors"), "0 null r, 1 and 2 pipe or null w",
                  descriptors_text(look->descriptors));
  }
}

void demand_limit(const std::vector<Limit>& limits, const std::string& where, std::string_view name,
                  std::string_view soft, std::string_view hard, Docket& docket) {
  const auto found = std::ranges::find(limits, name, &Limit::name);
  if (found == limits.end()) return docket.unproved(37, "limit-missing", where, std::string(name), "not there");
  if ((!soft.empty() && found->soft != soft) || found->hard != hard)
    docket.open(37, "limit-differs", where, std::string(name) + " " + std::string(hard),
                found->soft + " " + found->hard);
}

void demand_limits(const std::vector<Limit>& limits, const std::string& where, const evidence::Evidence& evidence,
                   Docket& docket) {
  const std::vector<evidence::Enforcement>& promised = evidence.limits;
  // Message queues and locked pages take memory of the host, so both limits must be 0.
  for (const std::string_view name : {"locked-memory", "msgqueue-size"})
    demand_limit(limits, where, name, "0", "0", docket);
  // One second passes between SIGXCPU and SIGKILL.
  constexpr std::uint64_t kSecondsAfterSignal = 1;
  struct Pair {
    std::string_view enforcement, limit;
  };
  constexpr Pair kResourceLimits[] = {
      {"files", "open-files"}, {"pids", "processes"}, {"memory", "address-space"}, {"cpu", "cpu-time"}};
  for (const auto& [enforcement, limit] : kResourceLimits) {
    const auto found = std::ranges::find(promised, enforcement, &evidence::Enforcement::name);
    if (found == promised.end()) continue;
    // In early editions these limits hold for each process, even if a control group limits the cell as a whole.
    const bool grouped = counts_memory(evidence) && is_group(found->by);
    if (grouped && enforcement == "memory") continue;
    // The group must refuse a process before this limit does, so this limit is one higher.
    const std::uint64_t soft = found->value + (grouped && enforcement == "pids" ? 1 : 0);
    demand_limit(limits, where, limit, std::to_string(soft),
                 std::to_string(soft + (enforcement == "cpu" ? kSecondsAfterSignal : 0)), docket);
  }
}

/// Judges that the evidence names each limit of a cell once, in this order.
void check_enforced(const evidence::Evidence& evidence, Docket& docket) {
  const auto is = [](const evidence::Enforcement& seen, const Enforced& wanted) {
    // The limit of swap is 0, because nothing may be swapped out.
    return seen.name == wanted.name && (seen.value != 0) == (wanted.name != "swap") && seen.unit == wanted.unit &&
           (seen.by == wanted.by || (wanted.by_group && is_group(seen.by)));
  };
  const std::vector<Enforced> wanted = wanted_limits(evidence);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (i >= evidence.limits.size() || !is(evidence.limits[i], wanted[i]))
      docket.unproved(37, "limit-missing", "/limits/" + std::to_string(i),
                      std::string(wanted[i].name) + ", by " + std::string(wanted[i].by), "not enforced");
  if (evidence.limits.size() > wanted.size())
    docket.unproved(37, "limit-missing", "/limits", std::to_string(wanted.size()) + " limits",
                    std::to_string(evidence.limits.size()));
}

/// Judges that all limits of memory name the same amount, and that without a control group the cell cannot make memory
/// that the supervisor could not count.
void check_memory(const Case& given, Docket& docket) {
  if (!counts_memory(given.evidence)) return;
  for (const Look& look : given.looks)
    if (look->oom_score_adj != kFirstVictim)
      docket.open(37, "oom-score", look.at("/oomScoreAdj"), std::to_string(kFirstVictim),
                  look->oom_score_adj ? std::to_string(*look->oom_score_adj) : "none");
  if (!given.inside.shared_memory)
    return docket.unproved(37, "witness-missing", "/inside/sharedMemory", "an answer", "none");
  const std::int32_t answer = *given.inside.shared_memory;
  const bool grouped = group_holds_memory(given.evidence);
  if (answer != (grouped ? 0 : ENOMEM))
    docket.open(
        37, "shared-memory", "/inside/sharedMemory",
        grouped ? "ok: the control group counts such memory" : "ENOMEM, where no control group counts such memory",
        answer == 0 ? "ok" : errno_text(answer));
  if (grouped) return;
  std::optional<std::uint64_t> amount;
  for (const evidence::Enforcement& limit : given.evidence.limits) {
    if (limit.name != "memory") continue;
    if (amount && *amount != limit.value)
      docket.open(37, "limit-differs", "/limits", "memory " + std::to_string(*amount), std::to_string(limit.value));
    amount = limit.value;
  }
}

/// Judges that the control group has the limits that the evidence claims.
void check_groups(const Look& look, const std::vector<evidence::Enforcement>& promised, Docket& docket) {
  std::size_t by_group = 0;
  for (const evidence::Enforcement& each : promised) {
    if (!each.by.starts_with("cgroup")) continue;
    ++by_group;
    demand_limit(look->cgroup, look.at("/cgroup"), each.name, "", std::to_string(each.value), docket);
  }
  if (look->cgroup.size() != by_group)
    docket.open(37, "limit-differs", look.at("/cgroup"), std::to_string(by_group) + " limits of a control group",
                std::to_string(look->cgroup.size()));
}

}  // namespace

bool group_holds_memory(const evidence::Evidence& evidence) {
  const auto memory = std::ranges::find(evidence.limits, "memory", &evidence::Enforcement::name);
  return counts_memory(evidence) && memory != evidence.limits.end() && is_group(memory->by);
}

void judge_bounds(const Case& given, Docket& docket) {
  for (const std::string_view name : sys::kNamespaceNames) demand_own_namespace(37, name, given, docket);
  check_enforced(given.evidence, docket);
  check_memory(given, docket);
  const auto files = std::ranges::find(given.evidence.limits, "files", &evidence::Enforcement::name);
  check_descriptors(given, files == given.evidence.limits.end() ? 0 : files->value, docket);
  demand_limits(given.inside.limits, "/inside/limits", given.evidence, docket);
  for (const Look& look : given.looks) {
    demand_limits(look->limits, look.at("/limits"), given.evidence, docket);
    check_groups(look, given.evidence.limits, docket);
    if (look->tty != 0)
      docket.open(37, "terminal-held", look.at("/tty"), "no controlling terminal", std::to_string(look->tty));
  }
}

}  // namespace immure::judge
