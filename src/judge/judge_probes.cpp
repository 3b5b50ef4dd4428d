#include <algorithm>

#include "evidence/envelope.hpp"
#include "judge/demand.hpp"
#include "judge/edition.hpp"
#include "judge/known.hpp"
#include "judge/observed.hpp"
#include "judge/text.hpp"
#include "probe/catalogue.hpp"

namespace immure::judge {
namespace {

using evidence::ProbeRecord;

constexpr std::uint32_t kKnownEffects =
    probe::kCreated | probe::kRead | probe::kWritten | probe::kSignal | probe::kNotRun;

probe::Answer as_probe(const auto& answer) { return {answer.ret, answer.errno_value, answer.effect}; }
evidence::Answer as_evidence(const auto& answer) { return {answer.ret, answer.errno_value, answer.effect}; }

/// Judges one record by the row that it claims to be.
class Appraisal {
 public:
  Appraisal(const Edition& edition, const Demand& demand, const probe::Row& row, SandboxTest test,
            const ProbeRecord& record, const evidence::Filter& filter, Findings& findings)
      : demand_(demand),
        row_(row),
        test_(test),
        record_(record),
        filter_(filter),
        findings_(findings),
        asks_layer_(asks_layer(edition.number, row)) {}

  void run() {
    // Judge no more of a record if a call in it was not tried, or has an answer that no kernel could give.
    if (asked(probe::Stage::kControl) ? !makes_sense("the control", record_.control) : !is_left_out(record_.control))
      return;
    if (row_.walls.empty() && record_.walls)
      return unproved("answer-contradicts", "no answer from the walls alone, because the row asks for none",
                      answer_text(*record_.walls));
    if (!row_.walls.empty() && !record_.walls)
      return unproved("probe-not-run", "the call behind the walls alone was tried", "not run");
    if (record_.walls && !makes_sense("the call behind the walls alone", *record_.walls)) return;
    if (!makes_sense("the call in the cell", record_)) return;
    if (!demand_.open.empty())
      return findings_.open(test_, "filter-passed", record_.id, demand_text(demand_) + " of the filter",
                            "a filter that " + demand_.open);
    check_cell();
    check_control();
    check_walls();
    check_attribution();
  }

 private:
  // The runner tries a costly probe, which needs a process of its own, only at stages where its answer decides
  // something.
  bool asked(probe::Stage stage) const { return (row_.flags & probe::kCostly) == 0 || probe::demanded(row_, stage); }

  /// True if the record says that nothing was tried at this stage, which is the only right answer for such a stage.
  bool is_left_out(const auto& answer) {
    if (answer.ret == -1 && answer.errno_value == 0 && answer.effect == probe::kNotRun) return true;
    unproved("answer-contradicts", "the control was not tried", answer_text(as_evidence(answer)));
    return false;
  }

  bool makes_sense(std::string_view stage, const auto& answer) {
    if ((answer.effect & probe::kNotRun) != 0) {
      unproved("probe-not-run", std::string(stage) + " was tried", "not run");
    } else if ((answer.effect & ~kKnownEffects) != 0) {
      unproved("answer-contradicts", std::string(stage) + " has no unknown effect",
               "effect " + std::to_string(answer.effect));
    } else if ((answer.ret >= 0) != (answer.errno_value == 0) || answer.ret < -1 || answer.errno_value < 0) {
      unproved("answer-contradicts", std::string(stage) + " has either a result or an errno",
               answer_text(as_evidence(answer)));
    } else {
      return true;
    }
    return false;
  }

  void check_cell() {
    const bool effect = (record_.effect & demand_.forbidden) != 0;
    const evidence::Answer seen = as_evidence(record_);
    if (demand_.met_by(as_probe(record_)) && !effect) {
      if ((record_.effect & demand_.effects) == demand_.effects) return;
      return unproved("probe-weak", "a byte that was written and then read again", answer_text(seen));
    }
    if ((record_.effect & probe::kSignal) != 0 && !effect)
      return unproved("probe-killed", demand_text(demand_), answer_text(seen));
    // Another errno means that the kernel's check of the arguments answered, which comes after the wall that should
    // have answered.
    const bool leaked = effect || record_.ret >= 0;
    findings_.open(test_, leaked ? Reason("probe-leaked") : Reason("probe-weak"), record_.id, demand_text(demand_),
                   answer_text(seen));
  }

