/// Judges a run whose paths an attacker exchanged.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "faults/tracer.hpp"
#include "race_world.hpp"

namespace immure::attack {

/// The digests in evidence that identify the files that immure read, by the name of what each digest covers.
using Digests = std::map<std::string, std::string>;

struct Finding {
  std::string outcome;             ///< in a few words: accepted, refused with an exit code, …
  std::vector<std::string> wrong;  ///< the rules that the run broke
  std::string said;                ///< the last line of standard error
};

class Judge {
 public:
  Judge(World& world, std::string bin, std::vector<std::string> groups, int operator_uid)
      : world_(world), bin_(std::move(bin)), groups_(std::move(groups)), uid_(operator_uid) {}

  [[nodiscard]] faults::Settings settings(const Scenario& scenario) const;
  /// Judges a run. `before`, `replacement`: the states of the victim and of the replacement at the time of the
  /// exchange.
  [[nodiscard]] Finding judge(const Scenario& scenario, const Place& place, Kind kind, const faults::Trace& trace,
                              const std::string& before, const std::string& replacement);
  /// The digests that an undisturbed run of exactly these files gives.
  const Digests& reference(const Scenario& scenario, const Contents& contents);

 private:
  World& world_;
  std::string bin_;
  std::vector<std::string> groups_;
  int uid_;
  std::map<std::string, Digests> references_;
};

}  // namespace immure::attack
