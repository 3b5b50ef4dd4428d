/// What the judge demands of each probe. From edition 6 on, the demands follow from the filter that the evidence holds:
/// if the filter denies a call, the filter must have answered; if the filter lets the call through, the wall behind the
/// filter must have answered. If the run gives its program more than the profile `packet` allows, the row
/// says what must hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evidence/evidence.hpp"
#include "judge/claim.hpp"
#include "judge/edition.hpp"
#include "probe/catalogue.hpp"
#include "sys/bpf.hpp"

namespace immure::judge {

/// The first edition in which the demands follow from the filter.
inline constexpr int kFilterSince = 6;

enum class Layer : std::uint8_t { kAny, kFilter, kKernel };

struct Demand {
  probe::Answers answers;  ///< in the finished cell
  bool any = false;        ///< true if each answer will do
  bool told_apart = true;  ///< true if the control must answer something else
  std::uint32_t forbidden = probe::kCreated | probe::kRead | probe::kWritten;  ///< effects that must be absent
  std::uint32_t effects = probe::kNoEffect;                                    ///< effects that must be seen
  /// The answers that mounts and credentials alone must give, if the row asks them.
  probe::Answers walls;
  Layer by = Layer::kAny;  ///< the layer that must have answered
  /// What the filter does where a boundary needs another answer of the filter. If this text is not empty, no answer
  /// meets the demand.
  std::string open;
  [[nodiscard]] bool met_by(const probe::Answer& answer) const;
};

/// The filter's instructions, with this run's cookie set to zero; nullopt if the evidence lacks the instructions, or if
/// their digest is not the one in the evidence.
[[nodiscard]] std::optional<std::vector<sys::Instruction>> instructions_of(const evidence::Filter& filter);

[[nodiscard]] std::string demand_text(const Demand& demand);

class Demands {
 public:
  /// Reads the filter's instructions, and trusts them only if their digest is the one in the evidence.
  Demands(const evidence::Evidence& evidence, const Edition& edition);

  /// False if the edition needs the filter's instructions, and the evidence does not have them.
  [[nodiscard]] bool readable() const { return edition_.number < kFilterSince || filter_.has_value(); }

  /// What is demanded of a row; nullopt if the filter is not a program that the kernel would take.
  [[nodiscard]] std::optional<Demand> of(const probe::Row& row) const;

 private:
  [[nodiscard]] std::optional<Demand> of_answers(const probe::Row& row) const;
  [[nodiscard]] std::optional<Demand> of_filter(const probe::Row& row, std::uint32_t answer) const;
  [[nodiscard]] Demand of_gift(const probe::Row& row, const probe::Given& given) const;

  Edition edition_;
  probe::Gifts gifts_;  ///< what the evidence claims to give
  std::optional<std::vector<sys::Instruction>> filter_;
};

/// What each row of evidence had to answer, for reports. If the evidence's edition or filter is not known, a row's
/// demand is what the row itself says.
class ShownDemands {
 public:
  explicit ShownDemands(const evidence::Evidence& evidence);
  [[nodiscard]] Demand of(const probe::Row& row) const;

 private:
  std::optional<Demands> demands_;
};

}  // namespace immure::judge
