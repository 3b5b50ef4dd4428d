#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include "judge/claim.hpp"
#include "judge/edition.hpp"
#include "judge/known.hpp"
#include "judge/observed.hpp"
#include "judge/text.hpp"
#include "probe/limits.hpp"
#include "sys/namespaces.hpp"
#include "text/list.hpp"

namespace immure::judge {
namespace {

using evidence::Descriptor;
using evidence::Limit;

/// A limit that each cell has, and the mechanism that enforces the limit.
struct Enforced {
  std::string_view name, unit, by;
  /// True for a limit that early editions accept from a control group instead of from each process.
  bool by_group = false;
};

bool is_group(std::string_view by) { return by == "cgroup1" || by == "cgroup2"; }

bool counts_memory(const evidence::Evidence& evidence) {
  const Edition* edition = edition_of(evidence);
  return edition != nullptr && edition->number >= kChannelsSince;
}

std::vector<Enforced> wanted_limits(const evidence::Evidence& evidence) {
  const Edition* edition = edition_of(evidence);
  const bool grouped = group_holds_memory(evidence);
  std::vector<Enforced> wanted;
  for (const probe::LimitRow* row : probe::kLimitsByEvidenceName) {
    if (row->since > (edition == nullptr ? 1 : edition->number)) continue;
    const bool group_may = row->means == probe::Means::kGroup && (grouped || !counts_memory(evidence));
    const std::string_view by = group_may && grouped ? "cgroup" : name(row->means);
    wanted.push_back({row->evidence_name, name(row->unit), by, group_may});
    // Without a control group each process has a limit. The sum over all processes has another limit, which the
    // supervisor checks.
    if (row->watched && counts_memory(evidence) && !grouped)
      wanted.push_back({row->evidence_name, name(row->unit), "watch"});
  }
  if ((claim_of(evidence).gifts & probe::kScratch) != 0) wanted.push_back({probe::kScratchLimit, "bytes", "tmpfs"});
  // The judge demands no limit of swap on a host without swap.
  if (grouped && std::ranges::find(evidence.limits, "swap", &evidence::Enforcement::name) != evidence.limits.end())
    wanted.push_back({"swap", "bytes", "cgroup", true});
  std::ranges::stable_sort(wanted, {}, &Enforced::name);
  return wanted;
}

std::string descriptors_text(const std::vector<Descriptor>& descriptors) {
  if (descriptors.empty()) return "none";
  return text::list_text(descriptors, text::kAllItems, [](const Descriptor& descriptor) {
    return std::to_string(descriptor.number) + " " + descriptor.kind + " " + descriptor.access;
  });
}

/// True if descriptor 0 is /dev/null, or a pipe if the run has a standard input, and if descriptors 1 and 2 are
/// /dev/null or pipes that the payload can only write.
bool is_standard(std::span<const Descriptor> descriptors, bool has_input) {
  if (descriptors.size() != 3) return false;
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Descriptor& descriptor = descriptors[i];
    const bool kind = i == 0 && has_input ? descriptor.kind == "pipe"
                                          : descriptor.kind == "null" || (i != 0 && descriptor.kind == "pipe");
    if (descriptor.number != i || !kind || descriptor.access != (i == 0 ? "r" : "w")) return false;
  }
  return true;
}

void check_descriptors(const Observed& observed, std::uint64_t files, Findings& findings) {
  if (observed.inside.descriptors != std::vector<std::uint32_t>{0, 1, 2})
    findings.open(37, "descriptor-held", "/inside/descriptors", "0 1 2", numbers_text(observed.inside.descriptors));
  const auto& stage = observed.evidence.stage;
  const bool has_input = observed.evidence.input.standard_input.has_value() || (stage && stage->number > 1);
  for (const Look& look : observed.looks) {
    // Before the exec, the payload's file and the descriptors that it waits with have numbers above the limit of
    // descriptors. The exec closes them.
    std::span<const Descriptor> held = look->descriptors;
    const bool gate = &look == observed.looks.data();
    if (gate)
      held = held.first(static_cast<std::size_t>(
          std::ranges::find_if(held, [&](const Descriptor& d) { return d.number >= files; }) - held.begin()));
    const bool waiting = std::ranges::all_of(std::span(look->descriptors).subspan(held.size()),
                                             [&](const Descriptor& d) { return d.number >= files; });
    if (!is_standard(held, has_input) || !waiting)
      findings.open(37, "descriptor-held", look.at("/descriptors"),
                    has_input ? "0 pipe r, 1 and 2 pipe or null w" : "0 null r, 1 and 2 pipe or null w",
                    descriptors_text(look->descriptors));
  }
}

void demand_limit(const std::vector<Limit>& limits, const std::string& where, std::string_view name,
                  std::string_view soft, std::string_view hard, Findings& findings) {
  const auto found = std::ranges::find(limits, name, &Limit::name);
  if (found == limits.end()) return findings.unproved(37, "limit-missing", where, std::string(name), "not there");
  if ((!soft.empty() && found->soft != soft) || found->hard != hard)
    findings.open(37, "limit-differs", where, std::string(name) + " " + std::string(hard),
                  found->soft + " " + found->hard);
}

/// Judges a limit that may be lower than the wanted one, but not higher.
void demand_at_most(const std::vector<Limit>& limits, const std::string& where, const probe::LimitRow& row,
                    Findings& findings) {
  const auto found = std::ranges::find(limits, row.proc_name, &Limit::name);
  if (found == limits.end())
    return findings.unproved(37, "limit-missing", where, std::string(row.proc_name), "not there");
  std::uint64_t hard = 0;
  const char* const end = found->hard.data() + found->hard.size();
  const auto read = std::from_chars(found->hard.data(), end, hard);
  if (read.ec != std::errc() || read.ptr != end || hard > row.fixed)
    findings.open(37, "limit-differs", where, std::string(row.proc_name) + " at most " + std::to_string(row.fixed),
                  found->soft + " " + found->hard);
}

void demand_limits(const std::vector<Limit>& limits, const std::string& where, const evidence::Evidence& evidence,
                   Findings& findings) {
  const std::vector<evidence::Enforcement>& promised = evidence.limits;
  for (const probe::LimitRow& row : probe::kLimits) {
    // check_core_limit() judges core dumps. The file system of /out enforces the limits of the output, not a resource
    // limit.
    if (row.resource < 0 || row.resource == RLIMIT_CORE || row.means == probe::Means::kTmpfs) continue;
    if (const Edition* edition = edition_of(evidence); row.since > (edition == nullptr ? 1 : edition->number)) continue;
    if (row.lower_stays) {
      demand_at_most(limits, where, row, findings);
      continue;
    }
    const auto found = std::ranges::find(promised, row.evidence_name, &evidence::Enforcement::name);
    if (row.member != nullptr && found == promised.end()) continue;
    // In early editions these limits hold for each process, even if a control group limits the cell as a whole.
    const bool grouped = row.member != nullptr && counts_memory(evidence) && is_group(found->by);
    const auto limit = resource_limit(row, row.member == nullptr ? row.fixed : found->value, grouped);
    if (limit.set)
      demand_limit(limits, where, row.proc_name, std::to_string(limit.soft), std::to_string(limit.hard), findings);
  }
}

/// Judges that the evidence names each limit of a cell once, in this order.
void check_enforced(const evidence::Evidence& evidence, Findings& findings) {
  const auto is = [](const evidence::Enforcement& seen, const Enforced& wanted) {
    // The limit of swap is 0, because nothing may be swapped out.
    return seen.name == wanted.name && (seen.value != 0) == (wanted.name != "swap") && seen.unit == wanted.unit &&
           (seen.by == wanted.by || (wanted.by_group && is_group(seen.by)));
  };
  const std::vector<Enforced> wanted = wanted_limits(evidence);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (i >= evidence.limits.size() || !is(evidence.limits[i], wanted[i]))
      findings.unproved(37, "limit-missing", "/limits/" + std::to_string(i),
                        std::string(wanted[i].name) + ", by " + std::string(wanted[i].by), "not enforced");
  const auto scratch = std::ranges::find(evidence.limits, probe::kScratchLimit, &evidence::Enforcement::name);
  if (evidence.acceptance && scratch != evidence.limits.end() && scratch->value != evidence.acceptance->scratch_bytes)
    findings.open(37, "limit-differs", "/limits",
                  "temporary files of " + std::to_string(evidence.acceptance->scratch_bytes),
                  std::to_string(scratch->value));
  if (evidence.limits.size() > wanted.size())
    findings.unproved(37, "limit-missing", "/limits", std::to_string(wanted.size()) + " limits",
                      std::to_string(evidence.limits.size()));
}

/// Judges that all limits of memory name the same amount, and that without a control group the cell cannot make memory
/// that the supervisor could not count.
void check_memory(const Observed& observed, Findings& findings) {
  if (!counts_memory(observed.evidence)) return;
  for (const Look& look : observed.looks)
    if (look->oom_score_adj != kFirstVictim)
      findings.open(37, "oom-score", look.at("/oomScoreAdj"), std::to_string(kFirstVictim),
                    look->oom_score_adj ? std::to_string(*look->oom_score_adj) : "none");
  if (!observed.inside.shared_memory)
    return findings.unproved(37, "witness-missing", "/inside/sharedMemory", "the answer to a request for shared memory",
                             "none");
  const std::int32_t answer = *observed.inside.shared_memory;
  const bool grouped = group_holds_memory(observed.evidence);
  if (answer != (grouped ? 0 : ENOMEM))
    findings.open(
        37, "shared-memory", "/inside/sharedMemory",
        grouped ? "ok: the control group counts such memory" : "ENOMEM, where no control group counts such memory",
        answer == 0 ? "ok" : errno_text(answer));
  if (grouped) return;
  std::optional<std::uint64_t> amount;
  for (const evidence::Enforcement& limit : observed.evidence.limits) {
    if (limit.name != probe::row_of(&probe::Limits::memory_bytes).evidence_name) continue;
    if (amount && *amount != limit.value)
      findings.open(37, "limit-differs", "/limits", "memory " + std::to_string(*amount), std::to_string(limit.value));
    amount = limit.value;
  }
}

/// Judges that the control group has the limits that the evidence claims.
void check_groups(const Look& look, const std::vector<evidence::Enforcement>& promised, Findings& findings) {
  std::size_t by_group = 0;
  for (const evidence::Enforcement& each : promised) {
    if (!each.by.starts_with("cgroup")) continue;
    ++by_group;
    demand_limit(look->cgroup, look.at("/cgroup"), each.name, "", std::to_string(each.value), findings);
  }
  if (look->cgroup.size() != by_group)
    findings.open(37, "limit-differs", look.at("/cgroup"), std::to_string(by_group) + " limits of a control group",
                  std::to_string(look->cgroup.size()));
}

}  // namespace

