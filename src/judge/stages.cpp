#include "judge/stages.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/writer.hpp"
#include "file/sha256.hpp"
#include "judge/findings.hpp"
#include "sys/namespaces.hpp"

namespace immure::judge {
namespace {

using evidence::Evidence;
using evidence::PipeRead;
using evidence::PipeWritten;
using evidence::StagePlace;

Finding contradiction(std::string where, std::string expected, std::string observed) {
  return {"stages-contradict", std::move(where), std::move(expected), std::move(observed)};
}

template <class T>
std::string json_of(const T& value) {
  std::string text;
  evidence::write(text, value);
  return text;
}

std::string input_of(const Evidence& evidence) {
  evidence::Input input = evidence.input;
  // Only the first stage reads the standard input that the operator gave.
  input.standard_input.reset();
  return json_of(input);
}

std::string host_of(const Evidence& evidence) {
  evidence::Host host = evidence.host;
  host.passed_over.reset();
  return json_of(host);
}

/// What all stages of one run have in common.
struct Common {
  std::string_view member;
  std::string (*text)(const Evidence&);
};
constexpr std::array<Common, 10> kCommon = {{
    {"/runId", [](const Evidence& x) { return x.run_id; }},
    {"/nonce", [](const Evidence& x) { return x.nonce.value_or("none"); }},
    {"/audience", [](const Evidence& x) { return x.audience.value_or("none"); }},
    {"/startedOn", [](const Evidence& x) { return x.started_on; }},
    {"/finishedOn", [](const Evidence& x) { return x.finished_on; }},
    {"/durationUs", [](const Evidence& x) { return std::to_string(x.duration_us); }},
    {"/launcher", [](const Evidence& x) { return json_of(x.launcher); }},
    {"/catalogue", [](const Evidence& x) { return json_of(x.catalogue); }},
    {"/matrix", [](const Evidence& x) { return json_of(x.matrix); }},
    {"/input", input_of},
}};

std::optional<Finding> check_common(const Evidence& stage, const Evidence& last, const std::string& where) {
  for (const Common& common : kCommon) {
    std::string expected = common.text(last), observed = common.text(stage);
    if (expected != observed)
      return contradiction(where + std::string(common.member), std::move(expected), std::move(observed));
  }
  // Of a stage whose cell could not be built, the evidence cannot say where it was built.
  if (stage.inside && last.inside && host_of(stage) != host_of(last))
    return contradiction(where + "/host", host_of(last), host_of(stage));
  if (stage.payload.has_value() != last.payload.has_value())
    return contradiction(where + "/payload", "programs that all ran, or none of them", "some that ran");
  return std::nullopt;
}

std::string place_text(const std::optional<StagePlace>& place) {
  return place ? std::to_string(place->number) + " of " + std::to_string(place->of) : std::string("none");
}

std::optional<Finding> check_place(Stages stages, std::size_t index) {
  const Evidence& stage = *stages[index];
  const std::string where = pointer_of(stages, index) + "/stage";
  const bool first = index == 0, last = index + 1 == stages.size(), ran = stage.payload.has_value();
  if (!stage.stage || stage.stage->number != index + 1 || stage.stage->of != stages.size())
    return contradiction(where, std::to_string(index + 1) + " of " + std::to_string(stages.size()),
                         place_text(stage.stage));
  if (stage.stage->read.has_value() != (ran && !first))
    return contradiction(where + "/read", ran && !first ? "what the stage read" : "none",
                         stage.stage->read ? "one" : "none");
  if (stage.stage->written.has_value() != (ran && !last))
    return contradiction(where + "/written", ran && !last ? "what the stage wrote" : "none",
                         stage.stage->written ? "one" : "none");
  if (!first && stage.input.standard_input)
    return contradiction(pointer_of(stages, index) + "/input/standardInput", "the first stage alone reads it", "one");
  return std::nullopt;
}

/// Compares what a stage wrote with what the next stage got. A reader that ended early got only the beginning, whose
/// digest nobody can compare with the digest of the whole.
bool agree(const PipeWritten& written, const PipeRead& read) {
  if (!file::is_sha256_hex(written.sha256) || !file::is_sha256_hex(read.sha256)) return false;
  if (read.bytes > written.bytes || read.taken > read.bytes) return false;
  if (read.bytes == written.bytes) return read.sha256 == written.sha256;
  return !read.whole && read.sha256 != written.sha256;
}

std::string pipe_text(std::uint64_t bytes, const std::string& sha256) {
  return std::to_string(bytes) + " bytes, " + (sha256.empty() ? std::string("no digest") : sha256);
}

/// Two cells that share a namespace have a channel that the probes of neither cell can find.
std::optional<Finding> check_apart(Stages stages, std::size_t index) {
  if (!stages[index]->inside) return std::nullopt;
  const auto& own = stages[index]->inside->namespaces;
  for (std::size_t other = index + 1; other < stages.size(); ++other) {
    if (!stages[other]->inside) continue;
    const auto& others = stages[other]->inside->namespaces;
    for (const char* name : sys::kNamespaceNames) {
      const auto mine = own.find(name), theirs = others.find(name);
      if (mine == own.end() || theirs == others.end() || mine->second != theirs->second) continue;
      return Finding{"stage-shared", pointer_of(stages, index) + "/inside/namespaces/" + name,
                     "a namespace that no other stage has", "that of stage " + std::to_string(other + 1)};
    }
  }
  return std::nullopt;
}

/// Adds where a finding was made, if the run has several stages.
void place(Row& row, Stages stages, std::size_t index) {
  if (stages.size() == 1) return;
  for (Finding& finding : row.findings) {
    const bool is_pointer = finding.where.empty() || finding.where.starts_with('/');
    finding.where = is_pointer ? pointer_of(stages, index) + finding.where
                               : "stage " + std::to_string(index + 1) + ": " + finding.where;
  }
}

/// A stage that was not started because a stage before it was BLOCKED. Its evidence could only hide the true reason.
bool was_never_started(const Evidence& stage) {
  return !stage.inside && stage.outside.empty() && stage.probes.empty() && !stage.payload && !stage.fault;
}

/// Takes the worse of two rows of the same test, with the findings of both. The findings of the worse one come first.
Row worse(Row row, Row other) {
  const bool later_is_worse =
      row.outcome == Outcome::kHolds || (row.outcome == Outcome::kNotProved && other.outcome == Outcome::kDoesNotHold);
  // A claim of another test is the weaker claim, whichever stage makes it.
  const TestNumber number = test_of(other.number).in_place_of != 0 ? other.number : row.number;
  if (later_is_worse && other.outcome != Outcome::kHolds) std::swap(row, other);
  row.findings.insert(row.findings.end(), other.findings.begin(), other.findings.end());
  if (row.findings.size() > kMaxFindings) row.findings.resize(kMaxFindings);
  row.number = number;
  if (row.outcome == Outcome::kHolds) row.expected = test_of(number).passes_when;
  return row;
}

}  // namespace

std::string pointer_of(Stages stages, std::size_t index) {
  return index + 1 == stages.size() ? std::string() : "/stages/" + std::to_string(index);
}

Moment moment_of(const Evidence& evidence) {
  if (evidence.payload) return Moment::kFinal;
  return evidence.outside.size() > 1 ? Moment::kExec : Moment::kGate;
}

Judgement judge_stages(Stages stages) {
  Judgement all;
  for (std::size_t index = 0; index < stages.size(); ++index) {
    if (index != 0 && !all.holds() && was_never_started(*stages[index])) continue;
    Judgement one = judge(*stages[index], moment_of(*stages[index]));
    for (Row& row : one.rows) place(row, stages, index);
    if (index == 0) {
      all = std::move(one);
      continue;
    }
    for (std::size_t i = 0; i < all.rows.size(); ++i)
      all.rows[i] = worse(std::move(all.rows[i]), std::move(one.rows[i]));
  }
  if (stages.size() > 1)
    for (Row& row : all.rows)
      if (row.outcome == Outcome::kHolds)
        row.observed = "in each of " + std::to_string(stages.size()) + " stages: " + row.observed;
  return all;
}

std::optional<Finding> check_stages(Stages stages) {
  const Evidence& last = *stages.back();
  if (stages.size() == 1 && !last.stage) return std::nullopt;
  if (stages.size() < 2 || stages.size() > evidence::kMostStages)
    return contradiction("/stages", "2 to " + std::to_string(evidence::kMostStages) + " stages",
                         std::to_string(stages.size()));
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (auto finding = check_place(stages, i)) return finding;
    if (auto finding = check_common(*stages[i], last, pointer_of(stages, i))) return finding;
    if (auto finding = check_apart(stages, i)) return finding;
  }
  if (!last.payload) return std::nullopt;
  for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
    const PipeWritten& written = *stages[i]->stage->written;
    const PipeRead& read = *stages[i + 1]->stage->read;
    if (!agree(written, read))
      return contradiction(pointer_of(stages, i + 1) + "/stage/read", pipe_text(written.bytes, written.sha256),
                           pipe_text(read.bytes, read.sha256));
  }
  return std::nullopt;
}

}  // namespace immure::judge
