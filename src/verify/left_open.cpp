#include "verify/left_open.hpp"

#include "judge/claim.hpp"
#include "text/list.hpp"

namespace immure::verify {
namespace {

void add_what_may_be_missing(std::vector<std::string>& list, const evidence::Evidence& evidence) {
  if (!evidence.payload) return;
  if (evidence.payload->signal)
    list.emplace_back("That the program did its work: a signal ended the program, and its outputs may be incomplete.");
  if (evidence.payload->left_running.value_or(false))
    list.emplace_back(
        "That the program did its work: some of its processes still ran when the program ended, and were killed.");
  if (!evidence.payload->limits_hit.empty())
    list.emplace_back("That the program did its work: the run met a limit (" +
                      text::list_text(evidence.payload->limits_hit) + "), and the outputs may be incomplete.");
  if (evidence.output.perhaps_cut)
    list.emplace_back("That " + std::to_string(evidence.output.perhaps_cut->size()) +
                      " outputs are complete: /out was full (perhapsCut).");
}

}  // namespace

std::vector<std::string> left_open(const evidence::Evidence& evidence) {
  std::vector<std::string> list;
  if (const judge::Claim claim = judge::claim_of(evidence); claim.gifts != probe::kNothing)
    list.emplace_back("What the acceptance profile packet demands beyond " + claim.profile + ": " +
                      judge::gifts_text(claim.gifts) + ".");
  for (const std::string& key : evidence.unsafe) {
    // The claim says what this key allows, and test #46 demands answers of its probes.
    if (key == "unsafe_exec") continue;
    list.emplace_back("What the key " + key +
                      " of the profile allows: no denial was demanded of the probes that it affects.");
  }
  if (!evidence.output.refused.empty())
    list.emplace_back("Anything about " + std::to_string(evidence.output.refused.size()) +
                      " output files that immure left out: they are not signed.");
  add_what_may_be_missing(list, evidence);
  return list;
}

}  // namespace immure::verify
