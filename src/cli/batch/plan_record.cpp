#include "cli/batch/plan_record.hpp"

#include <algorithm>

#include "evidence/reader.hpp"
#include "evidence/writer.hpp"

namespace immure::cli {
namespace {

std::unexpected<Error> changed(const BatchPlan& recorded, const std::string& what) {
  return fail(Code::kBadInput, "--resume", "the batch of " + recorded.began_on + " had another plan: " + what,
              "Give the same command as then, or name another directory with --out for a new batch.");
}

std::string value_text(const std::string& value) { return value.empty() ? "not given" : value; }

Result<void> check_facts(const BatchPlan& recorded, const BatchPlan& now) {
  for (const Fact& before : recorded.facts) {
    const auto same_name = std::ranges::find(now.facts, before.name, &Fact::name);
    const std::string value = same_name == now.facts.end() ? std::string() : same_name->value;
    if (value != before.value)
      return changed(recorded, before.name + " was " + value_text(before.value) + ", and is " + value_text(value));
  }
  for (const Fact& fact : now.facts)
    if (std::ranges::find(recorded.facts, fact.name, &Fact::name) == recorded.facts.end())
      return changed(recorded, fact.name + " was not given, and is " + value_text(fact.value));
  return {};
}

}  // namespace

std::string plan_text(const BatchPlan& plan) {
  std::string text;
  evidence::write(text, plan);
  return text + "\n";
}

Result<BatchPlan> read_plan(std::string_view text, const std::string& shown) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  BatchPlan plan;
  evidence::json::Scanner scanner(text);
  evidence::read(scanner, plan);
  scanner.finish();
  if (!scanner.failed() && plan.version == 1) return plan;
  return fail(Code::kBadInput, shown, "is not the plan of a batch of this version of immure",
              "Name another directory with --out, and begin a new batch.");
}

Result<void> check_same_plan(const BatchPlan& recorded, const BatchPlan& now) {
  CHECK_OK(check_facts(recorded, now));
  // Both lists are sorted by name.
  for (std::size_t i = 0; i < std::max(recorded.inputs.size(), now.inputs.size()); ++i) {
    const bool ended = i == recorded.inputs.size();
    if (ended || (i < now.inputs.size() && now.inputs[i].name < recorded.inputs[i].name))
      return changed(recorded, "the input " + now.inputs[i].shown + " was not there");
    const PlannedInput& before = recorded.inputs[i];
    if (i == now.inputs.size() || now.inputs[i].name != before.name)
      return changed(recorded, "the input " + before.shown + " is missing");
    if (now.inputs[i].shown != before.shown)
      return changed(recorded,
                     "the run " + before.name + " had the input " + before.shown + ", and has " + now.inputs[i].shown);
    if (now.inputs[i].state != before.state)
      return changed(recorded, "the input " + before.shown + " has changed since");
  }
  return {};
}

}  // namespace immure::cli
