/// The options of each command, for the table alone.
#pragma once

#include <array>

#include "attest/engine/venue_names.hpp"
#include "cli/choice_text.hpp"
#include "cli/command.hpp"
#include "cli/verify_formats.hpp"
#include "inspect/option_table.hpp"

namespace immure::cli::options {

inline constexpr std::string_view kVenueChoice = ChoiceText<attest::venue::kNames>::kText;
inline constexpr auto kNameOfFormat = [](const VerifyFormat& format) { return format.name; };
inline constexpr std::string_view kFormatChoice = ChoiceText<kVerifyFormats, kNameOfFormat>::kText;

inline constexpr Option kIn{.name = "in", .argument = "DIR", .help = "the input, read-only at /in"};
inline constexpr Option kKey{.name = "key", .argument = "FILE", .help = "private key that signs the evidence"};
inline constexpr Option kChallenge{
    .name = "challenge", .argument = "FILE", .help = "the verifier's challenge, made by `immure challenge`"};
inline constexpr Option kNonce{
    .name = "nonce", .argument = "N", .help = "instead of a challenge: 32 random bytes in base64url"};
inline constexpr Option kAudience{
    .name = "audience", .argument = "NAME", .help = "name of the verifier whom the evidence is for"};
inline constexpr Option kTimeout{
    .name = "timeout", .argument = "TIME", .help = "wall-clock limit: 90s, 5m, 1h; a bare number: seconds"};
inline constexpr Option kVenue{.name = "venue", .argument = kVenueChoice, .help = "what builds the walls [auto]"};
inline constexpr Option kRuntime{
    .name = "runtime", .argument = "NAME", .help = "OCI runtime of podman, docker, oci: runc, crun [own]"};
inline constexpr Option kVerbose{.name = "verbose", .letter = 'v', .help = "say what immure found and decided"};

inline constexpr Option kProfileName{
    .name = "profile", .argument = "NAME|FILE", .help = "limits, environment, filter [chosen by the program]"};
inline constexpr Option kEnvironment{
    .name = "env", .argument = "K=V", .help = "a variable for the program, which gets no other", .repeatable = true};

inline constexpr auto kCommon = std::to_array<Option>({
    {.name = "json", .help = "results as JSON on standard output"},
    {.name = "help", .letter = 'h', .help = "this text"},
});

inline constexpr Option kNoEvidence{.name = "no-evidence", .help = "run all probes and the gate, but sign nothing"};
inline constexpr std::string_view kReplaceHelp = "replace evidence that exists already";
inline constexpr Option kRootfs{
    .name = "rootfs", .argument = "DIR", .help = "a root directory of your own instead of a packed one"};
inline constexpr Option kCapture{.name = "capture", .help = "digest the program's stdout and stderr into the evidence"};
inline constexpr Option kStage{.name = "stage", .help = "copy the input without its FIFOs, sockets, devices"};

inline constexpr auto kRun = std::to_array<Option>({
    kIn,
    {.name = "out", .argument = "DIR", .help = "the output, write-only at /out; empty or not there yet"},
    kKey,
    {.name = "evidence", .argument = "FILE", .help = "where the evidence goes [OUT.evidence.json]"},
    {.name = "replace", .help = kReplaceHelp},
    kNoEvidence,
    kProfileName,
    kRootfs,
    kChallenge,
    kNonce,
    kAudience,
    kEnvironment,
    kTimeout,
    kVenue,
    kRuntime,
    kCapture,
    kStage,
    {.name = "dry-run", .help = "print the plan, start nothing"},
    kVerbose,
});

inline constexpr auto kBatch = std::to_array<Option>({
    {.name = "in", .argument = "DIR", .help = "each directory in it is the input of a run"},
    {.name = "out", .argument = "DIR", .help = "for each input NAME and NAME.evidence.json; empty or new"},
    kKey,
    kNoEvidence,
    {.name = "jobs", .letter = 'j', .argument = "N", .help = "runs at once, 1 to 64 [one for each processor]"},
    kProfileName,
    kRootfs,
    kEnvironment,
    kTimeout,
    kVenue,
    kRuntime,
    kCapture,
    kStage,
    kVerbose,
});

/// An option that `immure inspect` hands on to the inspector.
consteval Option of_inspector(std::string_view name, bool aside = false) {
  const inspect::OptionText& text = inspect::option_text(name);
  return {
      .name = text.name, .argument = text.argument, .help = text.help, .repeatable = text.repeatable, .aside = aside};
}

inline constexpr auto kInspect = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "DIR", .help = "where the report goes; empty or not there yet"},
    kKey,
    {.name = "evidence", .argument = "FILE", .help = "where the evidence goes [REPORT.evidence.json]"},
    {.name = "replace", .help = kReplaceHelp},
    kNoEvidence,
    kChallenge,
    kNonce,
    kAudience,
    of_inspector("fail-on"),
    of_inspector("rules"),
    of_inspector("secrets"),
    of_inspector("baseline"),
    of_inspector("against"),
    of_inspector("inventory"),
    of_inspector("limit"),
    of_inspector("list-rules", true),
    kTimeout,
    kVenue,
    kRuntime,
    kVerbose,
});

inline constexpr Option kTrusted{
    .name = "key", .letter = 'k', .argument = "FILE", .help = "a public key you trust", .repeatable = true};
