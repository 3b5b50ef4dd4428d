/// What the judge looks at, sorted once, and the parts of the judge.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "evidence/evidence.hpp"
#include "judge/findings.hpp"
#include "judge/judge.hpp"

namespace immure::judge {

/// A look from outside, and its place in the evidence.
struct Look {
  const evidence::OutsideView* view = nullptr;
  std::size_t index = 0;
  [[nodiscard]] const evidence::OutsideView* operator->() const { return view; }
  [[nodiscard]] std::string at(std::string_view member) const {
    return "/outside/" + std::to_string(index) + std::string(member);
  }
};

/// What both witnesses observed of one run, with the rest of the evidence. The parts of the judge read this structure.
struct Observed {
  const evidence::Evidence& evidence;
  const evidence::InsideView& inside;
  std::span<const Look> looks;  ///< `gate`; at kExec and kFinal also `exec`
  Moment moment;
  [[nodiscard]] const Look* exec() const { return looks.size() > 1 ? &looks[1] : nullptr; }
};

/// The number of probes that were judged for each test. A row that holds mentions this number.
using ProbeCounts = std::array<int, kTests>;

/// A namespace that the venue's walls around a cell must not share with the host, and the test that needs this
/// namespace. The venue decides about user and cgroup namespaces: not every venue makes them, and rootless engines let
/// several containers share a namespace.
struct OfWalls {
  std::string_view name;
  SandboxTest test;
};
inline constexpr OfWalls kOfWalls[] = {{"ipc", 37}, {"mnt", 30}, {"net", 24}, {"pid", 34}, {"uts", 37}};

/// Compares the probe records with the catalogue, row by row.
void judge_probes(const evidence::Evidence& evidence, Record record, Findings& findings, ProbeCounts& counts);

/// Judges tests 26 to 31: mounts, the input, the image, the root directory.
void judge_places(const Observed& observed, Findings& findings);
/// Judges test 29, or the test in its place: what lies in /out, and who can read it.
void judge_output(const Observed& observed, Findings& findings);
/// Judges test 31: the fixed files of the image.
void judge_fixed_files(const Observed& observed, Findings& findings);
/// Judges tests 24, 25 and 32 to 37: the network, the environment, the task.
void judge_task(const Observed& observed, Findings& findings);

/// Judges test 36: the observer's filter can only notify, and is there if the evidence speaks of one.
void judge_observer(const Observed& observed, Findings& findings);

/// Judges tests 33, 35 and 37: core dumps, and what the task has inherited.
void judge_channels(const Observed& observed, Findings& findings);

/// Judges test 37: namespaces, descriptors and limits.
void judge_bounds(const Observed& observed, Findings& findings);

/// Judges tests 34 to 37: both witnesses, and both looks from outside, concern the same task and say the same about it.
void judge_agreement(const Observed& observed, Findings& findings);

/// Judges the walls of another venue around the cell: tests 24, 28, 30 and 34 to 37, as far as these walls should hold
/// them too.
void judge_outer(const Observed& observed, Findings& findings);

/// Judges test 37: what else runs on the host.
void judge_neighbours(const Observed& observed, Findings& findings);

/// Judges that a namespace is the cell's own: not the host's, and the same one that the cell sees from inside.
void demand_own_namespace(SandboxTest test, std::string_view name, const Observed& observed, Findings& findings);
/// The numbers of the descriptors as text: `0 1 2`, or `none`.
[[nodiscard]] std::string numbers_text(std::span<const std::uint32_t> numbers);
/// True if a control group limits the cell's memory as a whole. Then the cell's address space has no limit, because
/// address space is not memory.
[[nodiscard]] bool group_holds_memory(const evidence::Evidence& evidence);

}  // namespace immure::judge