bool group_holds_memory(const evidence::Evidence& evidence) {
  const auto memory = std::ranges::find(evidence.limits, probe::row_of(&probe::Limits::memory_bytes).evidence_name,
                                        &evidence::Enforcement::name);
  return counts_memory(evidence) && memory != evidence.limits.end() && is_group(memory->by);
}

void judge_bounds(const Observed& observed, Findings& findings) {
  for (const std::string_view name : sys::kNamespaceNames) demand_own_namespace(37, name, observed, findings);
  check_enforced(observed.evidence, findings);
  check_memory(observed, findings);
  const auto files = std::ranges::find(observed.evidence.limits, probe::row_of(&probe::Limits::files).evidence_name,
                                       &evidence::Enforcement::name);
  check_descriptors(observed, files == observed.evidence.limits.end() ? 0 : files->value, findings);
  demand_limits(observed.inside.limits, "/inside/limits", observed.evidence, findings);
  for (const Look& look : observed.looks) {
    demand_limits(look->limits, look.at("/limits"), observed.evidence, findings);
    check_groups(look, observed.evidence.limits, findings);
    if (look->tty != 0)
      findings.open(37, "terminal-held", look.at("/tty"), "no controlling terminal", std::to_string(look->tty));
  }
}

}  // namespace immure::judge
