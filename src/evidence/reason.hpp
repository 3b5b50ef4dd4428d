/// The reason codes, with which a verdict says why the verifier did not accept evidence. docs/reason-codes.md is for
/// readers of verdicts and has the same codes and sentences; a test compares both.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace immure::evidence {

struct ReasonRow {
  std::string_view code;
  std::string_view when;
};

/// All reason codes, sorted. A code never changes its meaning.
inline constexpr auto kReasons = std::to_array<ReasonRow>({
    {"acceptance-not-asked", "every test holds, but the run claims an acceptance profile that was not asked for"},
    {"acceptance-unknown", "the acceptance profile is not known here, or does not fit what the run gives its program"},
    {"accepted", "the evidence is authentic and complete, and every required test holds"},
    {"answer-contradicts", "a probe has a result beside an errno, or an effect that does not exist"},
    {"architecture-unknown", "the evidence is of a machine whose catalogue of probes this verifier does not have"},
    {"arguments-unexpected", "every test holds, but the program had other arguments than expected (`--expect-args`)"},
    {"artifact-differs", "an output is not a regular file, or is not the file that was signed"},
    {"artifact-extra", "the output directory does not hold exactly the files that were signed"},
    {"artifact-kind", "an output is not a regular file, or is not the file that was signed"},
    {"artifact-missing", "the output directory does not hold exactly the files that were signed"},
    {"artifacts-unreadable", "the output directory cannot be read"},
    {"audience-mismatch", "the evidence was made for another audience"},
    {"capability-held", "a privilege is left, or can be gained"},
    {"catalogue-unknown", "the probes are of an edition that this verifier does not know on that machine"},
    {"challenge-expired", "the time of the challenge is over"},
    {"challenge-later", "the run began before the challenge was issued"},
    {"challenge-unusable", "the file of `--challenge` is no challenge"},
    {"container-shared", "a namespace, or the name, belongs to a container that ran beside the cell"},
    {"control-missing", "the control was denied too, or there is no control"},
    {"core-memory", "a core dump would contain memory"},
    {"core-pattern-unseen", "immure did not look where the host's core dumps go"},
    {"core-socket", "a core dump would go to a socket of the host"},
    {"descriptor-held", "the program has a descriptor or a terminal that it must not have"},
    {"edition-older", "every test holds, but by an earlier edition than is accepted ([policy.md](policy.md))"},
    {"envelope-malformed", "the file is not one envelope in canonical JSON"},
    {"environment-differs", "the environment does not have exactly the declared variables"},
    {"environment-malformed", "the environment has an entry without a valid name"},
    {"environment-secret", "a variable's name looks like the name of a credential"},
    {"environment-unseen", "the environment was not observed"},
    {"evidence-future", "the evidence is from the future"},
    {"evidence-malformed", "a value is one that immure never writes"},
    {"evidence-stale", "the evidence is older than asked for"},
    {"evidence-unreadable", "the evidence file is missing, a link, not a regular file, or too large"},
    {"exit-unexpected", "every test holds, but the program ended otherwise than expected (`--expect-exit`)"},
    {"filter-count", "the number of seccomp filters on the program is not what the plan loads"},
    {"filter-foreign", "the filter allows calls of another table than the machine's own"},
    {"filter-missing", "there is no seccomp filter"},
    {"filter-passed", "another layer answered a call that the filter does not allow, so the filter let the call pass"},
    {"fixed-file-differs", "the path of a fixed file leads to something else, such as a file of the host"},
    {"fixed-file-extra", "/proc or /sys of the image holds something else than fixed files"},
    {"fixed-files-unseen", "the fixed files of the image were not observed, or the evidence lacks what they depend on"},
    {"groups-held", "the program inherited groups of root"},
    {"image-changed", "the image after the run differs from the image before the run"},
    {"image-unseen", "the state of the image was not observed"},
    {"input-changed", "the input after the run differs from the input before the run"},
    {"input-contradicts", "something was left out of an input that is no copy"},
    {"input-not-held", "nothing says that the input that was hashed is the input that the program read"},
    {"input-unbound", "the input has no digest"},
    {"input-unexpected", "every test holds, but the run read another input than the one at hand (`--input`)"},
    {"input-unreadable", "the input at hand (`--input`) cannot be read"},
    {"input-unseen", "the state of the input was not observed"},
    {"internal", "immure itself has a bug"},
    {"key-id-mismatch", "the envelope's hint names another key than the one that verified"},
    {"key-missing", "no key was given"},
    {"key-unusable", "the key cannot be read as a public key for Ed25519 or ECDSA P-256"},
    {"landlock-missing", "the host had no Landlock"},
    {"launcher-unexpected", "every test holds, but no launcher of the list (`--launchers`) made the evidence"},
    {"launchers-unusable", "the file of `--launchers` is no list of digests; the message names the line"},
    {"limit-differs", "a limit is not as declared"},
    {"limit-missing", "a limit that each cell has is missing, or is not enforced by the means that it should be"},
    {"log-missing", "the log (`--log`) does not have the evidence"},
    {"log-unusable", "the log or the proof (`--log`) cannot be read, was changed, or is of another key or evidence"},
    {"matrix-mismatch", "the evidence was made for another acceptance matrix"},
    {"mount-doubled", "the mount table does not have exactly the image, /in and /out"},
    {"mount-extra", "the mount table does not have exactly the image, /in and /out"},
    {"mount-flags", "a mount is not as it must be: its place, its options, read-only"},
    {"mount-missing", "the mount table does not have exactly the image, /in and /out"},
    {"mount-table", "a mount is not as it must be: its place, its options, read-only"},
    {"mount-writable", "a mount is not as it must be: its place, its options, read-only"},
    {"namespace-shared", "a namespace is the host's"},
    {"neighbours-missing",
     "immure did not look for other containers on the host, or did not compare a container's mounts"},
    {"network-interface", "there is an interface, route or address that must not be"},
    {"network-table", "there is an interface, route or address that must not be"},
    {"nonce-malformed", "the nonce in the evidence is not a nonce"},
    {"nonce-mismatch", "the evidence has another nonce"},
    {"nonce-missing", "the evidence has no nonce"},
    {"nonce-request", "the nonce that was asked for is not a nonce"},
    {"nonce-used", "every test holds, but this answer was accepted before (`--state`)"},
    {"observer-answers", "the observer's filter can do more than notify, or somebody answered a call for the kernel"},
    {"observer-missing", "the observer was not notified of a call, or the observer's filter is not in the evidence"},
    {"oom-score", "when memory runs out, the kernel would end other processes of the host before the cell's"},
    {"outer-walls", "a venue's walls lack a namespace, a read-only root or a filter, or leave a privilege"},
    {"outer-walls-missing", "a venue's walls were not observed, or stand around a cell whose venue has none"},
    {"output-control", "the allowed way to write to /out was not seen to work"},
    {"output-foreign", "/out, or the directory for temporary files, held something that the cell did not make"},
    {"output-not-empty", "/out was not empty at the start"},
    {"output-read", "the secret that was planted in /out came back"},
    {"output-shared", "somebody outside of the cell has the file system of /out"},
    {"output-unseen", "what lay in /out was not observed"},
    {"payload-contradicts", "what the evidence says about the program's end contradicts itself"},
    {"payload-not-run", "the program was never started"},
    {"payload-type", "the payload type of the envelope is not in-toto's"},
    {"personality-inherited", "address randomisation was off for the program"},
    {"policy-arguments", "every test holds, but the policy does not accept these arguments"},
    {"policy-exit", "every test holds, but the policy does not accept how the program ended"},
    {"policy-image", "every test holds, but the policy does not accept this image"},
    {"policy-input", "every test holds, but the policy does not accept this input"},
    {"policy-key", "the policy does not list the key that signed"},
    {"policy-key-role", "the policy does not list the key as an attester's"},
    {"policy-key-validity", "the policy does not list the key for the time of the run and for now"},
    {"policy-launcher", "every test holds, but the policy does not accept this launcher"},
    {"policy-limits", "every test holds, but the policy does not accept how memory and processes were limited"},
    {"policy-profile", "every test holds, but the policy does not accept this profile"},
    {"policy-program", "every test holds, but the policy does not accept this program"},
    {"policy-test", "a test that the policy names was not asked for, or does not hold"},
    {"policy-unsafe", "every test holds, but the policy does not accept these `unsafe_` keys"},
    {"policy-unusable", "the file of `--policy` is no policy; the message names the place and the key"},
    {"policy-venue", "every test holds, but the policy does not accept this venue"},
    {"predicate-type", "the statement or its predicate is of another version"},
    {"privileges-gained", "a privilege is left, or can be gained"},
    {"probe-killed", "a probe ended by a signal, and the signal is not its expected end"},
    {"probe-leaked", "the call succeeded, or its forbidden effect was seen"},
    {"probe-not-run", "a probe was not tried"},
    {"probe-weak", "the call failed, but not because the wall that should have denied the call did so"},
    {"probes-inconsistent", "a probe is missing, doubled, unknown, reordered or renamed; then no probe counts"},
    {"probes-missing", "there are no probes"},
    {"process-namespace", "the payload is not in a pid namespace of its own"},
    {"program-unexpected", "every test holds, but the run was of another program than expected (`--expect-program`)"},
    {"root-outside", "the root or working directory is not the cell's"},
    {"run-faulted", "the run ended before its gate"},
    {"scratch-missing", "the directory for temporary files was not there as the run claims"},
    {"seccomp-off", "no filter is in force"},
    {"securebits-open", "securebits or setgroups leave a way to a privilege"},
    {"setgroups-open", "securebits or setgroups leave a way to a privilege"},
    {"shared-memory", "memory that belongs to no process is allowed without a control group, or denied with one"},
    {"signals-inherited", "the program inherited ignored or blocked signals"},
    {"signature-count", "there is not exactly one signature"},
    {"signature-invalid", "none of the given keys made the signature"},
    {"signature-malformed", "the signature is neither 64 bytes nor DER with the smaller s, in strict base64"},
    {"signature-missing", "there is no signature"},
    {"socket-held", "the payload has a socket"},
    {"stage-shared", "two stages of a pipeline have the same namespace"},
    {"stages-contradict", "the stages of a pipeline are not one pipeline, or what they say about a pipe differs"},
    {"state-unusable", "the file of `--state` cannot be read or locked"},
    {"state-unwritten", "the acceptance could not be written to the file of `--state`"},
    {"statement-malformed", "the statement is not the JSON of this format"},
    {"statement-type", "the statement or its predicate is of another version"},
    {"subject-missing", "the statement has no subject"},
    {"subject-name", "a name of a subject leaves the output directory"},
    {"terminal-held", "the program has a descriptor or a terminal that it must not have"},
    {"time-malformed", "a time is not a UTC time of the calendar"},
    {"time-order", "the run finished before it started"},
    {"transcript-count", "the hash chain over the records does not fit the records"},
    {"transcript-head", "the hash chain over the records does not fit the records"},
    {"unsafe-unknown", "this verifier does not know a key by which the profile widened the cell"},
    {"user-ids", "the user or group ids are not one and the same, or are 0"},
    {"venue-unknown", "this verifier does not know the venue"},
    {"verifier-open", "the verifier could not sandbox itself"},
    {"walls-open", "mounts and credentials alone did not answer as demanded"},
    {"witness-contradicts", "a witness contradicts itself"},
    {"witness-disagrees", "the witnesses inside and outside saw different things"},
    {"witness-missing", "the observation from inside or from outside is missing"},
});
static_assert(std::ranges::is_sorted(kReasons, {}, &ReasonRow::code));

