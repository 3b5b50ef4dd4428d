#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include <fcntl.h>

#include "judge/demand.hpp"
#include "judge/edition.hpp"
#include "judge/known.hpp"
#include "judge/observed.hpp"
#include "judge/text.hpp"
#include "sys/bpf_eval.hpp"
#include "sys/kernel.hpp"
#include "text/base64.hpp"

namespace immure::judge {
namespace {

namespace simulation = sys::simulation;
using Program = std::vector<sys::Instruction>;

constexpr std::uint32_t kActionMask = 0xffff0000U, kDataMask = 0xffffU;

std::optional<Program> observer_program(const evidence::Observer& observer) {
  const auto bytes = text::unbase64(observer.bpf);
  constexpr std::size_t kSize = sizeof(sys::Instruction);
  if (!bytes || bytes->empty() || bytes->size() % kSize != 0 || bytes->size() / kSize > sys::kMaxInstructions)
    return std::nullopt;
  Program program(bytes->size() / kSize);
  std::memcpy(program.data(), bytes->data(), bytes->size());
  return program;
}

/// The opening by which the cell shows that the observer hears of such calls (cell/payload.cpp).
simulation::Call control_call(sys::Machine machine) {
  constexpr std::uint32_t kOpenatX86 = 257, kOpenatAarch64 = 56;
  constexpr std::uint64_t kSomewhere = 0x00007fff00001000U;
  const bool x86 = machine == sys::Machine::kX86_64;
  simulation::Call call{.number = x86 ? kOpenatX86 : kOpenatAarch64,
                        .architecture = x86 ? simulation::kArchX86_64 : simulation::kArchAarch64};
  call.arguments = {static_cast<std::uint64_t>(std::int64_t{AT_FDCWD}), kSomewhere, O_WRONLY | O_CLOEXEC};
  return call;
}

// The observer's filter may only allow and notify. If this filter denied a call that the plan's filter allows, nobody
// could tell which filter denied the call.
void check_answers(const Program& program, Findings& findings) {
  constexpr std::uint16_t kClass = 0x07;
  for (const sys::Instruction& step : program) {
    if ((step.code & kClass) != BPF_RET) continue;
    if (step.code == simulation::bpf::kReturn &&
        (step.operand == SECCOMP_RET_ALLOW || step.operand == SECCOMP_RET_USER_NOTIF))
      continue;
    findings.open(36, "observer-answers", "/observer/bpf", "only the answers ALLOW and NOTIFY",
                  std::to_string(step.operand));
  }
}

// The kernel's own answer must come back, and the observer must have heard of the call. If the plan's filter denies the
// call, the observer must not hear of it: a denial has precedence.
void check_control(const Observed& observed, const Program& program, Findings& findings) {
  const evidence::Observer& observer = *observed.evidence.observer;
  const Edition* edition = edition_of(observed.evidence);
  if (edition == nullptr) return;
  const simulation::Call call = control_call(edition->machine);
  const auto plans = instructions_of(observed.evidence.filter);
  const std::uint32_t by_plan =
      plans ? simulation::evaluate(*plans, call).value_or(SECCOMP_RET_KILL_PROCESS) : SECCOMP_RET_ALLOW;
  const bool allowed = (by_plan & kActionMask) == SECCOMP_RET_ALLOW;
  const bool heard = allowed && simulation::evaluate(program, call) == SECCOMP_RET_USER_NOTIF;
  const int answer = allowed ? ENOENT : static_cast<int>(by_plan & kDataMask);
  if (!heard && allowed)
    findings.unproved(36, "observer-missing", "/observer/bpf", "a filter that notifies of openings for writing",
                      "none");
  if (observer.heard != heard)
    findings.unproved(36, "observer-missing", "/observer/heard",
                      heard ? "the observer was notified of the call"
                            : "the observer was not notified, because the plan's filter denied the call",
                      observer.heard ? "notified" : "not notified");
  if (observer.answer != answer)
    findings.open(36, "observer-answers", "/observer/answer", errno_text(answer), errno_text(observer.answer));
  const std::string null = allowed ? std::string(kNullDevice) : errno_text(answer);
  if (observer.null != null) findings.open(36, "observer-answers", "/observer/null", null, observer.null);
}

// Judges the number of filters: the plan's filter, the observer's filter, in some cells the filter that denies shared
// memory, and the filters that were loaded before.
void check_count(const Observed& observed, Findings& findings) {
  const bool denies_memory = observed.inside.shared_memory.value_or(0) != 0;
  const std::uint64_t expected = std::uint64_t{observed.evidence.observer->around} + (denies_memory ? 3 : 2);
  for (const Look& look : observed.looks)
    if (look->seccomp_filters != expected)
      findings.open(36, "filter-count", look.at("/seccompFilters"), std::to_string(expected),
                    std::to_string(look->seccomp_filters));
}

void check_devices(const Observed& observed, Findings& findings) {
  if (observed.inside.null_changed.value_or(EROFS) != EROFS)
    findings.open(28, "mount-writable", "/inside/nullChanged", "EROFS", errno_text(*observed.inside.null_changed));
  if (!observed.evidence.payload || !observed.evidence.payload->devices) return;
  for (const evidence::Device& device : *observed.evidence.payload->devices)
    if (std::ranges::find(kDevices, device.path) == kDevices.end())
      findings.open(37, "descriptor-held", "/payload/devices", "only devices that the observer may give to a program",
                    device.path);
}

}  // namespace

void judge_observer(const Observed& observed, Findings& findings) {
  check_devices(observed, findings);
  if (!observed.evidence.observer) return;
  check_count(observed, findings);
  const auto program = observer_program(*observed.evidence.observer);
  if (!program)
    return findings.unproved(36, "observer-missing", "/observer/bpf", "the instructions of a filter", "none");
  check_answers(*program, findings);
  check_control(observed, *program, findings);
}

}  // namespace immure::judge
