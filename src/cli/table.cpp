#include <array>

#include "cli/commands.hpp"

namespace immure::cli {
namespace {

constexpr Option kIn{.name = "in", .argument = "DIR", .help = "the input, read-only at /in"};
constexpr Option kKey{.name = "key", .argument = "FILE", .help = "private key that signs the evidence"};
constexpr Option kChallenge{
    .name = "challenge", .argument = "FILE", .help = "what `immure challenge` made, for whoever asks"};
constexpr Option kTimeout{
    .name = "timeout", .argument = "TIME", .help = "wall-clock limit: 90s, 5m, 1h; a bare number: seconds"};
constexpr Option kVenue{
    .name = "venue", .argument = "auto|native|bubblewrap|podman|docker|oci", .help = "the cell's walls [auto]"};
constexpr Option kRuntime{
    .name = "runtime", .argument = "NAME", .help = "OCI runtime of podman, docker, oci: runc, crun [own]"};
constexpr Option kVerbose{.name = "verbose", .letter = 'v', .help = "say what is resolved and decided"};

constexpr Option kProfileName{
    .name = "profile", .argument = "NAME|FILE", .help = "limits, environment, filter [chosen by the program]"};
constexpr Option kEnvironment{
    .name = "env", .argument = "K=V", .help = "a variable for the program, which gets no other", .repeatable = true};

constexpr auto kCommon = std::to_array<Option>({
    {.name = "json", .help = "results as JSON on standard output"},
    {.name = "help", .letter = 'h', .help = "this text"},
});

constexpr auto kRun = std::to_array<Option>({
    kIn,
    {.name = "out", .argument = "DIR", .help = "the output, write-only at /out; empty or not there yet"},
    kKey,
    {.name = "evidence", .argument = "FILE", .help = "where the evidence goes [OUT.evidence.json]"},
    {.name = "no-evidence", .help = "probe and gate all the same, sign nothing"},
    kProfileName,
    {.name = "rootfs", .argument = "DIR", .help = "a root directory of your own instead of a packed one"},
    kChallenge,
    {.name = "nonce", .argument = "N", .help = "instead of a file: 32 bytes in base64url"},
    {.name = "audience", .argument = "NAME", .help = "for whom the evidence is"},
    kEnvironment,
    kTimeout,
    kVenue,
    kRuntime,
    {.name = "capture", .help = "digest the program's stdout and stderr into the evidence"},
    {.name = "stage", .help = "copy the input without its FIFOs, sockets, devices"},
    {.name = "dry-run", .help = "print the plan, start nothing"},
    kVerbose,
});

constexpr auto kInspect = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "DIR", .help = "where the report goes; empty or not there yet"},
    kKey,
    {.name = "evidence", .argument = "FILE", .help = "where the evidence goes [REPORT.evidence.json]"},
    kChallenge,
    {.name = "nonce", .argument = "N", .help = "instead of a file: 32 bytes in base64url"},
    {.name = "audience", .argument = "NAME", .help = "for whom the evidence is"},
    {.name = "fail-on", .argument = "low|medium|high|critical", .help = "exit 1 from this one on [high]"},
    {.name = "rules", .argument = "DIR", .help = "YARA rules of your own, besides the bundled ones"},
    {.name = "secrets", .argument = "FILE", .help = "patterns for secrets, TOML in gitleaks' form"},
    {.name = "baseline", .argument = "FILE", .help = "findings that are accepted, with reason and last day"},
    {.name = "against", .argument = "FILE", .help = "an earlier report.json: say what has changed"},
    {.name = "inventory", .help = "list and hash alone: no types, containers, rules or secrets"},
    {.name = "limit", .argument = "NAME=N", .help = "set a limit of the inspector", .repeatable = true},
    {.name = "list-rules", .help = "print every rule, its severity, what to do; and end"},
    kTimeout,
    kVenue,
    kRuntime,
    kVerbose,
});

constexpr Option kTrusted{
    .name = "key", .letter = 'k', .argument = "FILE", .help = "a public key you trust", .repeatable = true};
constexpr Option kPolicy{
    .name = "policy", .argument = "FILE", .help = "which keys, profiles, images and launchers are accepted"};
constexpr Option kAnswered{.name = "challenge", .argument = "FILE", .help = "what it must be the answer to, in time"};
constexpr Option kExpectedNonce{
    .name = "nonce", .argument = "N", .help = "instead of a file: the nonce that must be in it"};
constexpr Option kExpectedAudience{.name = "audience", .argument = "NAME", .help = "for whom it must be"};
constexpr Option kArtifacts{
    .name = "artifacts", .argument = "DIR", .help = "the outputs: each must be as it was, none more, none less"};
