/// Evidence as values: the predicate `urn:immure:sandbox-evidence:v1`.
/// Raw observations only. There is no `passed` field anywhere: verdicts are derived by judge/judge.hpp.
/// Every struct lists its fields once in `visit` (evidence/fields.hpp), which serves reading and writing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace immure::evidence {

inline constexpr std::string_view kPredicateType = "urn:immure:sandbox-evidence:v1";

/// A thing and its SHA-256 (64 lower-case hex digits).
struct Artifact {
  std::string name;
  std::string sha256;
  friend bool operator==(const Artifact&, const Artifact&) = default;
};

/// What one call answered at one stage (probe/catalogue.hpp has the meaning of each bit).
struct Answer {
  std::int64_t ret = 0;
  std::int32_t number = 0;  ///< JSON key `errno`
  std::uint32_t effect = 0;
  friend bool operator==(const Answer&, const Answer&) = default;
};

struct Control {
  std::int64_t ret = 0;
  std::int32_t number = 0;  ///< JSON key `errno`
  std::uint32_t effect = 0;
  std::string where;  ///< `scratch`: new namespaces, scratch root, before the walls
  friend bool operator==(const Control&, const Control&) = default;
};

struct ProbeRecord {
  std::uint32_t seq = 0;  ///< from 0, without gaps
  std::string id;
  std::string boundary;
  std::string syscall;
  std::vector<std::string> args;
  std::int64_t ret = 0;
  std::int32_t number = 0;  ///< JSON key `errno`
  std::uint32_t effect = 0;
  Control control;
  std::optional<Answer>
      walls;  ///< the same call with mounts and credentials alone; absent where nothing is demanded of them
  std::optional<std::int32_t> attribution;  ///< the same call's errno (0: none) where the filter denies with
                                            ///< probe::kFilterAnswer; absent where it is not asked
};

struct Mount {
  std::string point;  ///< as seen inside the cell: `/`, `/in`, `/out`, `/in/sub`
  std::string type;   ///< file system type; may be empty in the inside view of old kernels
  std::vector<std::string>
      options;  ///< per-mount options, sorted: `ro`|`rw`, `nosuid`, `nodev`, `noexec`, others as read
};

/// Capability sets as 16 lower-case hex digits, as in /proc/PID/status.
struct Capabilities {
  std::string effective, permitted, inheritable, bounding, ambient;
};

struct Descriptor {
  std::uint32_t number = 0;
  std::string kind;    ///< `pipe`, `null` (character device 1:3), `file`, `directory`, `socket`, `anon:<name>`, `other`
  std::string access;  ///< `r`, `w`, `rw`, `path`
};

struct Limit {
  std::string name;        ///< as in /proc/PID/limits, lower case, `-` for blanks: `open-files`
  std::string soft, hard;  ///< decimal, or `unlimited`
};

/// What the cell saw of itself.
struct InsideView {
  std::string mount_source;   ///< `statmount` or `mountinfo`
  std::vector<Mount> mounts;  ///< sorted by point
  Capabilities capabilities;
  std::uint32_t no_new_privs = 0;
  std::uint32_t seccomp_mode = 0;
  std::uint32_t securebits = 0;
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::string> environment;  ///< names the payload will get, sorted
  std::vector<std::uint32_t> descriptors;
  std::map<std::string, std::uint64_t> namespaces;  ///< `net` -> inode
  std::vector<Limit> limits;
  std::optional<std::int32_t> shared_memory;  ///< errno of new shared anonymous memory, 0: it was given; absent in
                                              ///< early editions (judge/edition.hpp)
};

/// What a task inherits from the process that started it, and keeps through an exec.
struct Inherited {
  std::string core_filter;                     ///< coredump_filter, 8 hex digits; `absent`: the kernel dumps no cores
  std::string ignored_signals;                 ///< SigIgn, 16 hex digits
  std::optional<std::string> blocked_signals;  ///< SigBlk; absent at the gate, where the task waits with all blocked
  std::string personality;                     ///< 8 hex digits
  std::vector<std::uint32_t> groups;           ///< supplementary groups, host ids
  std::int32_t nice = 0;
};

