#include "verify/run_summary.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "judge/edition.hpp"
#include "text/visible.hpp"

namespace immure::verify {
namespace {

using text::JsonWriter;

std::vector<std::string> escaped(std::vector<std::string> list) {
  for (std::string& item : list) item = text::escaped(item);
  return list;
}

void write_refusals(JsonWriter& json, const std::vector<evidence::Refusal>& refusals) {
  json.key("refused").array();
  for (const evidence::Refusal& refusal : refusals)
    json.object()
        .member("count", refusal.count)
        .member("path", text::escaped(refusal.path))
        .member("what", text::escaped(refusal.what))
        .close();
  json.close();
}

/// What ran in each stage of a pipeline, how it ended, and what went over its pipes.
void write_stages(JsonWriter& json, const evidence::Statement& statement) {
  json.array();
  for (const evidence::Evidence* stage : evidence::stages_of(statement)) {
    json.object();
    const auto& payload = stage->payload;
    if (payload) json.member("argv", escaped(payload->argv));
    if (payload && payload->exit_code) json.member("exitCode", *payload->exit_code);
    if (payload) json.member("limitsHit", escaped(payload->limits_hit));
    json.member("program", text::escaped(stage->program.name));
    if (stage->stage && stage->stage->read) json.member("readBytes", stage->stage->read->taken);
    if (payload && payload->signal) json.member("signal", *payload->signal);
    if (stage->stage && stage->stage->written) json.member("writtenBytes", stage->stage->written->bytes);
    json.close();
  }
  json.close();
}

}  // namespace

std::uint64_t refused_calls(const evidence::Evidence& evidence) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t calls = 0;
  if (!evidence.payload || !evidence.payload->refused) return calls;
  for (const evidence::Refusal& refusal : *evidence.payload->refused)
    calls = refusal.count > kMost - calls ? kMost : calls + refusal.count;
  return calls;
}

std::uint64_t refused_calls(const evidence::Statement& statement) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t calls = 0;
  for (const evidence::Evidence* stage : evidence::stages_of(statement)) {
    const std::uint64_t more = refused_calls(*stage);
    calls = more > kMost - calls ? kMost : calls + more;
  }
  return calls;
}

void write_run(JsonWriter& json, const evidence::Statement& statement) {
  const evidence::Evidence& evidence = statement.predicate;
  const auto& payload = evidence.payload;
  json.object();
  if (payload) json.member("argv", escaped(payload->argv));
  if (const judge::Edition* edition = judge::edition_of(evidence)) json.member("edition", edition->number);
  if (payload && payload->exit_code) json.member("exitCode", *payload->exit_code);
  if (evidence.fault) json.member("fault", text::escaped(*evidence.fault));
  json.member("finishedOn", text::escaped(evidence.finished_on));
  json.member("inputManifestSha256", evidence.input.manifest_sha256);
  if (payload) json.member("leftRunning", payload->left_running.value_or(false));
  if (payload) json.member("limitsHit", escaped(payload->limits_hit));
  json.member("lostOutputs", escaped(evidence.output.refused));
  json.member("perhapsCut", escaped(evidence.output.perhaps_cut.value_or(std::vector<std::string>())));
  json.member("profile", text::escaped(evidence.profile.name));
  json.member("program", text::escaped(evidence.program.name));
  if (payload && payload->refused) write_refusals(json, *payload->refused);
  if (payload && payload->refused) json.member("refusedCalls", refused_calls(evidence));
  json.member("runId", text::escaped(evidence.run_id));
  if (payload && payload->signal) json.member("signal", *payload->signal);
  if (statement.predicate.stages) write_stages(json.key("stages"), statement);
  json.member("startedOn", text::escaped(evidence.started_on));
  json.member("subjects", statement.subjects.size());
  json.member("unsafe", escaped(evidence.unsafe));
  json.member("venue", text::escaped(evidence.host.venue)).close();
}

}  // namespace immure::verify
