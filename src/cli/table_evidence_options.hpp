/// The options of the commands that read or sign evidence, for the table alone.
#pragma once

#include <array>

#include "cli/table_options.hpp"

namespace immure::cli::options {

inline constexpr Option kTrusted{
    .name = "key", .letter = 'k', .argument = "FILE", .help = "public key that you trust", .repeatable = true};
inline constexpr Option kPolicy{
    .name = "policy", .argument = "FILE", .help = "policy: keys, profiles, images and launchers to accept"};
inline constexpr Option kAnswered{
    .name = "challenge", .argument = "FILE", .help = "challenge that the evidence must answer in time"};
inline constexpr Option kExpectedNonce{
    .name = "nonce", .argument = "N", .help = "nonce of the evidence, instead of --challenge"};
inline constexpr Option kExpectedAudience{
    .name = "audience", .argument = "NAME", .help = "audience that the evidence must name"};
inline constexpr Option kArtifacts{
    .name = "artifacts", .argument = "DIR", .help = "directory that must hold exactly the signed outputs"};
inline constexpr Option kMaxAge{
    .name = "max-age", .argument = "TIME", .help = "greatest age of the run: 10m, 24h, 7d [any age]"};

inline constexpr Option kOldestEdition{
    .name = "oldest-edition", .argument = "N", .help = "oldest edition of the probes to accept [the present one]"};

inline constexpr Option kAccept{.name = "accept",
                                .argument = "packet|work|build",
                                .help = "acceptance profile to accept besides packet",
                                .repeatable = true};

inline constexpr Option kInputAtHand{.name = "input",
                                     .argument = "PATH",
                                     .help = "input at hand, as for run --in; it must be the run's",
                                     .repeatable = true};
inline constexpr Option kExpectProgram{
    .name = "expect-program", .argument = "NAME", .help = "path, name or SHA-256 of the program of the run"};
inline constexpr Option kExpectArgs{
    .name = "expect-args", .argument = "TEXT", .help = "all arguments of the program, quoted as for a shell"};
inline constexpr Option kLaunchers{
    .name = "launchers", .argument = "FILE", .help = "digests of the immure programs to accept, as SHA256SUMS"};
inline constexpr Option kExpectExit{
    .name = "expect-exit", .argument = "N", .help = "exit code with which the program must have ended"};

inline constexpr auto kVerify = std::to_array<Option>({
    kTrusted,
    kPolicy,
    kAnswered,
    {.name = "state", .argument = "FILE", .help = "file that remembers challenges: each is accepted once"},
    kExpectedNonce,
    kExpectedAudience,
    kArtifacts,
    kMaxAge,
    kOldestEdition,
    kAccept,
    kInputAtHand,
    kExpectProgram,
    kExpectArgs,
    kExpectExit,
    kLaunchers,
    {.name = "log", .argument = "DIR|FILE", .help = "log that must have the evidence, or a proof of it"},
    {.name = "log-key", .argument = "FILE", .help = "public key of the log"},
    {.name = "format", .argument = kFormatChoice, .help = "result format [text]"},
    {.name = "verbose", .letter = 'v', .help = "also print each test and what it found"},
    {.name = "quiet", .letter = 'q', .help = "print nothing; the exit code is the answer"},
    {.name = "sign-result", .argument = "FILE", .help = "file for the result, as a signed in-toto statement"},
    {.name = "result-key", .argument = "FILE", .help = "private key of the verifier, for --sign-result"},
    {.name = "result-type", .argument = "vsa|test-result", .help = "SLSA summary or in-toto test result [vsa]"},
});

inline constexpr auto kBatchVerify = std::to_array<Option>({
    kTrusted,
    kPolicy,
    kExpectedAudience,
    kMaxAge,
    kOldestEdition,
    kAccept,
    kExpectProgram,
    kExpectArgs,
    kExpectExit,
    kLaunchers,
    {.name = "format", .argument = "text|json|junit|html", .help = "result format [text]"},
    {.name = "verbose", .letter = 'v', .help = "also list the runs that are ACCEPTED"},
    {.name = "quiet", .letter = 'q', .help = "print nothing; the exit code is the answer"},
});

inline constexpr auto kReport = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "file for the page; an existing one is replaced"},
    kTrusted,
    kPolicy,
    kAnswered,
    kExpectedNonce,
    kExpectedAudience,
    kArtifacts,
    kMaxAge,
    kOldestEdition,
    kAccept,
    kInputAtHand,
    kExpectProgram,
    kExpectArgs,
    kExpectExit,
    kLaunchers,
});

inline constexpr auto kDiff = std::to_array<Option>({
    {.name = "key",
     .letter = 'k',
     .argument = "FILE",
     .help = "public key; one of them must verify both signatures",
     .repeatable = true},
    {.name = "all", .help = "also show what always differs: ids, times, usage"},
});

inline constexpr auto kShow = std::to_array<Option>({
    {.name = "key",
     .letter = 'k',
     .argument = "FILE",
     .help = "public key; one of them must verify the signature",
     .repeatable = true},
});

inline constexpr auto kChallengeOptions = std::to_array<Option>({
    {.name = "audience", .argument = "WHO", .help = "your name as the verifier, which the evidence must name"},
    {.name = "valid", .argument = "TIME", .help = "how long an answer is accepted: 90s, 10m, 7d [10m]"},
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "file for the challenge; must not exist"},
});

inline constexpr auto kLog = std::to_array<Option>({
    {.name = "key", .letter = 'k', .argument = "FILE", .help = "key of the log; add needs the private key"},
    {.name = "origin", .argument = "NAME", .help = "name of a new log, such as example.com/runs"},
    {.name = "since", .argument = "FILE", .help = "earlier checkpoint, which verify compares"},
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "file for the proof; an existing one is replaced"},
});

inline constexpr auto kBundle = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "file for the bundle; an existing one is replaced"},
});

inline constexpr auto kKeygen = std::to_array<Option>({
    {.name = "type", .argument = "ed25519|p256", .help = "kind of key; p256 is ECDSA [ed25519]"},
});

}  // namespace immure::cli::options
