/// What the judge demands of each probe. From edition 6 on this follows from the filter that the evidence holds: where
/// the filter denies a call, the filter must have answered; where it lets the call through, the wall behind it must.
/// Where the run gives its program something, the row says what must hold then.
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
  /// Answers of mounts and credentials alone, where the row asks these.
  probe::Answers walls;
  Layer by = Layer::kAny;  ///< who must have answered
  /// What the filter does where a boundary needs another answer of the filter. Not empty: no answer meets the demand.
  std::string open;
  [[nodiscard]] bool met_by(const probe::Answer& answer) const;
};

/// The filter's instructions, with this run's cookie set to zero; nothing if the evidence lacks them, or if their
/// digest is not that of the evidence.
[[nodiscard]] std::optional<std::vector<sys::Instruction>> instructions_of(const evidence::Filter& filter);

[[nodiscard]] std::string demand_text(const Demand& demand);

class Demands {
 public:
  /// Reads the filter's instructions, and trusts no instruction whose digest is not that of the evidence.
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

/// What each row of evidence had to answer, for those who show it. Of evidence whose edition or filter is not known, a
/// row's demand is what the row itself says.
class ShownDemands {
 public:
  explicit ShownDemands(const evidence::Evidence& evidence);
  [[nodiscard]] Demand of(const probe::Row& row) const;

 private:
  std::optional<Demands> demands_;
};

}  // namespace immure::judge
