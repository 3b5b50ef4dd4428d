#include <string>
#include <vector>

#include "judge/claim.hpp"
#include "judge/observed.hpp"
#include "judge/text.hpp"
#include "probe/runner.hpp"

namespace immure::judge {
namespace {

void check_output(const Observed& observed, Findings& findings) {
  const evidence::Output& output = observed.evidence.output;
  // Landlock is what keeps the program from reading /out.
  if (observed.evidence.host.landlock_abi == 0)
    findings.unproved(29, "landlock-missing", "/host/landlockAbi", "1 or more", "0");
  // A file that was in /out before could be overwritten, or its name and size could tell the program something. So the
  // proof demands an empty /out.
  if (!output.empty_at_start)
    findings.unproved(29, "output-not-empty", "/output/emptyAtStart", "an empty output directory at the start",
                      "the directory had entries");
  if (!output.control_bytes_arrived)
    findings.unproved(29, "output-control", "/output/controlBytesArrived",
                      "the supervisor sees the bytes that the cell wrote to /out", "the supervisor saw none");
  if (output.secret_came_back)
    findings.open(29, "output-read", "/output/secretCameBack",
                  "the cell cannot read the secret that immure put into /out", "the cell read the secret");
}

/// What a look from outside must find in /out: nothing, or the directory for temporary files.
std::vector<std::string> expected_entries(const Claim& claim) {
  if ((claim.gifts & probe::kScratch) == 0) return {};
  constexpr std::string_view kBelow = "/out/";
  return {std::string(probe::kScratchPath).substr(kBelow.size()) + ": directory"};
}

/// Judges that all that the program can read below /out is its own: at the start nothing lay there, and nobody outside
/// of the cell has the file system.
void check_private(const Observed& observed, const Claim& claim, Findings& findings) {
  const std::vector<std::string> expected = expected_entries(claim);
  for (const Look& look : observed.looks) {
    if (!look->output) {
      findings.unproved(29, "output-unseen", look.at("/output"), "what lay in /out", "none");
      continue;
    }
    const std::vector<std::string>& entries = look->output->entries;
    if (entries.size() < expected.size())
      findings.unproved(29, "scratch-missing", look.at("/output/entries"), list_text(expected), list_text(entries));
    else if (entries != expected)
      findings.open(29, "output-foreign", look.at("/output/entries"), list_text(expected), list_text(entries));
    if (look->output->mounts_elsewhere != 0)
      findings.open(29, "output-shared", look.at("/output/mountsElsewhere"), "a file system that only the cell has",
                    std::to_string(look->output->mounts_elsewhere) + " mounts outside of the cell");
  }
}

}  // namespace

void judge_output(const Observed& observed, Findings& findings) {
  check_output(observed, findings);
  const Claim claim = claim_of(observed.evidence);
  if (claim.reads_output()) check_private(observed, claim, findings);
}

}  // namespace immure::judge
