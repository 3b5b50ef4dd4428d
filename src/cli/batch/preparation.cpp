#include "cli/batch/preparation.hpp"

#include <algorithm>
#include <array>

#include "attest/start/prepare.hpp"
#include "cli/batch/manifest.hpp"
#include "cli/run/image_notes.hpp"
#include "cli/run/inputs.hpp"
#include "cli/run/papers.hpp"
#include "cli/run/pipeline.hpp"
#include "cli/run/plans.hpp"
#include "evidence/keys.hpp"
#include "file/named.hpp"
#include "file/sha256.hpp"
#include "plan/profile.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"
#include "text/utc_time.hpp"

namespace immure::cli {
namespace {

/// Options that do not change what a run does, or of which another fact says more.
constexpr auto kNoFacts = std::to_array<std::string_view>(
    {"out", "resume", "key", "signer", "jobs", "retry", "max-failures", "print", "audit", "no-config", "verbose"});

/// Walks the path of the key once for all runs, and holds the file. Returns the id of the key.
Result<std::string> look_at_key(Launch& common) {
  if (!common.key) return std::string();
  TRY(file::Place place, file::place_of(*common.key));
  CHECK_OK(file::hold(place));
  std::string id;
  if (common.signer) {
    TRY(const evidence::PublicKey key, evidence::PublicKey::load(place));
    id = key.key_id();
  } else {
    TRY(const evidence::PrivateKeyFile file, evidence::PrivateKeyFile::open(place));
    TRY(const evidence::PrivateKey key, file.read());
    id = key.public_key().key_id();
  }
  common.key_place = std::make_shared<const file::Place>(std::move(place));
  return id;
}

/// The key as plan_for() needs it, which refuses an image that would hold the key.
Result<Papers> papers_of_batch(const Launch& common) {
  Papers papers;
  if (!common.key_place || common.signer) return papers;
  const file::Place& known = *common.key_place;
  TRY(file::Place key, file::place_in(known.directory, known.parent, known.name, known.shown));
  key.found = known.found;
  papers.key = std::move(key);
  return papers;
}

Result<std::vector<plan::Plan>> plans_of(const Launch& common, const std::string& output_path) {
  TRY(const Papers papers, papers_of_batch(common));
  TRY(const auto deadline, attest::Deadline::begin(common.wall_ms.value_or(plan::Limits{}.wall_ms)));
  TRY(std::vector<plan::Plan> plans, plan_stages(common, HeldInput{}, output_path, papers, *deadline));
  deadline->finish();
  for (const plan::Plan& plan : plans) tell_image(plan.image);
  return plans;
}

bool reads_input(const plan::Plan& plan) { return plan.reads_input; }

std::vector<Fact> facts_of(const Arguments& arguments, const Launch& common, const std::vector<plan::Plan>& plans,
                           const std::string& key_id) {
  std::vector<Fact> facts;
  const auto add = [&facts](std::string name, const std::string& value) {
    if (!value.empty()) facts.push_back({std::move(name), text::representable(value)});
  };
  for (const Option& option : arguments.command().options) {
    if (std::ranges::find(kNoFacts, option.name) != kNoFacts.end()) continue;
    if (!arguments.has(option.name)) continue;
    const std::string value = text::list_text(arguments.values(option.name), text::kAllItems);
    // The value of a variable may be private, so only its digest is kept.
    add("--" + std::string(option.name), option.argument.empty() ? "given"
                                         : option.name == "env"  ? "a value of digest " + file::sha256_hex(value)
                                                                 : value);
  }
  add("the variable TZ", common.callers_zone);
  add("the version of immure", IMMURE_VERSION);
  add("the key", key_id);
  // The image of a run that starts a script of its input is that run's own.
  const bool own_images = std::ranges::any_of(plans, reads_input);
  const std::vector<Launch> stages = stages_of(common);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const std::string of_stage = plans.size() > 1 ? " of stage " + std::to_string(i + 1) : std::string();
    std::vector<std::string> words{stages[i].program};
    words.insert(words.end(), stages[i].arguments.begin(), stages[i].arguments.end());
    add("the program" + of_stage, text::to_json(words));
    add("the profile" + of_stage, plans[i].profile.source_sha256);
    add("the filter" + of_stage, plans[i].filter.sha256);
    if (!own_images) add("the program's file" + of_stage, plans[i].program.sha256);
    if (!own_images) add("the image" + of_stage, plans[i].image.sha256);
  }
  return facts;
}

}  // namespace

Result<Preparation> prepare_batch(const Arguments& arguments, Launch common, BatchEntries entries,
                                  const OutputDirectory& output) {
  constexpr std::size_t kIdBytes = 16;
  TRY(const std::string key_id, look_at_key(common));
  if (common.key) CHECK_OK(check_manifest_size(entries.list));
  CHECK_OK(check_pipeline(common));
  TRY(std::vector<plan::Plan> plans, plans_of(common, output.path()));
  BatchPlan record{.began_on = text::utc_now(), .facts = facts_of(arguments, common, plans, key_id)};
  TRY(record.id, attest::random_hex(kIdBytes));
  for (const BatchEntry& entry : entries.list)
    record.inputs.push_back({.name = entry.name, .shown = text::representable(entry.shown), .state = entry.state});
  if (std::ranges::none_of(plans, reads_input))
    common.shared_plans = std::make_shared<const std::vector<plan::Plan>>(std::move(plans));
  return Preparation{.common = std::move(common),
                     .entries = std::move(entries),
                     .output_path = output.path(),
                     .place = arguments.value("as").value_or(""),
                     .inspects = arguments.has("inspect"),
                     .key_id = key_id,
                     .plan = std::move(record)};
}

}  // namespace immure::cli