/// What the supervisor read from the host's /proc/PID of the task that is or becomes the payload.
struct OutsideView {
  std::string moment;         ///< `gate`: before the payload's exec; `exec`: stopped at its first instruction
  std::vector<Mount> mounts;  ///< sorted by point; source paths of the host are never recorded
  Capabilities capabilities;
  std::uint32_t no_new_privs = 0;
  std::uint32_t seccomp_mode = 0;
  std::uint32_t seccomp_filters = 0;
  std::vector<std::uint32_t> uids, gids;    ///< real, effective, saved, file system; host ids
  std::string uid_map, gid_map, setgroups;  ///< blanks collapsed to one, lines joined by `;`
  std::map<std::string, std::uint64_t> namespaces;
  std::map<std::string, std::uint64_t> host_namespaces;  ///< the supervisor's own
  std::vector<std::string> net_dev;  ///< `name:` and its 16 counters, one blank between, header lines dropped
  std::vector<std::string> net_route, net_ipv6_route, net_if_inet6, net_unix;  ///< rows without header
  std::uint32_t inet_sockets = 0;  ///< sum of `inuse` in /proc/PID/net/sockstat: TCP, UDP, UDP-Lite, raw, fragments
  std::uint64_t environment_bytes = 0;
  std::vector<std::string> environment;  ///< names, sorted; an entry without `=` is recorded as `?`
  std::vector<Descriptor> descriptors;
  std::string ns_pid;     ///< NSpid line, `host inner`
  std::string cwd, root;  ///< link targets; `/` both, once the payload runs
  std::uint64_t tty = 0;  ///< controlling terminal device, 0: none
  std::vector<Limit> limits;
  std::optional<Inherited> inherited;  ///< absent in early editions (judge/edition.hpp)
  std::vector<Limit>
      cgroup;  ///< limits of the cell's own control group: `memory`, `pids`, `swap`; empty if it has none
  std::optional<std::int32_t> oom_score_adj;  ///< 1000: the kernel ends it first when memory runs out; absent in early
                                              ///< editions
};

/// How each limit is enforced: `cgroup2`, `cgroup1`, `rlimit`, `tmpfs`, `timer`, `watch`. A resource limit (`rlimit`)
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
  /// First character of kernel.core_pattern, `?` for one that is not printable ASCII, empty where the pattern is;
  /// absent in early editions.
  std::optional<std::string> core_pattern;
  std::optional<std::vector<std::string>> passed_over;  ///< venues that `auto` could not take: `native: reason`
};

/// The state of the image (which holds the program) before and after the run: SHA-256 as in Input.
struct ImageState {
  std::string stat_before, stat_after;
};

struct Input {
  std::string name;                     ///< as the operator gave it
  std::string manifest_sha256;          ///< of the sorted manifest: kind, mode, size, sha256, path of each entry
  bool staged = false;                  ///< the cell had a copy without FIFOs, sockets and devices
  std::vector<std::string> left_out;    ///< what the copy lacks: `path: kind`
  std::string stat_before, stat_after;  ///< SHA-256 over kind, mode, size, mtime, ctime, inode of each entry
  std::uint64_t files = 0, directories = 0, links = 0, bytes = 0;
  /// Why the bytes that were hashed are those that the program read: `leases`, or `staged: reason`. `broken: path` if a
  /// lease was withdrawn. Absent in early editions (judge/edition.hpp), and where nothing was to be signed.
  std::optional<std::string> held;
};

struct Output {
  std::string name;  ///< as the operator gave it
  bool empty_at_start = false;
  std::vector<std::string> refused;    ///< what the harvest left out: `path: reason`
  bool control_bytes_arrived = false;  ///< what the cell wrote to /out was seen outside
  bool secret_came_back = false;       ///< a secret planted outside in /out was read inside
};

