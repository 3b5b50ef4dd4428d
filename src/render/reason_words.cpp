#include "render/reason_words.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "judge/claim.hpp"
#include "render/run_words.hpp"
#include "text/visible.hpp"
#include "text/wrap.hpp"

namespace immure::render {
namespace {

/// A sentence in which `{w}` stands for the place, `{e}` for what was expected and `{o}` for what was found.
struct Sentence {
  judge::Reason code;
  std::string_view text;
};
constexpr auto kSentences = std::to_array<Sentence>({
    {"artifact-differs", "the output {w} at hand is not the file that was signed"},
    {"artifact-extra", "{w} lies among the outputs at hand, and was not signed"},
    {"artifact-kind", "{w} among the outputs at hand is no regular file: {o}"},
    {"artifact-missing", "the signed output {w} is not among the outputs at hand"},
    {"audience-mismatch", "the evidence was made for {o}, and you asked for {e}"},
    {"edition-older", "every test holds, but by {o}, and you accept {e} (--oldest-edition)"},
    {"evidence-stale", "the evidence is {o}, and you accept evidence that is {e}"},
    {"nonce-mismatch", "the evidence answers another challenge than yours"},
    {"nonce-missing", "the evidence answers no challenge"},
    {"nonce-used", "every test holds, but this answer to the challenge was accepted before"},
    {"payload-not-run", "the program was never started"},
    {"arguments-unexpected", "every test holds, but the program got {o}, and you expect {e}"},
    {"launcher-unexpected", "every test holds, but the launcher {o} is not in the list of --launchers"},
    {"exit-unexpected", "every test holds, but the program ended with {o}, and you expect {e}"},
    {"input-unexpected",
     "every test holds, but the run did not read the input {w} as it is now. Manifest now: {e}; then: {o}"},
    {"policy-arguments", "every test holds, but the program got {o}, and the policy accepts {e}"},
    {"policy-exit", "every test holds, but the program ended with {o}, and the policy accepts {e}"},
    {"policy-input", "every test holds, but the run read the input {o}, and the policy accepts {e}"},
    {"policy-program", "every test holds, but the program is {o}, and the policy accepts {e}"},
    {"program-unexpected", "every test holds, but the program is {o}, and you expect {e}"},
    {"policy-key", "the policy does not list the key that signed, {o}"},
    {"policy-unsafe", "every test holds, but the profile widened the cell with {o}, and the policy accepts {e}"},
    {"policy-venue", "every test holds, but the run was made in the venue {o}, and the policy accepts {e}"},
    {"run-faulted", "the run ended before the program could start: {o}"},
});

/// A value of the evidence as a part of a sentence.
std::string shown(std::string_view value) {
  constexpr std::size_t kMost = 160;
  return text::shortened(short_digests(text::escaped(value)), kMost);
}

std::string filled(std::string_view sentence, const judge::Finding& finding) {
  std::string out;
  for (std::size_t i = 0; i < sentence.size(); ++i) {
    const std::string_view rest = sentence.substr(i);
    if (rest.starts_with("{w}")) {
      out += shown(finding.where);
    } else if (rest.starts_with("{e}")) {
      out += shown(finding.expected);
    } else if (rest.starts_with("{o}")) {
      out += shown(finding.observed);
    } else {
      out += rest.front();
      continue;
    }
    i += 2;
  }
  return out;
}

std::string details(const judge::Finding& finding) {
  std::string out = ". Expected: " + shown(finding.expected) + "; found: " + shown(finding.observed);
  if (!finding.where.empty()) out += " (" + shown(finding.where) + ")";
  return out;
}

/// A run that claims more than the packet is the most frequent reason for a REJECTED that nothing is wrong with.
std::string unasked(const evidence::Statement& statement) {
  const auto stages = evidence::stages_of(statement);
  const auto more = std::ranges::find_if(
      stages, [](const evidence::Evidence* stage) { return judge::claim_of(*stage).profile != judge::kPacket; });
  const judge::Claim claim = judge::claim_of(more == stages.end() ? statement.predicate : **more);
  const std::string profile = text::escaped(claim.profile);
  return "every test of the acceptance profile " + profile + " holds, but you accept only packet. `--accept " +
         profile + "` accepts this run, in which " + judge::gifts_text(claim.gifts);
}

}  // namespace

std::string reason_words(const verify::AttestationResult& result) {
  if (!result.cause) return text::escaped(result.reason);
  const judge::Finding& finding = *result.cause;
  if (result.failed_test) {
    const bool open = result.verdict == verify::Verdict::kRejected;
    return "test #" + std::to_string(*result.failed_test) + " (" +
           std::string(judge::test_of(*result.failed_test).boundary) +
           (open ? ") does not hold: " : ") is not proved: ") + std::string(finding.code.when()) + details(finding);
  }
  if (finding.code == judge::Reason("acceptance-not-asked") && result.statement) return unasked(*result.statement);
  const auto* const sentence = std::ranges::find(kSentences, finding.code, &Sentence::code);
  if (sentence != kSentences.end()) return filled(sentence->text, finding);
  // Without a statement nothing was compared: the finding says itself what is wrong.
  if (!result.statement) return shown(finding.observed);
  return std::string(finding.code.when()) + details(finding);
}

}  // namespace immure::render
