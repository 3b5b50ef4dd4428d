#include <array>

#include "cli/commands.hpp"
#include "cli/table_options.hpp"

namespace immure::cli {
namespace {

using namespace options;

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
    {.name = "batch",
     .operands = "PROGRAM [ARGUMENTS]",
     .least = 1,
     .most = kAnyNumber,
     .aside = true,
     .payload = true,
     .summary = "Run one program on each of many inputs, each in a cell of its own",
     .about = "As run, once for each directory in --in, a few at a time; nothing is shared between the runs, and one "
              "that is BLOCKED or fails stops no other. What the programs print comes as it comes. Exit code: 0 if "
              "all ended with 0, 3 if one was BLOCKED, else 1; 128 + N if signal N ended the batch, which the runs "
              "under way get as well.",
     .example = "immure batch --in drops --out reports --key host.key -- sha256sum /in/a",
     .options = kBatch,
     .start = batch_command},
    {.name = "inspect",
     .operands = "DROP",
     .least = 0,
     .most = 1,
     .summary = "Inspect files that nobody trusts, in a cell",
     .about = "Runs immure-inspect, which lies beside immure or in /usr/libexec/immure, in a cell with DROP as "
              "its input. The report names each entry, what it really is and what is dangerous about it, as JSON, "
              "SARIF and a manifest. FIFOs, sockets and devices in DROP are left out of what the inspector gets. "
              "`immure inspect rules` prints every rule, how severe it is and what to do; it inspects nothing.",
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
              "bundle names the key by its hint alone and has no entry of a transparency log: the verifier must have "
              "the key, and must not ask for the log. Verifies nothing.",
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
     .options = kDoctor,
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
     .about =
         "oci makes DIR: config.json and a rootfs with immure and the packed program, which runs under runc as "
         "root, and directories in, key and report beside them. kubernetes prints a namespace, a network policy "
         "and a Job as YAML. seccomp prints the filter of the outer walls in Docker's JSON, or with --profile NAME "
         "the filter of that profile. With oci and kubernetes the supervisor "
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
     .operands = "list|show NAME|diff A B",
     .least = 1,
     .most = 3,
     .summary = "List the built-in profiles, show one to start from, or compare two",
     .about = "A profile is a TOML file. Keys that widen the cell begin with unsafe_ and stand in the evidence. show "
              "prints a built-in profile, and below it in comments the groups of system calls that its filter opens. "
              "diff prints which groups, system calls, limits and keys only A (-) or only B (+) has; A and B are "
              "built-in profiles or files. Exit code 0 if the two say the same, 1 if they differ.",
     .example = "immure profile diff static python",
     .options = kProfile,
     .start = profile_command},
    {.name = "pack",
     .operands = "PROGRAM",
     .least = 1,
     .most = 1,
     .aside = true,
     .summary = "Make the read-only image of a program, for --rootfs",
     .about = "Copies the program and the files that the program needs, and executes nothing.",
     .example = "immure pack /usr/bin/sha256sum -o image",
     .options = kPack,
     .start = pack_command},
    {.name = "image",
     .operands = "ls|show KEY|prune",
     .least = 1,
     .most = 2,
     .summary = "List the images that immure keeps, show one, or remove old ones",
     .about =
         "immure keeps images so that a second run starts at once. ls lists them, the most recently used one first. "
         "show tells where an image came from and what immure left out of it. prune removes the least recently used "
         "ones until the others fit into $IMMURE_CACHE_SIZE [4GiB]. Each run that makes an image does the same. "
         "immure never removes an image that a run uses, or a file that immure did not make.",
     .example = "immure image prune --size 512MiB",
     .options = kImage,
     .start = image_command},
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