  void check_control() {
    // In any other place, the call may be allowed or denied for reasons that have nothing to do with the cell.
    if (record_.control.where != kControlPlace)
      return unproved("control-missing", "a control in " + std::string(kControlPlace),
                      record_.control.where.empty() ? "none" : record_.control.where);
    if ((row_.flags & probe::kNoControl) != 0 || !demand_.told_apart || !demand_.met_by(as_probe(record_.control)))
      return;
    unproved("control-missing", "an answer of the control that differs from " + demand_text(demand_),
             answer_text(as_evidence(record_.control)));
  }

  void check_walls() {
    if (row_.walls.empty()) return;
    const bool effect = (record_.walls->effect & demand_.forbidden) != 0;
    if (demand_.walls.contains(as_probe(*record_.walls)) && !effect) return;
    findings_.open(test_, "walls-open", record_.id, answers_text(demand_.walls) + " from mounts and credentials alone",
                   answer_text(*record_.walls));
  }

  /// Judges which layer answered: the filter, with an errno of its own, or the kernel, with the same answer as in the
  /// cell. A call that the filter does not allow must be denied by the filter itself. Otherwise another layer denied
  /// it, perhaps by chance.
  void check_attribution() {
    if (asks_layer_ != record_.attribution.has_value())
      return unproved(asks_layer_ ? Reason("probe-not-run") : Reason("answer-contradicts"),
                      asks_layer_ ? "the layer was tested" : "no test of the layer, because the row asks for none",
                      asks_layer_ ? "not run" : std::to_string(*record_.attribution));
    if (!asks_layer_) return;
    const std::int32_t answer = *record_.attribution;
    const bool by_filter = answer == probe::kFilterAnswer;
    // A filter may say that the call was done, and do nothing. Then its instructions say so, too.
    const bool feigns = demand_.by == Layer::kFilter && demand_.answers.contains({});
    if (by_filter ? record_.ret >= 0 && !feigns : answer != record_.errno_value)
      return unproved(
          "answer-contradicts",
          by_filter ? "a denial in the cell, because the filter denied the call" : "the same answer under both filters",
          answer_text(as_evidence(record_)) + ", and errno " + std::to_string(answer));
    if (demand_.by != Layer::kAny) return check_layer(by_filter);
    const auto number = static_cast<std::uint32_t>(row_.nr);
    if (by_filter || (filter_.allowed && std::ranges::binary_search(filter_.allowed->numbers, number))) return;
    findings_.open(test_, "filter-passed", record_.id,
                   "a denial by the filter, because the filter does not allow the call",
                   answer_text(as_evidence(record_)) + " from another layer");
  }

  /// Judges that the answer came from the layer that must answer according to the filter's instructions. If these
  /// instructions let the call through and the filter answered all the same, the cell had another filter.
  void check_layer(bool by_filter) {
    if (by_filter == (demand_.by == Layer::kFilter)) return;
    if (by_filter)
      return unproved("answer-contradicts", "no answer of the filter, whose instructions let the call through",
                      "an answer of the filter");
    findings_.open(test_, "filter-passed", record_.id,
                   "a denial by the filter, because the filter does not allow the call",
                   answer_text(as_evidence(record_)) + " from another layer");
  }

  void unproved(Reason code, std::string expected, std::string observed) {
    findings_.unproved(test_, code, record_.id, std::move(expected), std::move(observed));
  }

