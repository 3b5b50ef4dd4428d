#include "attest/gate.hpp"

#include <algorithm>
#include <vector>

#include "attest/fixed_witness.hpp"
#include "attest/host/core_dumps.hpp"
#include "attest/host/surroundings.hpp"
#include "attest/observe/notifying_filter.hpp"
#include "attest/output.hpp"
#include "attest/records.hpp"
#include "attest/witness.hpp"
#include "cell/filters.hpp"
#include "plan/filter/filter.hpp"
#include "sys/file.hpp"

namespace immure::attest {
namespace {

constexpr int kExecMilliseconds = 30'000;

/// Looks at what the program will be able to read below /out, before the probes' files are removed.
Result<void> look_at_what_is_read(evidence::OutsideView& view, const plan::Profile& profile, const sys::Fd& output,
                                  Cell& cell) {
  if (!reads_output(profile)) return {};
  TRY(view.output, look_at_output(output, true));
  // If the directory is missing, the judge reports this.
  if (profile.scratch_bytes != 0)
    if (auto opened = open_scratch(output)) cell.scratch = std::move(*opened);
  return {};
}

}  // namespace

Result<sys::Fd> observe_at_gate(evidence::Evidence& evidence, const plan::Plan& plan, Deadline& deadline, Cell& cell) {
  TRY(evidence.host.core_pattern, core_pattern());
  const int pid = cell.page().payload_pid;
  TRY(sys::Fd output, open_output(pid));
  TRY(evidence::OutsideView view, look_from_outside(pid, "gate", cell.group()));
  TRY(view.fixed_files, look_at_fixed_files(pid, plan::fixed_files(plan)));
  evidence.outside.push_back(std::move(view));
  CHECK_OK(await_gate(cell, deadline));
  CHECK_OK(look_after_probes(pid, evidence.outside.back()));
  CHECK_OK(look_at_what_is_read(evidence.outside.back(), plan.profile, output, cell));
  TRY(const OutputState state, check_and_clean(output, cell.control_bytes, static_cast<bool>(cell.scratch)));
  const plan::Limits& planned = plan.profile.limits;
  const std::uint64_t scratch_bytes = plan.profile.scratch_bytes;
  // Count the directory for temporary files itself too.
  const std::uint64_t scratch_files = scratch_bytes == 0 ? 0 : probe::kScratchFiles + 1;
  if (!is_within(state.room, planned.output_bytes + scratch_bytes, planned.output_files + 1 + scratch_files))
    return fail(Code::kBlocked, "/out", "takes more than the plan allows");
  if (state.room.bytes <= scratch_bytes || state.room.inodes <= scratch_files + 1)
    return fail(Code::kBlocked, "/out", "has no room beside the temporary files");
  evidence.output.empty_at_start = state.empty;
  evidence.output.control_bytes_arrived = state.control_bytes_arrived;
  for (evidence::Enforcement& limit : evidence.limits) {
    if (limit.name == probe::row_of(&probe::Limits::output_bytes).evidence_name)
      limit.value = state.room.bytes - scratch_bytes;
    if (limit.name == probe::row_of(&probe::Limits::output_files).evidence_name)
      limit.value = state.room.inodes - 1 - scratch_files;
  }
  TRY(evidence.inside, inside_view(cell.page(), cell.environment));
  evidence.probes = probe_records(cell.page());
  if (!cell.world->spec->observer.empty()) evidence.observer = observer_record(cell);
  for (std::size_t i = 0; i < evidence.probes.size(); ++i) {
    // If the plan lets the program read its own bytes back, a probe that reads them back has leaked no secret.
    const bool reads_output = evidence.probes[i].boundary == "output" &&
                              (evidence.probes[i].effect & probe::kRead) != 0 &&
                              probe::given_to(probe::catalogue()[i], plan.profile.gifts()) == nullptr;
    evidence.output.secret_came_back = evidence.output.secret_came_back || reads_output;
  }
  return output;
}

Result<sys::ExecStop> stop_at_exec(Cell& cell, Deadline& deadline) {
  const auto broken = [](std::string_view what, Errno error) {
    return fail(Code::kBlocked, "payload", what, {}, error.value);
  };
  auto stop = sys::ExecStop::seize(cell.page().payload_pid);
  if (!stop)
    return fail(Code::kBlocked, "payload", "cannot be traced, which the outside witness needs",
                tracing_remedy(cell.page().payload_pid), stop.error().value);
  if (const auto told = sys::write_all(cell.gate.get(), "G"); !told)
    return broken("does not read from its pipe; the cell has probably ended", told.error());
  constexpr int kPiece = 200;
  for (int waited = 0;; waited += kPiece) {
    const auto stopped = stop->wait_for_exec(cell.ready.get(), kPiece);
    if (stopped) return std::move(*stop);
    if (stopped.error().value == ETIMEDOUT && waited < kExecMilliseconds) {
      CHECK_OK(deadline.check());
      continue;
    }
    if (stopped.error().value != ECHILD) return broken("did not reach its exec", stopped.error());
    if (cell.page().errno_value == 0)
      return fail(Code::kBlocked, "payload", "was killed before its first instruction", kKilled);
    const cell::StepText text = cell::describe(cell::Step::kExec);
    return fail(Code::kBlocked, "payload", std::string(text.what) + " failed", text.hint, cell.page().errno_value);
  }
}

Result<void> compare_filter(const plan::Plan& plan, const Cell& cell, const sys::ExecStop& stop) {
  std::vector<sys::Instruction> loaded(sys::kMaxInstructions);
  const auto count = stop.read_filter(loaded);
  if (!count && (count.error().value == EACCES || count.error().value == EIO || count.error().value == EINVAL))
    return {};
  if (!count) return fail(Code::kBlocked, "payload", "its filter cannot be read", {}, count.error().value);
  loaded.resize(std::min(*count, loaded.size()));
  const cell::Spec& spec = *cell.world->spec;
  constexpr unsigned kHalf = 32;
  TRY(std::vector<sys::Instruction> planned,
      plan::bind_cookie(plan.filter, {.high = static_cast<std::uint32_t>(spec.cookie_first >> kHalf),
                                      .descriptor = static_cast<std::uint32_t>(spec.cookie_first),
                                      .tail = spec.cookie_last}));
  if (plan.explains) {
    TRY(planned, notifying_filter(planned, cell::kObserveLookups));
  }
  if (loaded == planned) return {};
  return fail(Code::kBlocked, "payload", "is under another seccomp filter than the plan's");
}

}  // namespace immure::attest
