/// Evidence as values: the predicate `urn:immure:sandbox-evidence:v1`.
///
/// Evidence has raw observations only, and no `passed` field anywhere: judge/judge.hpp derives the verdicts. Every
/// struct lists its fields once, in `visit` (evidence/fields.hpp); reading and writing use the same list.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/views.hpp"

namespace immure::evidence {

inline constexpr std::string_view kPredicateType = "urn:immure:sandbox-evidence:v1";

/// A thing and its SHA-256 (64 lower-case hex digits).
struct Artifact {
  std::string name;
  std::string sha256;
  friend bool operator==(const Artifact&, const Artifact&) = default;
};

/// What one call answered at one stage. probe/catalogue.hpp explains the bits of `effect`.
struct Answer {
  std::int64_t ret = 0;
  std::int32_t errno_value = 0;  ///< the JSON key is `errno`
  std::uint32_t effect = 0;
  friend bool operator==(const Answer&, const Answer&) = default;
};

struct Control {
  std::int64_t ret = 0;
  std::int32_t errno_value = 0;  ///< the JSON key is `errno`
  std::uint32_t effect = 0;
  std::string where;  ///< `scratch`: new namespaces and a scratch root, before the walls are built
  friend bool operator==(const Control&, const Control&) = default;
};

struct ProbeRecord {
  std::uint32_t seq = 0;  ///< from 0, without gaps
  std::string id;
  std::string boundary;
  std::string syscall;
  std::vector<std::string> args;
  std::int64_t ret = 0;
  std::int32_t errno_value = 0;  ///< the JSON key is `errno`
  std::uint32_t effect = 0;
  Control control;
  /// The answer to the same call behind mounts and credentials alone; absent where no test demands anything of these
  /// walls.
  std::optional<Answer> walls;
  /// The errno of the same call (0: none) if the filter denies with probe::kFilterAnswer; absent where nobody tests
  /// this.
  std::optional<std::int32_t> attribution;
};

/// How a limit is enforced: `cgroup2`, `cgroup1`, `rlimit`, `tmpfs`, `timer` or `watch`. A resource limit (`rlimit`)
/// limits each process; the supervisor's watch limits all processes together.
struct Enforcement {
  std::string name;  ///< `memory`, `swap`, `pids`, `files`, `output-bytes`, `output-files`, `wall-clock`, `cpu`
  std::uint64_t value = 0;
  std::string unit;  ///< `bytes`, `count`, `ms`, `s`
  std::string by;
};

struct Host {
  std::string kernel, architecture, venue, venue_version;
  std::vector<std::string> lsms;
  std::uint32_t landlock_abi = 0;
  /// The first character of kernel.core_pattern: `?` if the character is not printable ASCII, empty if the pattern is
  /// empty. Absent in early editions.
  std::optional<std::string> core_pattern;
  /// Venues that `auto` could not use, each with the reason: `native: reason`.
  std::optional<std::vector<std::string>> passed_over;
};

/// The state of the image, which holds the program, before and after the run: a SHA-256, computed as in Input.
struct ImageState {
  std::string stat_before, stat_after;
};

/// The source of an image that is not a program's closure.
struct ImageSource {
  std::string kind;                   ///< `rootfs`, `oci` or `docker-archive`
  std::vector<std::string> layers;    ///< SHA-256 of the layers of a container image, the lowest first
  std::vector<std::string> left_out;  ///< what the source has and the image lacks, with the reason
  std::string name;                   ///< the name that the operator gave
  std::string
      sha256;  ///< of a container image: of its manifest (`oci`) or configuration (`docker-archive`); else empty
};

/// What the operator gave the program on its standard input (--stdin).
struct StandardInput {
  std::string name;         ///< the name that the operator gave; `-`: the standard input of immure
  std::string sha256;       ///< of all `bytes`
  std::uint64_t bytes = 0;  ///< of the whole file, or what was read of a stream
  std::uint64_t taken = 0;  ///< how many of these bytes the program read
  bool whole = false;       ///< the file or stream was read to its end
};

/// One of the files and directories that together are the input (--in FILE, or several --in).
struct InputPart {
  std::string name;    ///< the name that the operator gave
  std::string place;   ///< its name below /in
  std::string sha256;  ///< of the file, or of the manifest of the directory; empty if the cell got no copy of it
};

struct Input {
  std::string name;             ///< the name that the operator gave
  std::string manifest_sha256;  ///< of the sorted manifest: kind, mode, size, sha256, path of each entry
  /// True if the cell got a copy of the input without FIFOs, sockets and devices.
  bool staged = false;
  std::vector<std::string> left_out;  ///< the entries that the copy lacks: `path: kind`
  /// SHA-256 over kind, mode, size, mtime, ctime and inode of each entry.
  std::string stat_before, stat_after;
  std::uint64_t files = 0, directories = 0, links = 0, bytes = 0;
  /// The paths below the input, sorted, on which another file system or another directory was mounted when the input
  /// was listed. Absent in early editions (judge/edition.hpp), and if the cell got a copy.
  std::optional<std::vector<std::string>> mounts;
  /// Why the bytes that were hashed are the bytes that the program read: `leases`, or `staged: reason`. `broken: path`
  /// if the kernel broke a lease. Absent in early editions (judge/edition.hpp), and if nothing was to be signed.
  std::optional<std::string> held;
  /// Absent if the input is one directory. Sorted by place.
  std::optional<std::vector<InputPart>> parts;
  /// Absent if the program's standard input was /dev/null.
  std::optional<StandardInput> standard_input;
};

struct Output {
  std::string name;  ///< the name that the operator gave
  bool empty_at_start = false;
  std::vector<std::string> refused;    ///< files that the harvest left out: `path: reason`
  bool control_bytes_arrived = false;  ///< the supervisor saw in /out what the cell wrote there
  bool secret_came_back = false;       ///< the cell could read a secret that the supervisor had put into /out
  /// Outputs whose end may be missing, because /out was full or the file was as large as a file may be; sorted. Absent
  /// if there are none.
  std::optional<std::vector<std::string>> perhaps_cut;
};

/// What a filter lets through, for some arguments or for all arguments.
struct AllowedCalls {
  std::uint32_t foreign = 0;  ///< number of such calls in the machine's other system call tables
  /// Numbers in the machine's own table, below sys::kCallNumbers, ascending.
  std::vector<std::uint32_t> numbers;
};

struct Filter {
  /// The digest of the BPF instructions that were loaded, with this run's cookie set to zero.
  std::string sha256;
  std::string source_sha256;  ///< the digest of the filter's source in Docker's JSON
  std::uint32_t instructions = 0;
  std::optional<AllowedCalls> allowed;  ///< absent in early editions (judge/edition.hpp)
  /// The instructions that `sha256` is the digest of, in base64; absent in early editions.
  std::optional<std::string> bpf;
};

/// Calls of the program that could not succeed in its cell, as the observer saw them.
struct Refusal {
  std::uint64_t count = 0;
  /// What the program named, in a visible form and at most kMaxRefusedPath bytes; empty: further paths of this kind.
  std::string path;
  /// `scratch` (a place for temporary files), `read-back` (reading in /out), `device`, `input`, `elsewhere`.
  std::string what;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};
inline constexpr std::size_t kMaxRefusals = 100;
inline constexpr std::size_t kMaxRefusedPath = 200;

/// A device of which the program got descriptors.
struct Device {
  std::uint64_t count = 0;
  std::string path;  ///< as the program named it
  friend bool operator==(const Device&, const Device&) = default;
};

/// The observer of the cell: a filter that notifies the supervisor of some calls, and that can deny and allow nothing.
struct Observer {
  /// The errno of an open for writing of which the observer had to notify the supervisor; 0: success.
  std::int32_t answer = 0;
  std::uint32_t around = 0;  ///< how many filters immure, or the entrypoint of another venue, had already
  std::string bpf;           ///< the filter's instructions in base64
  bool heard = false;        ///< the observer notified the supervisor of that open
  /// What the cell got for /dev/null: the device's numbers, such as `1:3`, or the errno.
  std::string null;
};

struct Payload {
  std::vector<std::string> argv;
  /// Once the payload has ended, exactly one of exit_code and signal is present.
  std::optional<std::int32_t> exit_code;
  std::optional<std::int32_t> signal;
  std::uint64_t user_us = 0, system_us = 0, max_rss_kib = 0;
  std::vector<std::string> limits_hit;  ///< `wall-clock`, `output-bytes`, …
  /// The most memory that the cell's control group used, if the kernel reports it.
  std::optional<std::uint64_t> peak_memory_bytes;
  /// Calls that could not succeed, sorted by kind and path, at most kMaxRefusals; absent if the run had no observer.
  std::optional<std::vector<Refusal>> refused;
  /// The devices of which the program got descriptors, sorted by path; absent if nobody observed the program.
  std::optional<std::vector<Device>> devices;
  /// True if other processes of the program still ran when its first process had ended, and so were killed; absent if
  /// there were none.
  std::optional<bool> left_running;
};

struct Transcript {
  std::uint64_t entries = 0;
  /// The last hash of the chain over the probe records, seeded with runId and nonce (evidence/transcript.cpp).
  std::string head;
};

/// A container that ran on the host just before the cell was made.
struct Container {
  std::string id;            ///< the id that its runtime gave
  std::uint32_t mounts = 0;  ///< how many of its mounts were compared with the sources of the cell's mounts
  /// The namespaces of the container's first process; empty if the caller may not read them.
  std::map<std::string, std::uint64_t> namespaces;
  /// True if the container mounts the host's root file system, and so sees all of the host.
  bool whole_host = false;
};

/// What else ran on the host. immure refuses to start a run if a source of the cell lies in a mount of a container.
struct Neighbours {
  std::vector<Container> containers;  ///< sorted by id
  std::vector<std::string> looked;    ///< where runtimes keep their state, and what was found there: `/run/runc: none`
};

/// What a venue other than `native` puts around the cell, as seen from outside at its entrypoint before the cell is
/// made.
struct OuterWalls {
  std::vector<std::string> command;                           ///< the venue's program and its arguments
  std::string bounding_capabilities, effective_capabilities;  ///< the lines CapBnd and CapEff, 16 hex digits each
  std::map<std::string, std::uint64_t> namespaces;
  std::uint32_t no_new_privs = 0, seccomp_mode = 0;
  std::vector<std::string> root;  ///< the options of its root mount, sorted
  std::uint32_t uid = 0;          ///< the user id on the host
};

/// What packages of the distribution brought into the image.
struct ImagePackages {
  std::uint64_t files = 0;
  std::vector<std::string> left_out;  ///< what lies in a package and not in the image: `path: why`, or how many more
  std::vector<std::string> packages;  ///< `name version architecture`, sorted
};

/// The files of the image that the program can execute besides its own.
struct Helpers {
  std::vector<Artifact> files;  ///< path in the image and digest, sorted by path; empty if `whole_image`
  bool whole_image = false;     ///< every file of the image
};

/// Which acceptance tests a run claims to hold (judge/claim.hpp), and what it gives the program beyond what the profile
/// `packet` allows.
struct Acceptance {
  std::optional<Helpers> helpers;   ///< absent: the program can execute nothing else
  std::string profile;              ///< `packet`, `work` or `build`
  bool read_back = false;           ///< the program may read what it wrote to /out
  std::uint64_t scratch_bytes = 0;  ///< size of the directory for temporary files; 0: there is none
  bool socket_pairs = false;        ///< the program may make unnamed pairs of connected sockets
};

/// What a stage of a pipeline wrote to its standard output, which immure passes on to the next stage.
struct PipeWritten {
  std::uint64_t bytes = 0;
  std::string sha256;
  friend bool operator==(const PipeWritten&, const PipeWritten&) = default;
};

/// What immure passed on to the standard input of a stage from the stage before it.
struct PipeRead {
  std::uint64_t bytes = 0;  ///< of what was put into the stage's pipe
  std::string sha256;
  std::uint64_t taken = 0;  ///< how many of these bytes the program read
  bool whole = false;       ///< immure passed on all that the stage before wrote
  friend bool operator==(const PipeRead&, const PipeRead&) = default;
};

/// The most programs that a pipeline may have.
inline constexpr std::uint32_t kMostStages = 16;

/// The place of a program in a pipeline.
struct StagePlace {
  std::uint32_t number = 0, of = 0;    ///< counted from 1
  std::optional<PipeRead> read;        ///< absent for the first stage, and if the program was never started
  std::optional<PipeWritten> written;  ///< absent for the last stage, and if the program was never started
};

/// One run, or one stage of a pipeline. `payload` is absent if the payload was never started.
struct Evidence {
  std::optional<Acceptance> acceptance;  ///< absent: the run claims `packet`
  std::optional<std::string> nonce, audience;
  std::string run_id;                   ///< 32 lower-case hex digits
  std::string started_on, finished_on;  ///< RFC 3339 UTC, seconds, `Z`
  std::uint64_t duration_us = 0;        ///< by the monotonic clock
  /// The catalogue of probes: the number of its edition, and the digest of its questions (judge/edition.hpp).
  Artifact catalogue;
  Artifact matrix, profile, plan, image, program, launcher;
  Filter filter;
  std::vector<std::string> unsafe;              ///< the `unsafe_` keys that the profile sets
  std::optional<ImageSource> image_source;      ///< absent if the image is the program's closure
  std::optional<ImageState> image_state;        ///< absent in early editions (judge/edition.hpp)
  std::optional<ImagePackages> image_packages;  ///< absent if no package brought anything
  Input input;
  Output output;
  Host host;
  std::vector<Enforcement> limits;
  std::vector<std::string> environment;  ///< names of the variables that the profile declares, sorted
  std::optional<InsideView> inside;
  std::optional<Neighbours> neighbours;
  std::optional<Observer> observer;  ///< absent if the plan wants none, and in evidence of earlier versions
  std::optional<OuterWalls> outer;   ///< absent in the native venue
  std::vector<OutsideView> outside;  ///< the moment `gate` and, if the payload was started, the moment `exec`
  std::vector<ProbeRecord> probes;
  /// How many processors the cell could use, as its fixed files say; absent in early editions (judge/edition.hpp).
  std::optional<std::uint64_t> processors;
  std::optional<StagePlace> stage;  ///< absent: the run is no pipeline
  Transcript transcript;
  std::optional<std::string> workdir;  ///< the program's working directory; absent: `/`
  std::optional<std::string> fault;    ///< why the run ended before the gate: the step and errno
  std::optional<Payload> payload;
};

/// The evidence of a run; of a pipeline, the evidence of its last stage.
struct Predicate : Evidence {
  /// The stages of a pipeline before the last, in their order; absent if the run is no pipeline.
  std::optional<std::vector<Evidence>> stages;
};

/// The subjects of the statement are all harvested files, sorted by name: a name is relative to /out, or `stdout` or
/// `stderr`. A run without output has one subject, the plan's canonical JSON, named `plan`.
struct Statement {
  std::vector<Artifact> subjects;
  Predicate predicate;
};

/// All stages of a run in their order. The pointers are valid while the statement is neither moved nor changed.
[[nodiscard]] inline std::vector<const Evidence*> stages_of(const Statement& statement) {
  std::vector<const Evidence*> all;
  if (statement.predicate.stages)
    for (const Evidence& stage : *statement.predicate.stages) all.push_back(&stage);
  all.push_back(&statement.predicate);
  return all;
}

}  // namespace immure::evidence