  const Demand& demand_;
  const probe::Row& row_;
  SandboxTest test_;
  const ProbeRecord& record_;
  const evidence::Filter& filter_;
  Findings& findings_;
  bool asks_layer_;
};

bool has_arguments_of(const ProbeRecord& record, const probe::Row& row) {
  std::size_t count = 0;
  for (const probe::Arg& arg : row.args) {
    if (arg.kind == probe::Arg::Kind::kNone) continue;
    if (count == record.args.size() || !is_argument(record.args[count], arg)) return false;
    ++count;
  }
  return count == record.args.size();
}

using Rows = std::vector<const probe::Row*>;

/// True if the records are exactly the rows of the catalogue that the evidence names. A record that is left out,
/// repeated or moved could hide something.
bool check_order(const evidence::Evidence& evidence, const Rows& rows, Findings& findings) {
  const auto inconsistent = [&](std::size_t i, std::string expected, std::string observed) {
    findings.unproved_all("probes-inconsistent", "/probes/" + std::to_string(i), expected, observed);
    return false;
  };
  if (evidence.probes.empty()) {
    findings.unproved_all("probes-missing", "/probes", std::to_string(rows.size()) + " probes", "none");
    return false;
  }
  for (std::size_t i = 0; i < evidence.probes.size(); ++i) {
    const ProbeRecord& record = evidence.probes[i];
    if (i >= rows.size()) return inconsistent(i, "the end", record.id);
    const probe::Row& row = *rows[i];
    if (record.id != row.id) return inconsistent(i, std::string(row.id), record.id);
    if (record.seq != i) return inconsistent(i, "seq " + std::to_string(i), "seq " + std::to_string(record.seq));
    if (record.boundary != probe::name(row.boundary))
      return inconsistent(i, "boundary " + std::string(probe::name(row.boundary)), record.boundary);
    if (record.syscall != row.syscall) return inconsistent(i, std::string(row.syscall), record.syscall);
    if (!has_arguments_of(record, row)) return inconsistent(i, "the arguments of " + std::string(row.id), "others");
  }
  if (evidence.probes.size() < rows.size())
    return inconsistent(evidence.probes.size(), std::string(rows[evidence.probes.size()]->id), "the end");
  return true;
}

void check_transcript(const evidence::Evidence& evidence, Findings& findings) {
  if (evidence.transcript.entries != evidence.probes.size())
    findings.unproved_all("transcript-count", "/transcript/entries", std::to_string(evidence.probes.size()),
                          std::to_string(evidence.transcript.entries));
  else if (const std::string head = evidence::transcript_head(evidence); evidence.transcript.head != head)
    findings.unproved_all("transcript-head", "/transcript/head", head, evidence.transcript.head);
}

void check_unsafe(const evidence::Evidence& evidence, Findings& findings) {
  for (const std::string& key : evidence.unsafe)
    if (std::ranges::find(kUnsafe, key) == kUnsafe.end())
      findings.unproved_all("unsafe-unknown", "/unsafe", "keys that are known here", key);
}

}  // namespace

void judge_probes(const evidence::Evidence& evidence, Record record, Findings& findings, ProbeCounts& counts) {
  if (!sys::machine_named(evidence.host.architecture))
    return findings.unproved_all("architecture-unknown", "/host/architecture", "a machine that is known here",
                                 architecture_text(evidence));
  const Edition* edition = edition_of(evidence);
  if (edition == nullptr)
    return findings.unproved_all("catalogue-unknown", "/catalogue", "a catalogue of probes that is known here",
                                 evidence.catalogue.name + ", " + evidence.catalogue.sha256);
  const Rows rows = rows_of(*edition);
  if (!check_order(evidence, rows, findings)) return;
  if (record == Record::kClosed) check_transcript(evidence, findings);
  check_unsafe(evidence, findings);
  const Demands demands(evidence, *edition);
  const auto no_filter = [&] {
    findings.unproved_all("filter-missing", "/filter/bpf", "the instructions whose digest is /filter/sha256", "others");
  };
  if (!demands.readable()) return no_filter();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const probe::Row& row = *rows[i];
    const bool widened = !row.unless.empty() && std::ranges::find(evidence.unsafe, row.unless) != evidence.unsafe.end();
    // A control group counts memory itself, so the cell's address space needs no limit.
    const bool counted = row.id == kAddressSpaceProbe && group_holds_memory(evidence);
    if (widened || counted) continue;
    ++counts[row.test.index()];
    const auto demand = demands.of(row);
    if (!demand) return no_filter();
    Appraisal(*edition, *demand, row, row.test, evidence.probes[i], evidence.filter, findings).run();
  }
}

}  // namespace immure::judge
