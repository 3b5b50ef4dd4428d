/// The values in evidence that a verifier cannot check, because only the attester knows them. A change of such a value
/// gives evidence of another run, or describes the same run in other words, and this evidence is as good as the first.
/// The judge checks everything else. docs/evidence-format.md has this list, and a test compares the two.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "judge/demand.hpp"
#include "probe/catalogue.hpp"
#include "sys/machine.hpp"

namespace immure::test {

using nlohmann::json;

/// `where` is a JSON pointer into the statement, in which `*` stands for any member or element. `rule` erases the free
/// part of the value. Without a rule, the whole value is free.
struct FreeWord {
  std::string_view where, why;
  void (*rule)(json& value, const json& predicate) = nullptr;
};

namespace free_words {

inline bool has(const json& list, std::string_view text) { return std::ranges::find(list, json(text)) != list.end(); }

/// Keeps only the options of a mount that the judge looks at.
inline void keep_flags(json& options, const json&) {
  constexpr std::array<std::string_view, 5> kJudged{"nodev", "noexec", "nosuid", "ro", "rw"};
  std::erase_if(options.get_ref<json::array_t&>(), [&](const json& option) {
    return !option.is_string() || std::ranges::find(kJudged, option.get<std::string>()) == kJudged.end();
  });
}
inline void keep_read_only(json& options, const json&) {
  std::erase_if(options.get_ref<json::array_t&>(), [](const json& option) { return option != "ro" && option != "rw"; });
}
/// Whether a control group bounds the memory. The judge then demands no limit of the address space.
inline bool grouped_memory(const json& predicate) {
  return std::ranges::any_of(predicate["limits"], [](const json& limit) {
    return limit["name"] == "memory" && limit["by"].get<std::string>().starts_with("cgroup");
  });
}
inline void sort_limits(json& limits, const json& predicate) {
  auto& list = limits.get_ref<json::array_t&>();
  std::erase_if(list, [&](const json& limit) {
    return limit["name"] == "address-space" && limit["hard"] == "unlimited" && grouped_memory(predicate);
  });
  std::ranges::sort(list, [](const json& a, const json& b) { return a["name"] < b["name"]; });
}
/// Keeps the limits that the cell also looks at, because the two witnesses must agree on these limits.
inline void keep_limits_of_the_cell(json& limits, const json& predicate) {
  std::erase_if(limits.get_ref<json::array_t&>(), [&](const json& limit) {
    return std::ranges::none_of(predicate["inside"]["limits"],
                                [&](const json& inner) { return inner["name"] == limit["name"]; });
  });
  sort_limits(limits, predicate);
}
inline void keep_open_descriptors(json& descriptors, const json& predicate) {
  std::uint64_t files = 0;
  for (const json& limit : predicate["limits"])
    if (limit["name"] == "files") files = limit["value"];
  std::erase_if(descriptors.get_ref<json::array_t&>(), [&](const json& d) { return d["number"] >= files; });
}
inline void drop_routes_of_lo(json& routes, const json&) {
  std::erase_if(routes.get_ref<json::array_t&>(), [](const json& r) { return r.get<std::string>().ends_with(" lo"); });
}
inline void drop_promised_amount(json& limit, const json&) {
  const std::string name = limit["name"];
  if (name == "output-bytes" || name == "output-files" || name == "wall-clock") limit.erase("value");
}
inline void drop_group_version(json& by, const json&) {
  if (by == "cgroup1" || by == "cgroup2") by = "cgroup";
}
inline void drop_filter_mode_of_bubblewrap(json& mode, const json& predicate) {
  if (predicate["host"]["venue"] == "bubblewrap" || mode == 2) mode = "as demanded";
}
inline void drop_state_that_stays(json& input, const json& predicate) {
  const json& as_signed = predicate["input"];
  if (as_signed["statBefore"] == as_signed["statAfter"]) input["statBefore"] = input["statAfter"] = nullptr;
}
/// A core pattern is free, unless it names a socket, or names a pipe while the limit is 0.
inline void keep_forbidden_core_pattern(json& pattern, const json& predicate) {
  const bool zero = std::ranges::any_of(predicate["inside"]["limits"], [](const json& limit) {
    return limit["name"] == "core-file-size" && limit["hard"] == "0";
  });
  if (pattern != "@" && !(zero && pattern == "|")) pattern = "another";
}
inline void drop_absent_core_filter(json& filter, const json&) {
  if (filter == "absent") filter = "00000000";
}
/// Keeps the groups of a cell that root started, which must be empty. Such a cell has an id from immure's own range.
inline void keep_groups_of_root(json& groups, const json& predicate) {
  const json& uids = predicate["outside"][0]["uids"];
  const std::uint32_t uid = uids.empty() ? 0 : uids[0].get<std::uint32_t>();
  if (uid < 0x7fe00000 || uid >= 0x7ff00000) groups = nullptr;
}
inline void drop_how_it_was_held(json& held, const json&) {
  if (held == "leases" || held.get<std::string>().starts_with("staged: ")) held = nullptr;
}
inline void drop_image_that_stays(json& state, const json&) {
  if (state["statBefore"] == state["statAfter"]) state["statBefore"] = state["statAfter"] = nullptr;
}
inline void keep_whether_native(json& venue, const json&) {
  if (venue != "native") venue = "another";
}

/// What the judge demands of a row, given the filter that the evidence holds.
inline judge::Demand demand_in(const json& predicate, const probe::Row& row) {
  // The caller asks for each row of one statement, so keep the last filter.
  static std::string last;
  static std::optional<judge::ShownDemands> demands;
  evidence::Evidence evidence;
  evidence.catalogue = {predicate["catalogue"]["name"], predicate["catalogue"]["digest"]["sha256"]};
  evidence.matrix.sha256 = predicate["matrix"]["digest"]["sha256"];
  evidence.host.architecture = predicate["host"]["architecture"];
  evidence.filter.sha256 = predicate["filter"]["sha256"];
  evidence.filter.instructions = predicate["filter"]["instructions"];
  if (predicate["filter"].contains("bpf")) evidence.filter.bpf = predicate["filter"]["bpf"].get<std::string>();
  const std::string key = evidence.catalogue.name + evidence.catalogue.sha256 + evidence.matrix.sha256 +
                          evidence.host.architecture + evidence.filter.sha256 + evidence.filter.bpf.value_or("");
  if (key != last) demands.emplace(evidence);
  last = key;
  return demands->of(row);
}

/// Makes all answers equal that the demand accepts as a denial, or as the success that it demands.
template <class Accepted>
inline void drop_equal_answers(json& answer, const Accepted& accepted, std::uint32_t forbidden) {
  const std::uint32_t effect = answer["effect"];
  if (accepted({answer["ret"], answer["errno"], effect})) {
    answer["ret"] = answer["errno"] = "as demanded";
    answer["effect"] = effect & (forbidden | probe::kNotRun);
  }
}
/// If the layer is not demanded, and the filter allows the call for some arguments, either layer may have answered the
/// call. If any answer of the kernel is accepted, the layer repeats the answer.
inline void drop_layer(json& record, const probe::Row& row, const judge::Demand& demand, const json& allowed) {
  if (!record.contains("attribution")) return;
  json& answer = record["attribution"];
  if (demand.by == judge::Layer::kKernel) {
    if (answer == record["errno"]) answer = "as the kernel";
    return;
  }
  if (demand.by == judge::Layer::kFilter ||
      std::ranges::find(allowed, json(static_cast<std::uint32_t>(row.nr))) == allowed.end())
    return;
  if (answer == probe::kFilterAnswer ? record["ret"] < 0 : answer == record["errno"]) answer = "either";
}
inline void keep_outcomes(json& record, const json& predicate) {
  const auto machine = sys::machine_named(predicate["host"]["architecture"].get<std::string>());
  if (!machine) return;
  const auto rows = probe::catalogue(*machine);
  const auto row = std::ranges::find(rows, record["id"].get<std::string>(), &probe::Row::id);
  if (row == rows.end()) return;
  const bool counted = grouped_memory(predicate) && row->id == "resources/memory-limit";
  if (counted || (!row->unless.empty() && has(predicate["unsafe"], row->unless))) {
    // Set the answer to the answer of a good run, so that the answer is the same whether or not the profile gave up the
    // probe.
    record["ret"] = -1;
    if (demanded(*row, probe::Stage::kAttribution)) {
      record["attribution"] = probe::kFilterAnswer;
      drop_layer(record, *row, {}, predicate["filter"]["allowed"]["numbers"]);
    } else {
      record.erase("attribution");
    }
    record["ret"] = record["errno"] = "as demanded";
    record["effect"] = 0;
    record["control"] = {{"ret", "another"}, {"errno", "another"}, {"effect", "another"}, {"where", "scratch"}};
    record.erase("walls");
    return;
  }
  const judge::Demand demand = demand_in(predicate, *row);
  drop_layer(record, *row, demand, predicate["filter"]["allowed"]["numbers"]);
  drop_equal_answers(record, [&](const probe::Answer& answer) { return demand.met_by(answer); }, row->forbidden);
  if (record.contains("walls") && !row->walls.empty())
    drop_equal_answers(
        record["walls"], [&](const probe::Answer& answer) { return row->walls.contains(answer); }, row->forbidden);
  json& control = record["control"];
  const bool denied = demand.met_by({control["ret"], control["errno"], control["effect"]});
  // For a row without a control, the judge demands only that the cell tried the control.
  if (control["effect"] != std::uint32_t{probe::kNotRun} &&
      (!denied || !demand.told_apart || (row->flags & probe::kNoControl) != 0))
    for (const char* key : {"ret", "errno", "effect"}) control[key] = "another";
}

}  // namespace free_words

inline constexpr FreeWord kFreeWords[] = {
    {"/subject", "what came out is what the run says; `--artifacts` compares it with what is at hand"},
    {"/predicate/runId", "a random number; it seeds the transcript, which must fit it"},
    {"/predicate/transcript", "follows from the run's id, the nonce and the records; it must fit them"},
    {"/predicate/startedOn", "the host's clock; `--max-age` and a challenge bound it"},
    {"/predicate/finishedOn", "the host's clock; not before the start, not after the verifier's now"},
    {"/predicate/durationUs", "the host's clock"},
    {"/predicate/matrix/name", "a name; the digest is what counts"},
    {"/predicate/profile", "which profile it was; a policy names those that are taken"},
    {"/predicate/plan", "the plan is not at hand"},
    {"/predicate/image", "the image is not at hand; a policy names those that are taken"},
    {"/predicate/imageState", "the digest of the image's state, if the state is the same before and after the run",
     free_words::drop_image_that_stays},
    {"/predicate/program", "the program is not at hand"},
    {"/predicate/launcher", "the launcher is not at hand; a policy names those that are taken"},
    {"/predicate/filter",
     "which filter it was; its instructions must have its digest, and the probes show what it does"},
    {"/predicate/unsafe", "what the profile gave up; each result says so, and the key must be known"},
    {"/predicate/input/name", "the operator's name for it"},
    {"/predicate/input/manifestSha256", "which input it was"},
    {"/predicate/input/files", "a count of the input"},
    {"/predicate/input/directories", "a count of the input"},
    {"/predicate/input/links", "a count of the input"},
    {"/predicate/input/bytes", "a count of the input"},
    {"/predicate/input/parts", "what the input consisted of; there must be a copy and a digest of each part"},
    {"/predicate/input/staged", "whether the input was copied first"},
    {"/predicate/input/held", "whether leases or a copy kept the input from being changed, and why there was a copy",
     free_words::drop_how_it_was_held},
    {"/predicate/input/leftOut", "what the copy lacks"},
    {"/predicate/input", "the digest of its state, if it is the same before and after the run",
     free_words::drop_state_that_stays},
    {"/predicate/output/name", "the operator's name for it"},
    {"/predicate/output/perhapsCut", "which outputs may lack their end; each result counts them"},
    {"/predicate/output/refused", "what the harvest left out; each result counts it"},
    {"/predicate/host/corePattern", "where core dumps go; the judge refuses a socket, and a pipe unless the limit is 1",
     free_words::keep_forbidden_core_pattern},
    {"/predicate/host/kernel", "which kernel it was"},
    {"/predicate/host/landlockAbi", "which Landlock it had; it must have one"},
    {"/predicate/host/lsms", "for people; not every host can list them"},
    {"/predicate/host/passedOver", "why `auto` took no other venue"},
    {"/predicate/host/venue", "which known venue; only a native cell has no walls of a venue around it",
     free_words::keep_whether_native},
    {"/predicate/host/venueVersion", "which version it was"},
    {"/predicate/limits/*", "how much output and time was allowed; all other limits must agree with the kernel's",
     free_words::drop_promised_amount},
    {"/predicate/limits/*/by", "which version of control groups", free_words::drop_group_version},
    {"/predicate/payload", "what the program was told and how it ended; the end must be one that a process can have"},
    {"/predicate/inside/mountSource", "how the cell read its mounts, one of two ways"},
    {"/predicate/inside/mounts/*/type", "an old kernel does not tell the cell; what it tells must agree"},
    {"/predicate/inside/mounts/*/options", "options other than `ro`, `rw`, `nosuid`, `nodev` and `noexec`",
     free_words::keep_flags},
    {"/predicate/outside/*/mounts/*/options", "options other than `ro`, `rw`, `nosuid`, `nodev` and `noexec`",
     free_words::keep_flags},
    {"/predicate/inside/limits", "the order; each must agree with what is seen outside", free_words::sort_limits},
    {"/predicate/outside/*/limits", "the order, and limits at which the cell does not look",
     free_words::keep_limits_of_the_cell},
    {"/predicate/outside/*/cgroup", "the order", free_words::sort_limits},
    {"/predicate/outside/*/cgroup/*/soft", "the group's own threshold below its limit"},
    {"/predicate/outside/*/descriptors", "what waits beyond the limit until the exec closes it",
     free_words::keep_open_descriptors},
    {"/predicate/outside/*/environmentBytes", "how long the values are, which never leave the cell"},
    {"/predicate/outside/*/inherited/groups", "which groups an ordinary caller has; a cell that root started has none",
     free_words::keep_groups_of_root},
    {"/predicate/outside/*/inherited/nice", "how the host schedules the payload"},
    {"/predicate/outside/*/inherited/coreFilter", "a kernel without core dumps has no such filter",
     free_words::drop_absent_core_filter},
    {"/predicate/outside/*/netIpv6Route", "routes of the loopback, which differ from kernel to kernel",
     free_words::drop_routes_of_lo},
    {"/predicate/neighbours", "what else ran on the host; somebody must have looked, and the cell shares nothing"},
    {"/predicate/outer/command", "how the venue was started"},
    {"/predicate/outer/namespaces", "which they are; five of them must not be the host's"},
    {"/predicate/outer/root", "options of its root other than `ro`", free_words::keep_read_only},
    {"/predicate/outer/seccompMode", "bwrap has no filter of its own", free_words::drop_filter_mode_of_bubblewrap},
    {"/predicate/outer/uid", "which user it was; it must not be root"},
    {"/predicate/probes/*", "which denial or success answered; all of a probe that the profile or a group made free",
     free_words::keep_outcomes},
};

/// Calls `act` with every value that the pointer matches.
template <class Act>
void at_each(json& value, std::string_view where, const Act& act) {
  if (where.empty()) return act(value);
  where.remove_prefix(1);
  const std::string_view step = where.substr(0, where.find('/'));
  const std::string_view rest = where.substr(step.size());
  if (step == "*") {
    for (json& element : value) at_each(element, rest, act);
  } else if (value.is_object() && value.contains(step)) {
    if (rest.empty()) return act(value[std::string(step)]);
    at_each(value[std::string(step)], rest, act);
  }
}

/// A statement without the values that are free.
inline json judged_part(const json& signed_statement) {
  json statement = signed_statement;
  // The rules look at the predicate as the attester signed it.
  const json& predicate = signed_statement["predicate"];
  for (const FreeWord& word : kFreeWords)
    at_each(statement, word.where, [&](json& value) {
      if (word.rule == nullptr)
        value = nullptr;
      else if (!value.is_null())
        word.rule(value, predicate);
    });
  // The statement may lack these lists. A statement without them says that the lists are empty.
  json& said = statement["predicate"];
  if (said["host"].is_object()) said["host"].erase("passedOver");
  if (said["output"].is_object()) said["output"].erase("perhapsCut");
  if (json& input = said["input"]; input.is_object()) {
    input.erase("parts");
    if (input.contains("mounts") && input["mounts"].empty()) input.erase("mounts");
  }
  return statement;
}

/// All values of a statement at the place of a free word.
inline json at_word(const json& statement, const FreeWord& word) {
  json found = json::array();
  at_each(const_cast<json&>(statement), word.where, [&](json& value) { found.push_back(value); });
  return found;
}

}  // namespace immure::test
