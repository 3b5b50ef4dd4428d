/// The options of each command, for the table alone.
#pragma once

#include <algorithm>
#include <array>

#include "attest/engine/venue_names.hpp"
#include "cli/choice_text.hpp"
#include "cli/command.hpp"
#include "cli/explain/unused_options.hpp"
#include "cli/verify_formats.hpp"
#include "inspect/option_table.hpp"

namespace immure::cli::options {

inline constexpr std::string_view kVenueChoice = ChoiceText<attest::venue::kNames>::kText;
inline constexpr auto kNameOfFormat = [](const VerifyFormat& format) { return format.name; };
inline constexpr std::string_view kFormatChoice = ChoiceText<kVerifyFormats, kNameOfFormat>::kText;

inline constexpr Option kIn{.name = "in", .argument = "DIR", .help = "input directory, read-only at /in"};
inline constexpr Option kKey{.name = "key", .argument = "FILE", .help = "private key that signs the evidence"};
inline constexpr Option kSigner{
    .name = "signer", .argument = "COMMAND", .help = "command that signs; --key is then its public key"};
inline constexpr Option kChallenge{
    .name = "challenge", .argument = "FILE", .help = "challenge to answer, made by `immure challenge`"};
inline constexpr Option kNonce{
    .name = "nonce", .argument = "N", .help = "32 random bytes in base64url, instead of --challenge"};
inline constexpr Option kAudience{
    .name = "audience", .argument = "NAME", .help = "name of the verifier that the evidence is for"};
inline constexpr Option kTimeout{
    .name = "timeout", .argument = "TIME", .help = "time limit such as 90s, 5m or 1h [from the profile]"};
inline constexpr Option kVenue{.name = "venue", .argument = kVenueChoice, .help = "what builds the walls [auto]"};
inline constexpr Option kRuntime{
    .name = "runtime", .argument = "NAME", .help = "OCI runtime of podman, docker or oci [its default]"};
inline constexpr Option kVerbose{.name = "verbose", .letter = 'v', .help = "report what immure found and decided"};

inline constexpr Option kProfileName{
    .name = "profile", .argument = "NAME|FILE", .help = "limits, environment, filter [chosen for the program]"};
inline constexpr Option kCatalogue{
    .name = "catalogue", .argument = "FILE", .help = "further programs that get an option, besides the known ones"};
inline constexpr Option kEnvironment{
    .name = "env", .argument = "K=V", .help = "set a variable for the program", .repeatable = true};

inline constexpr auto kCommon = std::to_array<Option>({
    {.name = "json", .help = "print results as JSON on standard output"},
    {.name = "help", .letter = 'h', .help = "print this text"},
});

inline constexpr Option kNoEvidence{.name = "no-evidence", .help = "run all probes and the gate, but sign nothing"};
inline constexpr std::string_view kReplaceHelp = "replace evidence that already exists";
inline constexpr Option kRootfs{
    .name = "rootfs", .argument = "DIR", .help = "your own root directory instead of a packed image"};
inline constexpr Option kImageName{
    .name = "image", .argument = "IMAGE", .help = "container image, oci:DIR[:TAG] or docker-archive:FILE"};
inline constexpr Option kClosure{
    .name = "closure", .argument = "package|elf", .help = "which files to pack with the program [package]"};
inline constexpr Option kPackage{
    .name = "package", .argument = "NAME", .help = "installed package to add to the image", .repeatable = true};
inline constexpr Option kInclude{.name = "include",
                                 .argument = "PATH",
                                 .help = "file or directory to add to the image, as /app/NAME",
                                 .repeatable = true};
inline constexpr Option kCapture{.name = "capture", .help = "add digests of stdout and stderr to the evidence"};
inline constexpr Option kFailOnRefused{.name = "fail-on-refused",
                                       .help = "exit 5 if the cell refused a write of the program [exit 0]"};
inline constexpr Option kNoObserver{.name = "no-observer", .help = "do not note which writes could not succeed"};
inline constexpr Option kStage{.name = "stage", .help = "copy the input, without FIFOs, sockets and devices"};

inline constexpr Option kTmp{
    .name = "tmp", .argument = "SIZE", .help = "directory /tmp for temporary files, such as 256MiB [none]"};
inline constexpr Option kReadBack{.name = "read-back", .help = "let the program read what it wrote to /out"};
inline constexpr Option kSocketPairs{.name = "socket-pairs", .help = "let the program make unnamed pairs of sockets"};
inline constexpr Option kUntrustedCommand{.name = "untrusted-command",
                                          .help = "pack no file that an argument names; choose no unsafe profile"};
inline constexpr Option kPipe{
    .name = "pipe", .argument = "WORD", .help = "word between the programs of a pipeline [|]"};
inline constexpr Option kExec{.name = "exec",
                              .argument = "NAME|image",
                              .help = "program of the image that the program may start, or all",
                              .repeatable = true};
inline constexpr Option kStrict{.name = "strict", .help = "refuse a run that needs --accept to verify"};

/// The first option of a group.
consteval Option headed(std::string_view heading, Option option) {
  option.heading = heading;
  return option;
}

inline constexpr std::string_view kFiles = "Files and streams", kProgram = "The program and its image",
                                  kSigned = "Evidence", kMore = "Walls and messages";

inline constexpr Option kNoConfig{.name = "no-config", .help = "read no configuration file"};
inline constexpr Option kAudit{
    .name = "audit", .argument = "FILE|journald|syslog", .help = "log that gets one line about each run, as JSON"};

inline constexpr auto kRun = std::to_array<Option>({
    headed(kFiles, {.name = "in",
                    .argument = "PATH",
                    .help = "directory, file or NAME=PATH; read-only at or below /in",
                    .repeatable = true}),
    {.name = "out", .argument = "DIR", .help = "output directory, write-only at /out; empty or new"},
    {.name = "stdin", .argument = "FILE|-", .help = "what the program reads as standard input [none]"},
    {.name = "stdout", .argument = "FILE", .help = "new file for what the program prints"},
    {.name = "workdir", .argument = "DIR", .help = "directory of the cell where the program starts [/]"},
    kTmp,
    kReadBack,
    {.name = "publish",
     .argument = "PATH",
     .help = "temporary file, such as /tmp/report, that becomes an output",
     .repeatable = true},
    {.name = "keep-times", .help = "give output files the times that they have in /out"},
    kStage,
    headed(kProgram, kProfileName),
    kCatalogue,
    kEnvironment,
    kTimeout,
    kPipe,
    kSocketPairs,
    kExec,
    kInclude,
    kPackage,
    kClosure,
    kRootfs,
    kImageName,
    kUntrustedCommand,
    headed(kSigned, kKey),
    kSigner,
    {.name = "evidence", .argument = "FILE", .help = "file for the evidence [OUT.evidence.json]"},
    kNoEvidence,
    {.name = "replace", .help = kReplaceHelp},
    kChallenge,
    kNonce,
    kAudience,
    kCapture,
    kStrict,
    headed(kMore, kVenue),
    kRuntime,
    {.name = "result", .argument = "FILE|fd:N", .help = "file or descriptor for the result as JSON"},
    kAudit,
    kNoConfig,
    kFailOnRefused,
    kNoObserver,
    {.name = "dry-run", .help = "print the plan and start nothing"},
    kVerbose,
});

inline constexpr Option kWrite{
    .name = "write", .argument = "FILE", .help = "new file for a profile that gives what can be given"};
/// The options of `run`, and kWrite. A user can put `explain` in the place of `run` in any command. The options that
/// explain accepts and does not use come last.
inline constexpr auto kExplain = [] {
  std::array<Option, kRun.size() + 1> options{};
  std::size_t count = 0;
  for (const bool unused : {false, true}) {
    std::string_view heading;
    for (Option option : kRun) {
      if (!option.heading.empty()) heading = option.heading;
      if (unused != (std::ranges::find(kUnusedByExplain, option.name) != kUnusedByExplain.end())) continue;
      option.heading = unused ? std::string_view() : heading;
      if (!unused) heading = {};
      options.at(count++) = option;
    }
    if (!unused) options.at(count++) = kWrite;
  }
  const auto* first = std::ranges::find(options, kUnusedByExplain.front(), &Option::name);
  options.at(static_cast<std::size_t>(first - options.begin())).heading = "Taken as `run` takes them, but not used";
  return options;
}();

inline constexpr auto kBatch = std::to_array<Option>({
    headed(kFiles, {.name = "in", .argument = "DIR", .help = "directory that holds one input directory for each run"}),
    {.name = "each", .argument = "GLOB", .help = "take these names of --in, files too, such as '*.pdf'"},
    {.name = "from", .argument = "FILE|-", .help = "list of inputs, a path in each line, instead of --in"},
    {.name = "as", .argument = "NAME", .help = "name below /in of an input that is a file [its own name]"},
    {.name = "name",
     .argument = "TEXT",
     .help = "name of each run, from {name}, {stem}, {ext}, {parent}, {n} [{name}]"},
    {.name = "out", .argument = "DIR", .help = "directory for outputs and their evidence; empty or new"},
    {.name = "resume", .help = "go on with the batch in --out, or begin if there is none"},
    kTmp,
    kReadBack,
    kStage,
    headed(kProgram, kProfileName),
    {.name = "inspect", .help = "inspect each input with immure-inspect, instead of a PROGRAM"},
    kCatalogue,
    kEnvironment,
    kTimeout,
    kPipe,
    kSocketPairs,
    kExec,
    kInclude,
    kPackage,
    kClosure,
    kRootfs,
    kImageName,
    headed(kSigned, kKey),
    kSigner,
    kNoEvidence,
    kCapture,
    kStrict,
    headed(kMore, kVenue),
    kRuntime,
    {.name = "jobs", .letter = 'j', .argument = "N", .help = "runs at the same time, 1 to 64 [one for each processor]"},
    {.name = "retry", .argument = "N", .help = "try a run that failed or was BLOCKED N more times [0]"},
    {.name = "max-failures", .argument = "N", .help = "start no more runs after N have failed [never stop]"},
    {.name = "print", .help = "print what the programs printed, each line behind its run's name"},
    kAudit,
    kNoConfig,
    kFailOnRefused,
    kNoObserver,
    kVerbose,
});

/// An option that `immure inspect` hands on to the inspector.
consteval Option of_inspector(std::string_view name) {
  const inspect::OptionText& text = inspect::option_text(name);
  return {.name = text.name, .argument = text.argument, .help = text.help, .repeatable = text.repeatable};
}

inline constexpr auto kInspect = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "DIR", .help = "directory for the report; empty or new"},
    kKey,
    kSigner,
    {.name = "evidence", .argument = "FILE", .help = "file for the evidence [REPORT.evidence.json]"},
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
    of_inspector("opaque"),
    of_inspector("limit"),
    of_inspector("list-rules"),
    {.name = "timeout", .argument = "TIME", .help = "time limit such as 90s, 5m or 1h [16m]"},
    kVenue,
    kRuntime,
    kAudit,
    kNoConfig,
    kVerbose,
});