/// What a filter lets through, for some arguments or for all.
struct AllowedCalls {
  std::uint32_t foreign = 0;           ///< how many calls of the machine's other tables
  std::vector<std::uint32_t> numbers;  ///< of the machine's own table, below sys::kCallNumbers, ascending
};

struct Filter {
  std::string sha256;         ///< of the BPF instructions that were loaded, with this run's cookie set to zero
  std::string source_sha256;  ///< of its Docker-JSON source
  std::uint32_t instructions = 0;
  std::optional<AllowedCalls> allowed;  ///< absent in early editions (judge/edition.hpp)
};

struct Payload {
  std::vector<std::string> argv;
  std::optional<std::int32_t> exit_code;  ///< exactly one of exit_code and signal when the payload has ended
  std::optional<std::int32_t> signal;
  std::uint64_t user_us = 0, system_us = 0, max_rss_kib = 0;
  std::vector<std::string> limits_hit;  ///< `wall-clock`, `output-bytes`, …
  std::optional<std::uint64_t>
      peak_memory_bytes;  ///< the most that the cell's control group had, if the kernel says so
};

struct Transcript {
  std::uint64_t entries = 0;
  std::string head;  ///< SHA-256 chain over the probe records, seeded with runId and nonce (evidence/transcript.hpp)
};

/// A container that ran on the host when the cell was about to be made.
struct Container {
  std::string id;                                   ///< its runtime's own
  std::uint32_t mounts = 0;                         ///< how many of its mounts were compared with the cell's sources
  std::map<std::string, std::uint64_t> namespaces;  ///< of its first process; empty where the caller may not know them
  bool whole_host = false;                          ///< it has the host's root file system mounted, and sees all of it
};

/// What else ran on the host. A source of the cell's that lies in a container's mounts is refused before the run.
struct Neighbours {
  std::vector<Container> containers;  ///< sorted by id
  std::vector<std::string> looked;    ///< where runtimes keep their state, and what was found: `/run/runc: none`
};

/// What another venue than `native` has around the cell: seen from outside at its entrypoint, before the cell is made.
struct OuterWalls {
  std::vector<std::string> command;                           ///< the venue's program and its arguments
  std::string bounding_capabilities, effective_capabilities;  ///< CapBnd and CapEff, 16 hex digits
  std::map<std::string, std::uint64_t> namespaces;
  std::uint32_t no_new_privs = 0, seccomp_mode = 0;
  std::vector<std::string> root;  ///< options of its root mount, sorted
  std::uint32_t uid = 0;          ///< on the host
};

/// One run. `payload` is absent if the payload was never started.
struct Evidence {
  std::optional<std::string> nonce, audience;
  std::string run_id;                   ///< 32 lower-case hex digits
  std::string started_on, finished_on;  ///< RFC 3339 UTC, seconds, `Z`
  std::uint64_t duration_us = 0;        ///< monotonic
  Artifact catalogue;  ///< of probes: the number of its edition, and the digest of its questions (judge/edition.hpp)
  Artifact matrix, profile, plan, image, program, launcher;
  Filter filter;
  std::vector<std::string> unsafe;        ///< `unsafe_` keys of the profile that were set
  std::optional<ImageState> image_state;  ///< absent in early editions (judge/edition.hpp)
  Input input;
  Output output;
  Host host;
  std::vector<Enforcement> limits;
  std::vector<std::string> environment;  ///< declared key set, sorted
  std::optional<InsideView> inside;
  std::optional<Neighbours> neighbours;
  std::optional<OuterWalls> outer;   ///< absent in the native venue
  std::vector<OutsideView> outside;  ///< moments `gate` and, if the payload was started, `exec`
  std::vector<ProbeRecord> probes;
  Transcript transcript;
  std::optional<std::string> fault;  ///< why the run ended before the gate: step and errno
  std::optional<Payload> payload;
};

/// Subjects of the statement: every harvested file (name relative to /out, or `stdout`/`stderr`), sorted by
/// name; without output the plan's canonical JSON, named `plan`.
struct Statement {
  std::vector<Artifact> subjects;
  Evidence predicate;
};

}  // namespace immure::evidence
