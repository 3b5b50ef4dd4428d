#include "judge/demand.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "file/sha256.hpp"
#include "judge/text.hpp"
#include "sys/bpf_eval.hpp"
#include "text/base64.hpp"

namespace immure::judge {
namespace {

using sys::simulation::Call;

constexpr std::uint32_t kActionMask = 0xffff0000U, kDataMask = 0xffffU;

/// Stands for the address of a buffer or a text. No filter knows an address, but a filter may compare one with NULL.
constexpr std::uint64_t kSomewhere = 0x00007fff00001000U;

std::uint64_t word(const probe::Arg& arg) {
  switch (arg.kind) {
    case probe::Arg::Kind::kNumber: return arg.number;
    case probe::Arg::Kind::kText:
    case probe::Arg::Kind::kBuffer: return kSomewhere;
    case probe::Arg::Kind::kNull:
    case probe::Arg::Kind::kNone: return 0;
  }
  return 0;
}

Call call_of(const probe::Row& row, sys::Machine machine) {
  Call call{
      .number = static_cast<std::uint32_t>(row.nr),
      .architecture = machine == sys::Machine::kX86_64 ? sys::simulation::kArchX86_64 : sys::simulation::kArchAarch64};
  std::ranges::transform(row.args, call.arguments.begin(), word);
  return call;
}

probe::Answers joined(probe::Answers first, const probe::Answers& second) {
  for (std::size_t i = 0; i < second.count && first.count < first.values.size(); ++i)
    first.values.at(first.count++) = second.values.at(i);
  return first;
}

bool has(const probe::Answers& answers, int value) {
  const auto* const end = answers.values.begin() + answers.count;
  return std::find(answers.values.begin(), end, value) != end;
}

}  // namespace

std::optional<std::vector<sys::Instruction>> instructions_of(const evidence::Filter& filter) {
  const auto bytes = filter.bpf ? text::unbase64(*filter.bpf) : std::nullopt;
  if (!bytes || bytes->size() != filter.instructions * sizeof(sys::Instruction) ||
      filter.instructions > sys::kMaxInstructions || file::sha256_hex(*bytes) != filter.sha256)
    return std::nullopt;
  std::vector<sys::Instruction> instructions(filter.instructions);
  std::memcpy(instructions.data(), bytes->data(), bytes->size());
  return instructions;
}

bool Demand::met_by(const probe::Answer& answer) const {
  if (!open.empty()) return false;
  if (any) return (answer.effect & (probe::kNotRun | probe::kSignal)) == 0;
  return answers.contains(answer);
}

std::string demand_text(const Demand& demand) {
  return demand.any ? "an answer of the kernel" : answers_text(demand.answers);
}

ShownDemands::ShownDemands(const evidence::Evidence& evidence) {
  if (const Edition* edition = edition_of(evidence)) demands_.emplace(evidence, *edition);
}

Demand ShownDemands::of(const probe::Row& row) const {
  const auto demand = demands_ ? demands_->of(row) : std::nullopt;
  return demand.value_or(Demand{.answers = row.cell, .forbidden = row.forbidden, .walls = row.walls});
}

Demands::Demands(const evidence::Evidence& evidence, const Edition& edition)
    : edition_(edition), gifts_(claim_of(evidence).gifts), filter_(instructions_of(evidence.filter)) {}

std::optional<Demand> Demands::of(const probe::Row& row) const {
  if (const probe::Given* given = probe::given_to(row, gifts_)) return of_gift(row, *given);
  auto demand = of_answers(row);
  if (!demand) return std::nullopt;
  demand->forbidden = row.forbidden;
  demand->walls = row.walls;
  return demand;
}

Demand Demands::of_gift(const probe::Row& row, const probe::Given& given) const {
  // The kernel answers a single call that a gift lets through.
  return Demand{.answers = given.answers,
                .told_apart = given.denies,
                .forbidden = probe::kNoEffect,
                .effects = given.effects,
                .walls = row.walls.empty() ? probe::Answers{} : given.answers,
                .by = asks_layer(edition_.number, row) ? Layer::kKernel : Layer::kAny};
}

std::optional<Demand> Demands::of_answers(const probe::Row& row) const {
  if (edition_.number < kFilterSince) return Demand{.answers = row.cell};
  if (!filter_) return std::nullopt;
  // A row of these kinds makes several calls, or a call that passes every filter. Either layer may have answered the
  // call that decides, and the row names the answers of both.
  if (row.run != nullptr || (row.flags & probe::kPastFilter) != 0)
    return Demand{.answers = joined(row.cell, row.reach), .told_apart = (row.flags & probe::kFree) == 0};
  const auto answer = sys::simulation::evaluate(*filter_, call_of(row, edition_.machine));
  if (!answer) return std::nullopt;
  return of_filter(row, *answer);
}

std::optional<Demand> Demands::of_filter(const probe::Row& row, std::uint32_t answer) const {
  const std::uint32_t action = answer & kActionMask;
  const bool asks = asks_layer(edition_.number, row);
  if (action == sys::simulation::kRetAllow) {
    const bool free = (row.flags & probe::kFree) != 0;
    // Without a wall behind the filter, the filter should have denied the call.
    if (!free && row.reach.empty()) return Demand{.answers = row.cell, .open = "lets the call through"};
    return Demand{
        .answers = row.reach, .any = row.reach.empty(), .told_apart = !free, .by = asks ? Layer::kKernel : Layer::kAny};
  }
  if (action != sys::simulation::kRetErrno) {
    if (!has(row.cell, -SIGSYS)) return Demand{.answers = row.cell, .open = "kills the task"};
    return Demand{.answers = {-SIGSYS}};
  }
  const auto number = static_cast<int>(answer & kDataMask);
  if (!has(row.cell, number) && !has(row.feigned, number))
    return Demand{.answers = row.cell, .open = "answers " + answers_text({number})};
  return Demand{.answers = {number}, .told_apart = has(row.cell, number), .by = asks ? Layer::kFilter : Layer::kAny};
}

}  // namespace immure::judge
