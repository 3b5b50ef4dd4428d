#include <algorithm>

#include <sys/utsname.h>
#include <unistd.h>

#include "attest/doctor/doctor.hpp"
#include "attest/engine/outer_sandbox.hpp"
#include "cli/commands.hpp"
#include "cli/export/document.hpp"
#include "cli/export/shell.hpp"
#include "cli/export/workload.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/escalation.hpp"
#include "judge/judge.hpp"
#include "plan/filter/filter.hpp"
#include "plan/image/file_digest.hpp"

namespace immure::cli {
namespace {

using attest::Candidate;
using attest::Presence;
using attest::Requirement;

struct Packet {
  Workload workload;
  plan::FilterProgram filter;
  std::string input, output, key, program_digest, digest;
  std::vector<std::string> run;  ///< `immure run …` without its --venue
};

std::string evidence_of(const Packet& packet) { return without_trailing_slashes(packet.output) + ".evidence.json"; }

Result<Packet> packet_of(const Arguments& arguments) {
  Packet packet;
  packet.input = arguments.value("in").value_or("drop");
  packet.output = arguments.value("out").value_or("report");
  packet.key = arguments.value("key").value_or("host.key");
  TRY(packet.workload, workload_of(arguments, 0));
  TRY(packet.filter, plan::filter_for(packet.workload.profile));
  TRY(packet.program_digest, plan::new_file_digest(packet.workload.closure.program.host_path));
  TRY(packet.digest, plan::new_file_digest("/proc/self/exe"));
  packet.run = {"immure", "run"};
  for (const char* name : {"profile", "timeout", "env"}) {
    for (const std::string& value : arguments.values(name)) {
      packet.run.push_back("--" + std::string(name));
      packet.run.push_back(value);
    }
  }
  for (const std::string& word :
       {std::string("--in"), packet.input, std::string("--out"), packet.output, std::string("--key"), packet.key,
        std::string("--challenge"), std::string("challenge.json"), std::string("--")})
    packet.run.push_back(word);
  for (const std::string& word : arguments.operands()) {
    if (word != "--" || packet.run.back() != "--") packet.run.push_back(word);
  }
  return packet;
}

std::string tests(std::initializer_list<judge::SandboxTest> numbers) {
  std::string text;
  for (const judge::SandboxTest number : numbers)
    text += (text.empty() ? "#" : ", #") + std::to_string(number) + " " + std::string(judge::test_of(number).boundary);
  return text;
}

void requirements(Document& document) {
  document.heading("What is required");
  document.paragraph(
      "One run that meets every requirement below. Before the program starts, probes in the cell test each "
      "requirement, and the supervisor observes the cell from outside. A requirement that does not hold means BLOCKED, "
      "exit code 3, and the program never starts.");
  document.table(
      {{"requirement", "provided by", "acceptance tests"},
       {"no network", "the cell's own network namespace, with its loopback down; every socket call denied",
        tests({24, 25})},
       {"read-only input", "/in and everything below it: read-only, no programs, no devices", tests({26, 27})},
       {"write-only output", "/out: the only writable place, write-only by Landlock, harvested from outside",
        tests({28, 29})},
       {"nothing of the host", "a root directory of the packed program and exactly two mounts", tests({30, 31})},
       {"scrubbed environment", "only the variables that are declared", tests({32})},
       {"restricted system calls", "a seccomp allowlist; one exec, then none; no capability, no_new_privs",
        tests({33, 34, 35, 36, 37})}});
}

void the_run(Document& document, const Packet& packet) {
  const plan::Profile& profile = packet.workload.profile;
  const plan::Limits& limits = profile.limits;
  utsname host{};
  const bool known = ::uname(&host) == 0;
  document.heading("This host and this run");
  document.table(
      {{"", ""},
       {"host", known ? std::string(host.nodename) + ", Linux " + host.release + ", " + host.machine : "unknown"},
       {"immure", IMMURE_VERSION ", SHA-256 " + packet.digest},
       {"program", packet.workload.closure.program.host_path + ", SHA-256 " + packet.program_digest},
       {"packed with the program", std::to_string(packet.workload.closure.files.size()) + " files, " +
                                       std::to_string(packet.workload.closure.trees.size()) + " directories"},
       {"profile", profile.name},
       {"filter", std::to_string(packet.filter.instructions.size()) + " instructions, SHA-256 " + packet.filter.sha256},
       {"limits", std::to_string(limits.memory_bytes >> 20U) + " MiB memory, " + std::to_string(limits.processes) +
                      " processes, " + std::to_string(limits.output_bytes >> 20U) + " MiB output, " +
                      std::to_string(limits.wall_ms / 1000) + " s"}});
  const std::vector<std::string> unsafe = profile.unsafe_keys();
  for (const std::string& key : unsafe) document.item("widened by " + key);
}

std::string name_of(const Candidate& candidate) {
  return candidate.venue + (candidate.runtime.empty() ? "" : " --runtime " + candidate.runtime);
}

/// Placeholders for the names and paths that each run makes up, for a command that is only shown.
attest::Enclosure placeholders(const Packet& packet, const std::string& runtime) {
  // If root starts immure, each run draws a random id.
  const auto drawn = attest::outer_ids();
  const attest::OuterIds ids = drawn.value_or(attest::OuterIds{false, ::geteuid(), ::getegid()});
  attest::Enclosure enclosure{.name = "immure-RANDOM",
                              .directory = "/tmp/immure-RUN",
                              .socket_directory = "/tmp/immure-RUN/socket",
                              .image = {},
                              .input = {},
                              .ids = ids,
                              .runtime = runtime,
                              .container_image = "immure:" + packet.digest.substr(0, 32),
                              .launcher = 3,
                              .files = packet.workload.profile.limits.files,
                              .processes = packet.workload.profile.limits.processes};
  if (ids.privileged) return enclosure;
  // If root starts immure, the image and the input are detached mounts, which no command line shows.
  enclosure.image = "IMAGE";
  enclosure.input = packet.input;
  return enclosure;
}

void one_venue(Document& document, const Packet& packet, const Candidate& candidate) {
  std::vector<std::string> run = packet.run;
  run.insert(run.begin() + 2, {"--venue", candidate.venue});
  if (!candidate.runtime.empty()) run.insert(run.begin() + 4, {"--runtime", candidate.runtime});
  document.paragraph(name_of(candidate) + ":");
  document.code(shell_line(run));
  for (const Requirement& need : candidate.requirements) {
    if (need.presence != Presence::kMissing) continue;
    document.item("missing: " + need.needs + " (" + need.found + ")" +
                  (need.remedy.empty() ? "" : ". To fix this: " + need.remedy));
  }
  if (const attest::OuterSandbox* outer = attest::find_outer(candidate.venue)) {
    document.paragraph("This venue builds its walls with this command:");
    document.code(shell_line(outer->words(placeholders(packet, candidate.runtime))));
  }
}

void venues(Document& document, const Packet& packet, const std::vector<Candidate>& candidates) {
  document.heading("Commands, one for each venue");
  document.paragraph(
      "Choose one. --venue auto takes the first of native, bubblewrap, podman, docker that can be built. immure starts "
      "a temporary container from an image with one file, and uses or touches no existing container. To write this "
      "packet, immure started nothing of this: `immure doctor` tries each venue.");
  for (const Candidate& candidate : candidates) one_venue(document, packet, candidate);
}

void provided(Document& document, const Packet& packet) {
  document.heading("What the operator provides");
  document.table(
      {{"what", "here"},
       {"read-only input", packet.input + ", at /in"},
       {"write-only output", packet.output + ", at /out; must be empty, or must not exist yet"},
       {"key", packet.key + ", made once by `immure keygen " + packet.key + "`; give its .pub to the verifier"},
       {"seccomp profile of the cell", "built in, SHA-256 of its source " + packet.filter.source_sha256},
       {"seccomp profile of the walls",
        "seccomp.json in the run's own directory, the same as `immure export seccomp`"}});
}

void evidence(Document& document, const Packet& packet) {
  document.heading("The evidence that the run writes");
  document.paragraph(evidence_of(packet) +
                     " is signed, and contains no secret and no value of a variable. The evidence has:");
  document.item("the mount table of the cell, as the cell and as the host see it: the image, /in, /out, nothing else");
  document.item("the network namespace of the cell: interfaces, addresses, routes, sockets");
  document.item("the names of the program's variables");
  document.item("each probe: the call and its answer, and the answer of the same call where nothing denies the call");
  document.item("the containers that ran beside the cell, and the proof that the cell shares nothing with them");
  document.item("digests of program, image, filter, input and of each output file");
  document.heading("How to verify the evidence, without running anything");
  std::string key = packet.key;
  if (key.ends_with(".key")) key.replace(key.size() - 4, 4, ".pub");
  document.code("immure challenge --audience verifier -o challenge.json   # before the run, by the verifier\n" +
                shell_line({"immure", "verify", evidence_of(packet), "--key", key, "--challenge", "challenge.json",
                            "--artifacts", packet.output}));
  document.paragraph("immure show prints the evidence in words, beginning with the calls that were denied:");
  document.code(shell_line({"immure", "show", evidence_of(packet), "--key", key}));
  document.paragraph(
      "ACCEPTED 0: authentic, fresh, complete, and #24 to #37 hold. REJECTED 1: the evidence is authentic, but a "
      "boundary does not hold. BLOCKED 3: the evidence cannot be appraised.");
}

void ends(Document& document, const std::vector<Candidate>& candidates) {
  document.heading("A waiver");
  document.paragraph(
      "No waiver exists: no flag, variable or profile turns BLOCKED into a run or REJECTED into ACCEPTED. If you run "
      "the program without the sandbox, you have no accepted run. A guard inside a program does not replace the "
      "sandbox, because the program can bypass the guard.");
  document.heading("Where no venue holds");
  document.paragraph(std::string(kEscalation));
  const bool any = std::ranges::any_of(candidates, [](const Candidate& candidate) {
    return std::ranges::none_of(candidate.requirements,
                                [](const Requirement& need) { return need.presence == Presence::kMissing; });
  });
  document.paragraph(any ? "On this host at least one venue has everything that it needs."
                         : "On this host no venue has everything that it needs.");
}

}  // namespace

Result<ExitCode> packet_command(const Arguments& arguments) {
  const std::string format = arguments.value("format").value_or("markdown");
  TRY(const Packet packet, packet_of(arguments));
  const std::vector<Candidate> candidates = attest::candidates(arguments.value("runtime").value_or(""));
  Document document{.title = "Operator's packet: a deny-by-default sandbox for one run", .blocks = {}};
  document.paragraph(
      "This packet requests a venue and its evidence. immure provisioned, started and changed nothing to write the "
      "packet.");
  requirements(document);
  the_run(document, packet);
  provided(document, packet);
  venues(document, packet, candidates);
  evidence(document, packet);
  ends(document, candidates);
  const std::string text = format == "html" ? as_html(document) : as_markdown(document);
  CHECK_OK(print(arguments.has("json") ? json_line({{"packet", text}}) : text));
  return kSuccess;
}

}  // namespace immure::cli
