#include <array>

#include "cli/commands.hpp"
#include "cli/table_evidence_options.hpp"
#include "cli/table_mcp.hpp"
#include "cli/table_options.hpp"

namespace immure::cli {
namespace {

using namespace options;

constexpr auto kCommands = std::to_array<Command>({
    {.name = "run",
     .operands = "PROGRAM [ARGUMENTS] ['|' PROGRAM...]",
     .least = 1,
     .most = kAnyNumber,
     .payload = true,
     .defaults = true,
     .summary = "Run one program with nothing but its input and its output, and prove it",
     .about =
         "The program sees three mounts: a read-only image with the files that it needs to start, /in, and "
         "/out, where it can write but not read. The program has no network and no privileges, sees no other "
         "process, gets no variables but those of --env and of the profile, and cannot execute a second "
         "program. Before the program starts, probes inside its own cell try what must be denied, and immure "
         "observes the same cell from outside. If one boundary does not hold, the run is BLOCKED. When the "
         "program has ended, immure copies the files of /out to the output directory. immure looks up a PROGRAM "
         "without a slash in PATH. --in takes a directory, which becomes /in; a file; or several files and "
         "directories, each below /in under its own name or the NAME of NAME=PATH: immure copies such inputs "
         "into the cell's memory. Programs with '|' between them make a pipeline: each gets a cell of its own, and "
         "immure passes on what one program writes to the next. With --json the last line of standard output is the "
         "result; --result writes "
         "the result into a file or an open descriptor instead.",
     .example = "immure run --in drop --out report --key host.key -- sha256sum /in/a",
     .options = kRun,
     .start = run_command},
    {.name = "explain",
     .operands = "PROGRAM [ARGUMENTS]",
     .least = 1,
     .most = kAnyNumber,
     .payload = true,
     .defaults = true,
     .summary = "Run one program as run does, and say what stood in its way",
     .about = "Takes the options of run and makes the same cell, with the same probes and the same gate, but signs "
              "nothing and keeps no output. The supervisor denies what the filter denies in a run, and notes each such "
              "call, each write that cannot succeed, and each path that the cell does not have. explain then says "
              "what was refused, how often and to which process, why, and which option helps, with the most likely "
              "culprit first. The program's own standard output goes to standard error. The exit code is that of run.",
     .example = "immure explain --in drop -- sort /in/a",
     .options = kExplain,
     .start = explain_command},
    {.name = "batch",
     .operands = "PROGRAM [ARGUMENTS]",
     .least = 0,
     .most = kAnyNumber,
     .aside = true,
     .payload = true,
     .defaults = true,
     .summary = "Run one program on each of many inputs, each in a cell of its own",
     .about =
         "Does what run does, once for each directory in --in, for each entry of --in that --each matches, or for "
         "each path in the list of --from, and a few runs at a time. The runs share nothing, and a run that is "
         "BLOCKED or fails does not stop the others. What the programs print is in OUT/immure-batch/logs. After "
         "kill -9 or a power failure, the same command with --resume goes on where the batch was, and makes no "
         "run twice that has ended. With --inspect, the program is immure-inspect, as in `immure inspect`, and the "
         "words behind -- are options of the inspector.",
     .example = "immure batch --in drops --out reports --key host.key -- sha256sum /in/a",
     .options = kBatch,
     .start = batch_command},
    {.name = "batch verify",
     .operands = "DIR",
     .least = 1,
     .most = 1,
     .aside = true,
     .summary = "Appraise a whole batch, and name each run that is missing",
     .about = "Appraises each run of the batch in DIR by its evidence and its outputs, and compares the runs with the "
              "manifest that the batch has signed. A run that is missing, extra, exchanged or listed twice is never "
              "accepted. The formats json (a line for each run), junit and html (a page with a search) have all runs.",
     .example = "immure batch verify reports --key host.pub",
     .options = kBatchVerify,
     .start = batch_verify_command},
    {.name = "inspect",
     .operands = "DROP",
     .least = 0,
     .most = 1,
     .defaults = true,
     .summary = "Inspect files that nobody trusts, in a cell",
     .about = "Runs immure-inspect in a cell with DROP as its input. immure-inspect lies beside immure or in "
              "/usr/libexec/immure. The report says for each entry what it really is and what is dangerous about "
              "it, as JSON, SARIF and a manifest. The inspector does not get the FIFOs, sockets and devices of "
              "DROP. `immure inspect rules` inspects nothing, and prints every rule with its severity and with what "
              "to do.",
     .example = "immure inspect drop -o report --key host.key",
     .options = kInspect,
     .start = inspect_command},
    {.name = "verify",
     .operands = "EVIDENCE...",
     .least = 1,
     .most = 100'000,
     .summary = "Appraise evidence, offline, with nothing executed or written",
     .about = "ACCEPTED: the evidence is authentic and complete, and every boundary holds. REJECTED: the evidence is "
              "authentic and complete, and a boundary does not hold or the policy does not accept the run. BLOCKED: "
              "the evidence cannot be appraised. The verifier puts itself into a sandbox before it reads the "
              "evidence, and writes no files but those of --state and --sign-result. Of several files, each gets a "
              "line.",
     .example = "immure verify report.evidence.json --key host.pub --artifacts report",
     .options = kVerify,
     .start = verify_command},
    {.name = "report",
     .operands = "EVIDENCE",
     .least = 1,
     .most = 1,
     .summary = "Appraise evidence and write the result as one HTML page",
     .about = "Appraises the evidence as verify does, and writes the reasons as one HTML page: the run, the cell, each "
              "test, both witnesses and each probe. The page has no scripts and loads nothing. immure writes a page "
              "for every verdict, whole or not at all. The page has no signature of its own; the evidence has one.",
     .example = "immure report report.evidence.json --key host.pub -o report.html",
     .options = kReport,
     .start = report_command},
    {.name = "diff",
     .operands = "EVIDENCE EVIDENCE",
     .least = 2,
     .most = 2,
     .summary = "Tell what differs between two runs, by their evidence",
     .about =
         "Compares two evidence files value by value. diff gives no verdict; verify does. Without --key, diff checks "
         "no signature.",
     .example = "immure diff monday.evidence.json today.evidence.json --key host.pub",
     .options = kDiff,
     .start = diff_command},
    {.name = "show",
     .operands = "EVIDENCE",
     .least = 1,
     .most = 1,
     .aside = true,
     .summary = "Show everything that evidence says, without a verdict",
     .about = "Prints in words what the evidence says: the run, the calls that were denied before the program started, "
              "the outputs, limits, mounts, namespaces and packages, each probe, and each field. The first line says "
              "whether the signature was checked; without --key, nobody checked it.",
     .example = "immure show report.evidence.json --key host.pub",
     .options = kShow,
     .start = show_command},
    {.name = "manifest",
     .operands = "PATH...",
     .least = 1,
     .most = kAnyNumber,
     .aside = true,
     .summary = "Print the digest by which evidence names an input",
     .about =
         "Prints the SHA-256 of the manifest of an input: kind, mode, size, digest and path of each entry. Evidence "
         "of a run with the same values of --in has the same digest. PATH is a directory, a file, or NAME=PATH, as "
         "for run --in.",
     .example = "immure manifest drop",
     .start = manifest_command},
    {.name = "challenge",
     .summary = "Make a challenge that evidence has to answer",
     .about =
         "A challenge is a JSON file with a random number, the name of the verifier, and the time until which the "
         "verifier accepts an answer. Give the file to run or inspect as --challenge. Give it to verify as well, with "
         "--state, so that the verifier accepts one answer once.",
     .example = "immure challenge --audience ci.example -o challenge.json",
     .options = kChallengeOptions,
     .start = challenge_command},
    {.name = "bundle",
     .operands = "ENVELOPE",
     .least = 1,
     .most = 1,
     .aside = true,
     .summary = "Write evidence or a result as a Sigstore bundle",
     .about = "Writes the same envelope with the same signature as a Sigstore bundle v0.3, for cosign and its "
              "libraries. The bundle names the key by its hint alone and has no entry of a transparency log. So the "
              "verifier must have the key, and must not ask for the log. bundle verifies nothing.",
     .example = "immure bundle report.evidence.json -o report.sigstore.json",
     .options = kBundle,
     .start = bundle_command},
    {.name = "log",
     .operands = "add|verify|prove|ls DIR [EVIDENCE]...",
     .least = 2,
     .most = kAnyNumber,
     .aside = true,
     .summary = "Keep a log of evidence, in which no entry can be changed or removed unseen",
     .about = "DIR holds a Merkle tree of the digests of evidence files, in the tile format of C2SP, and a checkpoint "
              "that the key of the log signs. add appends files, and makes the log if --origin names it. verify "
              "checks the whole log; with files, that the log has exactly these; with --since, that the log is the "
              "earlier one with nothing but additions. prove writes a proof for one file, for verify --log. ls lists "
              "the entries.",
     .example = "immure log verify runs.log --key log.pub --since yesterday",
     .options = kLog,
     .start = log_command},
    {.name = "keygen",
     .operands = "FILE",
     .least = 1,
     .most = 1,
     .summary = "Make a key: FILE for you alone, and its public half",
     .about = "Writes the private key (PKCS#8 PEM, mode 0600) to FILE, and the public key to the same name with .pub "
              "instead of .key. keygen never overwrites a file. Use Ed25519, unless a program that verifies the "
              "signature needs ECDSA P-256.",
     .example = "immure keygen host.key",
     .options = kKeygen,
     .start = keygen_command},
    {.name = "doctor",
     .summary = "Tell in which venues a cell holds on this machine, and what is missing",
     .about =
         "Checks what each venue needs, and then runs immure itself in a cell in each venue that can be started, "
         "with all probes and the gate. doctor names what is missing, and the command that would fix the problem, but "
         "executes no such command, and leaves no file, container or image.",
     .example = "immure doctor",
     .options = kDoctor,
     .start = doctor_command},
    {.name = "packet",
     .operands = "PROGRAM [ARGUMENTS]",
     .least = 1,
     .most = kAnyNumber,
     .payload = true,
     .summary = "Write the operator's packet: what a run needs from this host",
     .about =
         "The packet says what a sandbox must provide and which mechanism provides it. It has the exact commands of "
         "each venue, the seccomp profile, the two mounts, the evidence to expect and how to verify it, what a "
         "waiver means, and what to do where no venue holds. packet makes and changes nothing: no container, no "
         "image, no file.",
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
         "oci makes DIR, a bundle that runs under runc as root: config.json, a rootfs with immure and the packed "
         "program, and the directories in, key and report. kubernetes prints a namespace, a network policy and a Job "
         "as YAML. seccomp prints the filter of the outer sandbox in Docker's JSON form, or with --profile NAME the "
         "filter of that profile. With oci and kubernetes, the supervisor and its key are inside the container, so the "
         "evidence is about the cell, and not about those who run the cluster.",
     .example = "immure export --timeout 5m oci bundle sha256sum /in/a.txt",
     .options = kExport,
     .start = export_command},
    {.name = "ci",
     .operands = "github|gitlab PROGRAM [ARGUMENTS]",
     .least = 2,
     .most = kAnyNumber,
     .payload = true,
     .summary = "Print a job for an ephemeral CI runner",
     .about = "The job downloads this immure and checks its digest, calls doctor, runs PROGRAM on the input in the "
              "first venue that holds, verifies the evidence against a challenge of its own, and keeps the evidence, "
              "the output and a JUnit file. The job needs the private key in the secret IMMURE_KEY and the public key "
              "in the variable IMMURE_PUB.",
     .example = "immure ci --url https://example.org/immure github sha256sum /in/a.txt",
     .options = kCi,
     .start = ci_command},
    {.name = "mcp",
     .aside = true,
     .defaults = true,
     .summary = "Serve language models: run, explain and verify as tools, over stdio",
     .about =
         "A server of the Model Context Protocol (MCP). A client starts the command and talks to the command on "
         "standard input and output. The tools are run, explain, verify, show, doctor and inspect. The operator's "
         "options decide what calls may touch: only paths below the directories of --allow and --allow-read, and "
         "only the programs of --program. A call can name neither a key nor a venue, nor a profile that widens the "
         "cell. Each call is a process of its own, which ends with the server. docs/mcp.md has the configuration of "
         "clients.",
     .example = "immure mcp --allow /home/me/work --key host.key --program python3",
     .options = kMcp,
     .start = mcp_command},
    {.name = "matrix",
     .summary = "Show the acceptance tests, each with its number",
     .about =
         "The evidence of a run decides the tests #24 to #37. S marks the tests that only a real sandbox can pass.",
     .example = "immure matrix",
     .start = matrix_command},
    {.name = "probe",
     .operands = "[show ID]",
     .most = 2,
     .summary = "Try the probes right here, in any sandbox; list or show them",
     .about =
         "Each probe makes one system call that must be denied. A cell tries all probes before its program starts. "
         "This command tries, in any sandbox, those probes that do no harm where nothing denies them, and says "
         "which boundaries hold. Only the evidence of a run proves this to others. The probes of /in and /out run "
         "if these directories exist. probe changes nothing.",
     .example = "immure probe --require network,exec",
     .options = kProbe,
     .start = probe_command},
    {.name = "profile",
     .operands = "list|show NAME|diff A B",
     .least = 1,
     .most = 3,
     .summary = "List the built-in profiles, show one to start from, or compare two",
     .about =
         "A profile is a TOML file. Keys that weaken the cell begin with unsafe_, and the evidence names them. show "
         "prints a built-in profile, and below it in comments the groups of system calls that its filter opens. "
         "diff prints which groups, system calls, limits and keys only A (-) or only B (+) has; A and B are "
         "built-in profiles or files.",
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
     .operands = "[COMMAND]",
     .most = 1,
     .aside = true,
     .summary = "Show the manual page, or the page of one command",
     .about =
         "On a terminal, shows the page to read; else prints the page in roff, for man. The pages are made from the "
         "same table as --help. --output writes all pages: immure.1, and immure-run.1 for the command run.",
     .example = "immure manual run",
     .options = kManual,
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
     .most = 2,
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