constexpr Option kMaxAge{
    .name = "max-age", .argument = "TIME", .help = "how old the run may be: 10m, 24h, 7d [any age]"};

constexpr Option kOldestEdition{
    .name = "oldest-edition", .argument = "N", .help = "of the probes, that is taken [the present one]"};

constexpr auto kVerify = std::to_array<Option>({
    kTrusted,
    kPolicy,
    kAnswered,
    {.name = "state", .argument = "FILE", .help = "where accepted challenges are kept: each counts once"},
    kExpectedNonce,
    kExpectedAudience,
    kArtifacts,
    kMaxAge,
    kOldestEdition,
    {.name = "format", .argument = "text|json|junit|sarif|markdown", .help = "of the result [text]"},
    {.name = "sign-result", .argument = "FILE", .help = "where the result goes as a signed in-toto statement"},
    {.name = "result-key", .argument = "FILE", .help = "the verifier's own private key, which signs it"},
    {.name = "result-type", .argument = "vsa|test-result", .help = "SLSA summary or in-toto test result [vsa]"},
});

constexpr auto kReport = std::to_array<Option>({
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

constexpr auto kDiff = std::to_array<Option>({
    {.name = "key",
     .letter = 'k',
     .argument = "FILE",
     .help = "a public key: both signatures must verify with one of them",
     .repeatable = true},
    {.name = "all", .help = "also what differs between any two runs: ids, times, usage"},
});

constexpr auto kChallengeOptions = std::to_array<Option>({
    {.name = "audience", .argument = "WHO", .help = "for whom the answer is to be: a name of yours"},
    {.name = "valid", .argument = "TIME", .help = "how long an answer is taken: 90s, 10m, 7d [10m]"},
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "where the challenge goes; must not exist"},
});

constexpr auto kBundle = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "FILE", .help = "where the bundle goes; an older one is replaced"},
});

constexpr auto kKeygen = std::to_array<Option>({
    {.name = "type", .argument = "ed25519|p256", .help = "ECDSA P-256 where Ed25519 is not known [ed25519]"},
});

constexpr auto kPack = std::to_array<Option>({
    {.name = "output", .letter = 'o', .argument = "DIR", .help = "the image directory, which must not exist"},
    {.name = "include", .argument = "PATH", .help = "a file or directory that goes in too", .repeatable = true},
});

constexpr auto kExport = std::to_array<Option>({
    kProfileName,
    kTimeout,
    kEnvironment,
    {.name = "image", .argument = "NAME", .help = "kubernetes: the image, from a bundle's rootfs"},
    {.name = "name", .argument = "NAME", .help = "kubernetes: of the namespace and all in it [immure]"},
    {.name = "runtime-class", .argument = "NAME", .help = "kubernetes: a RuntimeClass of the nodes"},
});

constexpr auto kCi = std::to_array<Option>({
    {.name = "url", .argument = "URL", .help = "where the runner gets this very program; required"},
    {.name = "in", .argument = "DIR", .help = "the input, in the repository [drop]"},
});

constexpr auto kPacket = std::to_array<Option>({
    kIn,
    {.name = "out", .argument = "DIR", .help = "the output, write-only at /out"},
    {.name = "key", .argument = "FILE", .help = "private key that will sign the evidence [host.key]"},
    kProfileName,
    kTimeout,
    {.name = "format", .argument = "markdown|html", .help = "of the packet [markdown]"},
});

constexpr auto kProbe = std::to_array<Option>({
    {.name = "list", .help = "try nothing: what each probe tries, and the test it proves"},
    {.name = "all", .help = "each probe with its answer, not the sums alone"},
    {.name = "require", .argument = "NAME,...", .help = "names or tests: exit 0: hold; 1: do not; 3: untestable"},
    {.name = "format",
     .argument = "text|json|junit|html",
     .help = "of what is printed; with --list text, json, markdown"},
});

constexpr auto kProfile = std::to_array<Option>({
    {.name = "syscalls", .help = "with show: the system calls that its filter lets through"},
});