/// One of kReasons. The compiler turns the literal of a code into a Reason, and accepts no code that the table does not
/// have. So the source says a code in the words that verdicts and documents use.
class Reason {
 public:
  /// `internal`, which a verdict has until something else is found.
  constexpr Reason() : index_(static_cast<std::uint8_t>(found("internal").value())) {}
  template <std::size_t Size>
  consteval Reason(const char (&code)[Size])  // NOLINT(google-explicit-constructor): see above
      : index_(static_cast<std::uint8_t>(found({code, Size - 1}).value())) {}

  /// The reason with this code, if there is one.
  [[nodiscard]] static constexpr std::optional<Reason> named(std::string_view code) {
    const auto index = found(code);
    if (!index) return std::nullopt;
    Reason reason;
    reason.index_ = static_cast<std::uint8_t>(*index);
    return reason;
  }
  [[nodiscard]] constexpr std::string_view text() const { return kReasons[index_].code; }
  /// Says in words when a verdict has this reason.
  [[nodiscard]] constexpr std::string_view when() const { return kReasons[index_].when; }

  friend constexpr bool operator==(Reason, Reason) = default;

 private:
  static constexpr std::optional<std::size_t> found(std::string_view code) {
    const auto row = std::ranges::lower_bound(kReasons, code, {}, &ReasonRow::code);
    if (row == kReasons.end() || row->code != code) return std::nullopt;
    return static_cast<std::size_t>(row - kReasons.begin());
  }

  std::uint8_t index_;
  static_assert(kReasons.size() <= 256);
};

}  // namespace immure::evidence