inline constexpr Option kPolicy{
    .name = "policy", .argument = "FILE", .help = "which keys, profiles, images and launchers are accepted"};
inline constexpr Option kAnswered{
    .name = "challenge", .argument = "FILE", .help = "the challenge that the evidence must answer in time"};
inline constexpr Option kExpectedNonce{
    .name = "nonce", .argument = "N", .help = "instead of a challenge: the evidence's nonce"};
inline constexpr Option kExpectedAudience{
    .name = "audience", .argument = "NAME", .help = "the audience that the evidence must name"};
inline constexpr Option kArtifacts{
    .name = "artifacts", .argument = "DIR", .help = "the outputs: all must be there, unchanged, and no others"};
inline constexpr Option kMaxAge{
    .name = "max-age", .argument = "TIME", .help = "how old the run may be: 10m, 24h, 7d [any age]"};

inline constexpr Option kOldestEdition{
    .name = "oldest-edition", .argument = "N", .help = "of the probes, that is taken [the present one]"};

inline constexpr auto kVerify = std::to_array<Option>({
    kTrusted,
    kPolicy,
    kAnswered,
    {.name = "state", .argument = "FILE", .help = "where accepted challenges are kept: each counts once"},
    kExpectedNonce,
    kExpectedAudience,
    kArtifacts,
    kMaxAge,
    kOldestEdition,
    {.name = "format", .argument = kFormatChoice, .help = "of the result [text]"},
    {.name = "sign-result", .argument = "FILE", .help = "where the result goes as a signed in-toto statement"},
    {.name = "result-key", .argument = "FILE", .help = "the verifier's own private key, which signs it"},
    {.name = "result-type", .argument = "vsa|test-result", .help = "SLSA summary or in-toto test result [vsa]"},
});

inline constexpr auto kReport = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "where the page goes; an older one is replaced"},
    kTrusted,
    kPolicy,
    kAnswered,
    kExpectedNonce,
    kExpectedAudience,
    kArtifacts,
    kMaxAge,
    kOldestEdition,
});

inline constexpr auto kDiff = std::to_array<Option>({
    {.name = "key",
     .letter = 'k',
     .argument = "FILE",
     .help = "a public key: both signatures must verify with one of them",
     .repeatable = true},
    {.name = "all", .help = "also what differs between any two runs: ids, times, usage"},
});

inline constexpr auto kChallengeOptions = std::to_array<Option>({
    {.name = "audience", .argument = "WHO", .help = "your name as the verifier, for the answer"},
    {.name = "valid", .argument = "TIME", .help = "how long an answer is accepted: 90s, 10m, 7d [10m]"},
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "where the challenge goes; must not exist"},
});

inline constexpr auto kBundle = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "where the bundle goes; an older one is replaced"},
});

inline constexpr auto kKeygen = std::to_array<Option>({
    {.name = "type", .argument = "ed25519|p256", .help = "ECDSA P-256 where Ed25519 is not known [ed25519]"},
});

inline constexpr auto kPack = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "DIR", .help = "the image directory, which must not exist"},
    {.name = "include", .argument = "PATH", .help = "a file or directory that goes in too", .repeatable = true},
});

inline constexpr auto kExport = std::to_array<Option>({
    kProfileName,
    kTimeout,
    kEnvironment,
    {.name = "image", .argument = "NAME", .help = "kubernetes: image that was made of a bundle's rootfs"},
    {.name = "name", .argument = "NAME", .help = "kubernetes: name of the namespace and all in it [immure]"},
    {.name = "runtime-class", .argument = "NAME", .help = "kubernetes: name of a RuntimeClass of the nodes"},
});

inline constexpr auto kCi = std::to_array<Option>({
    {.name = "url", .argument = "URL", .help = "where the runner gets this very program; required"},
    {.name = "in", .argument = "DIR", .help = "the input, in the repository [drop]"},
});

inline constexpr auto kPacket = std::to_array<Option>({
    kIn,
    {.name = "out", .argument = "DIR", .help = "the output, write-only at /out"},
    {.name = "key", .argument = "FILE", .help = "private key that will sign the evidence [host.key]"},
    kProfileName,
    kEnvironment,
    kTimeout,
    {.name = "runtime", .argument = "NAME", .help = "OCI runtime of podman, docker, oci: runc, crun [each]"},
    {.name = "format", .argument = "markdown|html", .help = "of the packet [markdown]"},
});

inline constexpr auto kDoctor = std::to_array<Option>({
    {.name = "venue", .argument = kVenueChoice, .help = "look at it alone [each]"},
    {.name = "runtime", .argument = "NAME", .help = "OCI runtime of podman, docker, oci: runc, crun [each]"},
});

inline constexpr auto kProbe = std::to_array<Option>({
    {.name = "list", .help = "try nothing: what each probe tries, and the test it proves"},
    {.name = "all", .help = "each probe with its answer, not the sums alone"},
    {.name = "require", .argument = "NAME,...", .help = "names or tests: exit 0: hold; 1: do not; 3: untestable"},
    {.name = "format",
     .argument = "text|json|junit|html|markdown",
     .help = "output format; with --list: text, json or markdown"},
});

inline constexpr auto kProfile = std::to_array<Option>({
    {.name = "syscalls", .help = "with show: the system calls that its filter lets through"},
});

}  // namespace immure::cli::options