inline constexpr auto kPack = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "DIR", .help = "directory for the image; must not exist"},
    kClosure,
    kPackage,
    kInclude,
});

inline constexpr auto kManual = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "DIR", .help = "directory for the pages of all commands"},
});

inline constexpr auto kImage = std::to_array<Option>({
    {.name = "all", .help = "with prune: remove every image that no run holds"},
    {.name = "size", .argument = "SIZE", .help = "with prune: how much may stay, such as 512MiB [4GiB]"},
});

inline constexpr auto kExport = std::to_array<Option>({
    kProfileName,
    kTimeout,
    kEnvironment,
    {.name = "image", .argument = "NAME", .help = "kubernetes: image made from the rootfs of a bundle"},
    {.name = "name", .argument = "NAME", .help = "kubernetes: name of the namespace and objects [immure]"},
    {.name = "runtime-class", .argument = "NAME", .help = "kubernetes: name of a RuntimeClass that the nodes have"},
});

inline constexpr auto kCi = std::to_array<Option>({
    {.name = "url", .argument = "URL", .help = "where the runner downloads this program; required"},
    {.name = "in", .argument = "DIR", .help = "input directory in the repository [drop]"},
});

inline constexpr auto kPacket = std::to_array<Option>({
    kIn,
    {.name = "out", .argument = "DIR", .help = "output directory, write-only at /out"},
    {.name = "key", .argument = "FILE", .help = "private key that will sign the evidence [host.key]"},
    kProfileName,
    kEnvironment,
    kTimeout,
    {.name = "runtime", .argument = "NAME", .help = "OCI runtime of podman, docker or oci [all]"},
    {.name = "format", .argument = "markdown|html", .help = "format of the packet [markdown]"},
});

inline constexpr auto kDoctor = std::to_array<Option>({
    {.name = "venue", .argument = kVenueChoice, .help = "check only this one [all]"},
    {.name = "runtime", .argument = "NAME", .help = "OCI runtime of podman, docker or oci [all]"},
});

inline constexpr auto kProbe = std::to_array<Option>({
    {.name = "list", .help = "only list the probes, each with the test that it proves"},
    {.name = "all", .help = "show each probe with its answer, not only the sums"},
    {.name = "require", .argument = "NAME,...", .help = "must hold: else exit 1, or 3 if it cannot be tested"},
    {.name = "format",
     .argument = "text|json|junit|html|markdown",
     .help = "output format; with --list: text, json, markdown [text]"},
});

inline constexpr auto kProfile = std::to_array<Option>({
    {.name = "syscalls", .help = "with show: list the system calls that the filter allows"},
});

}  // namespace immure::cli::options