constexpr auto kCommands = std::to_array<Command>({
    {.name = "run",
     .operands = "PROGRAM [ARGUMENTS]",
     .least = 1,
     .most = kAnyNumber,
     .payload = true,
     .summary = "Run one program with nothing but its input and its output, and prove it",
     .about = "The program sees three mounts: a read-only image with what it needs to start, /in, and /out, where "
              "it can write and not read. It has no network, no other process, no privilege, no variable but "
              "those of --env and the profile, and after its own start no exec. Before it starts, probes inside "
              "that very cell try what must be impossible, and the same cell is read from outside; if one "
              "boundary does not hold, the run is BLOCKED. What arrived in /out is put into the output directory "
              "when the program has ended. PROGRAM without a slash is looked up in PATH. With --json the last "
              "line of standard output is the result.",
     .example = "immure run --in drop --out report --key host.key -- sha256sum /in/a",
     .options = kRun,
     .start = run_command},
    {.name = "inspect",
     .operands = "DROP",
     .least = 0,
     .most = 1,
     .summary = "Inspect files that nobody trusts, in a cell",
     .about = "Runs immure-inspect, which lies beside immure or in /usr/libexec/immure, in a cell with DROP as "
              "its input. The report names each entry, what it really is and what is dangerous about it, as JSON, "
              "SARIF and a manifest. FIFOs, sockets and devices in DROP are left out of what the inspector gets.",
     .example = "immure inspect drop -o report --key host.key",
     .options = kInspect,
     .start = inspect_command},
    {.name = "verify",
     .operands = "EVIDENCE...",
     .least = 1,
     .most = 100'000,
     .summary = "Appraise evidence, offline, with nothing executed or written",
     .about = "ACCEPTED (0): authentic, complete, and every boundary holds. REJECTED (1): authentic and complete, and "
              "a boundary "
              "does not hold. BLOCKED (3): it cannot be appraised. Before it reads the evidence the verifier walls "
              "itself in. Nothing is written but the files of --state and --sign-result. Of several files each gets a "
              "line; exit code: 1 if any is REJECTED, else 3 if any is BLOCKED.",
     .example = "immure verify report.evidence.json --key host.pub --artifacts report",
     .options = kVerify,
     .start = verify_command},
    {.name = "report",
     .operands = "EVIDENCE",
     .least = 1,
     .most = 1,
     .summary = "Appraise evidence and write the result as one HTML page",
     .about = "Asks what verify asks, with the same exit codes, and writes what the answer rests on as one page "
              "without scripts that loads nothing: the run, the cell, each test, both witnesses, each probe. The "
              "page is written for every verdict, whole or not at all. It carries no signature: the evidence does.",
     .example = "immure report report.evidence.json --key host.pub -o report.html",
     .options = kReport,
     .start = report_command},
    {.name = "diff",
     .operands = "EVIDENCE EVIDENCE",
     .least = 2,
     .most = 2,
     .summary = "Tell what differs between two runs, by their evidence",
     .about =
         "Compares two evidence files value by value: 0 same, 1 they differ, 3 one cannot be read. Gives no verdict; "
         "verify does. Without --key no signature is checked.",
     .example = "immure diff monday.evidence.json today.evidence.json --key host.pub",
     .options = kDiff,
     .start = diff_command},
    {.name = "challenge",
     .summary = "Make a challenge that evidence has to answer",
     .about =
         "A random number, for whom the answer is and until when it is taken, as JSON. Give it to run or inspect as "
         "--challenge, and to verify, with --state so that one answer is accepted once.",
     .example = "immure challenge --audience ci.example -o challenge.json",
     .options = kChallengeOptions,
     .start = challenge_command},
    {.name = "bundle",
     .operands = "ENVELOPE",
     .least = 1,
     .most = 1,
     .aside = true,
     .summary = "Write evidence or a result as a Sigstore bundle",
     .about = "The same envelope with the same signature, as Sigstore bundle v0.3, for cosign and its libraries. The "
              "key is named by its hint alone, and there is no entry of a transparency log: whoever verifies has to "
              "have the key, and to do without the log. Verifies nothing.",
     .example = "immure bundle report.evidence.json -o report.sigstore.json",
     .options = kBundle,
     .start = bundle_command},
    {.name = "keygen",
     .operands = "FILE",
     .least = 1,
     .most = 1,
     .summary = "Make a key: FILE for you alone, and its public half",
     .about = "The private key (PKCS#8 PEM, mode 0600) goes to FILE, the public one to the same name with .pub instead "
              "of .key. Nothing is ever overwritten. Ed25519 unless something else must read what is signed.",
     .example = "immure keygen host.key",
     .options = kKeygen,
     .start = keygen_command},
    {.name = "doctor",
     .summary = "Tell in which venues a cell holds on this machine, and what is missing",
     .about = "Looks at what each venue needs, then runs this very program in a cell in each that can be started, with "
              "all probes and the gate. Exit code 0 if one of them holds; 3 if none does, with what is missing and the "
              "command that would mend it. Executes no such command, and leaves no file, container or image.",
     .example = "immure doctor",
     .start = doctor_command},
    {.name = "packet",
     .operands = "PROGRAM [ARGUMENTS]",
     .least = 1,
     .most = kAnyNumber,
     .payload = true,
     .summary = "Write the operator's packet: what a run wants of this host",
     .about = "What is required and what realises it, the exact commands of each venue, the seccomp profile, the two "
              "mounts, the evidence that will come, how it is verified, what a waiver means, and what is left where no "
              "venue holds. Provisions nothing and changes nothing: no container, no image, no file.",
     .example = "immure packet --in drop --out report -- sha256sum /in/a.txt",
     .options = kPacket,
     .start = packet_command},
    {.name = "export",
     .operands = "oci DIR|kubernetes|seccomp [PROGRAM]",
     .least = 1,
     .most = kAnyNumber,
     .payload = true,
     .summary = "Export the run of a program as an OCI bundle or a Kubernetes Job",
     .about = "oci makes DIR: config.json and a rootfs with immure and the packed program, which runs under runc as "
              "root, and directories in, key and report beside them. kubernetes prints a namespace, a network policy "
              "and a Job as YAML. seccomp prints the filter of the outer walls in Docker's JSON. Here the supervisor "
              "and its key are inside the container: its evidence is about the cell, not about who runs the cluster.",
     .example = "immure export --timeout 5m oci bundle sha256sum /in/a.txt",
     .options = kExport,
     .start = export_command},
    {.name = "ci",
     .operands = "github|gitlab PROGRAM [ARGUMENTS]",
     .least = 2,
     .most = kAnyNumber,
     .payload = true,
     .summary = "Print a job for an ephemeral CI runner",
     .about = "The job gets this very program by its digest, asks doctor, runs PROGRAM on the input in the first venue "
              "that holds, verifies the evidence against a challenge of its own, and keeps evidence, output and JUnit. "
              "It wants the private key in the secret IMMURE_KEY and the public one in the variable IMMURE_PUB.",
     .example = "immure ci --url https://example.org/immure github sha256sum /in/a.txt",
     .options = kCi,
     .start = ci_command},
    {.name = "matrix",
     .summary = "Show the 45 acceptance tests",
     .about = "Tests #24 to #37 are decided by a run's evidence. S marks those that only a real sandbox can pass.",
     .example = "immure matrix",
     .start = matrix_command},
    {.name = "probe",
     .operands = "[show ID]",
     .most = 2,
     .summary = "Try the probes right here, in any sandbox; list or show them",
     .about = "Each probe makes one call that must be denied. A cell tries all of them before its program starts; this "
              "command tries, wherever it stands, those that are harmless where nothing forbids them, and says which "
              "boundaries hold. It proves nothing to others: a run's evidence does. What concerns /in and /out is "
              "tried where they are. Nothing is changed.",
     .example = "immure probe --require network,exec",
     .options = kProbe,
     .start = probe_command},
    {.name = "profile",
     .operands = "list|show [NAME]",
     .least = 1,
     .most = 2,
     .summary = "List the built-in profiles, or show one to start from",
     .about = "A profile is a TOML file. Keys that widen the cell begin with unsafe_ and stand in the evidence.",
     .example = "immure profile show dynamic",
     .options = kProfile,
     .start = profile_command},
    {.name = "pack",
     .operands = "PROGRAM",
     .least = 1,
     .most = 1,
     .summary = "Make the read-only image of a program, for --rootfs",
     .about = "Copies the program and what the kernel and the dynamic loader will want for it. Executes nothing.",
     .example = "immure pack /usr/bin/sha256sum -o image",
     .options = kPack,
     .start = pack_command},
    {.name = "manual",
     .aside = true,
     .summary = "Print the manual page",
     .about = "The page is in roff, made from the same table as --help.",
     .example = "immure manual > immure.1",
     .start = manual_command},
    {.name = "completion",
     .operands = "bash|zsh|fish",
     .least = 1,
     .most = 1,
     .aside = true,
     .summary = "Print the completion script for a shell",
     .about = "The script is made from the same table as --help.",
     .example = "immure completion bash > /etc/bash_completion.d/immure",
     .start = completion_command},
    {.name = "version",
     .aside = true,
     .summary = "Print the version",
     .about = "Also immure --version.",
     .example = "immure version --json",
     .start = version_command},
    {.name = "help",
     .operands = "[COMMAND]",
     .most = 1,
     .aside = true,
     .summary = "Show the commands, or one of them",
     .about = "The same as immure COMMAND --help.",
     .example = "immure help run",
     .start = help_command},
});

}  // namespace

std::span<const Command> commands() { return kCommands; }

std::span<const Option> common_options() { return kCommon; }

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace immure::cli
