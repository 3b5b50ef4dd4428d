/// What the two witnesses saw of a cell: one from inside, one from outside. Parts of the evidence
/// (evidence/evidence.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace immure::evidence {

struct Mount {
  std::string point;  ///< the mount point as seen inside the cell: `/`, `/in`, `/out`, `/in/sub`
  std::string type;   ///< the file system's type; may be empty in the inside view of old kernels
  /// per-mount options, sorted: `ro`|`rw`, `nosuid`, `nodev`, `noexec`, others as read.
  std::vector<std::string> options;
};

/// Capability sets as 16 lower-case hex digits, in the form of /proc/PID/status.
struct Capabilities {
  std::string effective, permitted, inheritable, bounding, ambient;
};

struct Descriptor {
  std::uint32_t number = 0;
  std::string kind;    ///< `pipe`, `null` (character device 1:3), `file`, `directory`, `socket`, `anon:<name>`, `other`
  std::string access;  ///< `r`, `w`, `rw`, `path`
};

struct Limit {
  std::string name;        ///< the name in /proc/PID/limits, in lower case, `-` for blanks: `open-files`
  std::string soft, hard;  ///< decimal, or `unlimited`
};

/// What the cell observed of itself.
struct InsideView {
  std::string mount_source;   ///< `statmount` or `mountinfo`
  std::vector<Mount> mounts;  ///< sorted by point
  Capabilities capabilities;
  std::uint32_t no_new_privs = 0;
  std::uint32_t seccomp_mode = 0;
  std::uint32_t securebits = 0;
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::string> environment;  ///< names of the variables that the payload will get, sorted
  std::vector<std::uint32_t> descriptors;
  std::map<std::string, std::uint64_t> namespaces;  ///< a namespace's name and its inode: `net` -> inode
  std::vector<Limit> limits;
  /// The errno when the cell tried to change the times of /dev/null, which is or could be the program's standard input.
  /// Absent in evidence of earlier versions.
  std::optional<std::int32_t> null_changed;
  /// The errno when the cell asked for new shared anonymous memory, 0: granted; absent in early editions
  /// (judge/edition.hpp).
  std::optional<std::int32_t> shared_memory;
};

/// What a task inherits from the process that started it, and keeps through an exec.
struct Inherited {
  std::string core_filter;      ///< coredump_filter, 8 hex digits; `absent`: the kernel dumps no cores
  std::string ignored_signals;  ///< the line SigIgn, 16 hex digits
  /// The line SigBlk. Absent at the gate, where the task waits with all signals blocked.
  std::optional<std::string> blocked_signals;
  std::string personality;            ///< 8 hex digits
  std::vector<std::uint32_t> groups;  ///< supplementary groups, as host ids
  std::int32_t nice = 0;
};

/// A fixed file (probe/fixed_files.hpp), or what lies in its place, as the supervisor found it in the cell's image.
struct FixedFile {
  std::string path;
  /// `file`, `link`, or what else lies there: `directory`, `other`, `elsewhere` (behind a link or on another mount),
  /// `large` (a file that is larger than any fixed file).
  std::string kind;
  std::string sha256;  ///< of a file's contents or of a link's target; else empty
  friend bool operator==(const FixedFile&, const FixedFile&) = default;
};

/// What the supervisor found in /out, in a run whose program may read a part of /out.
struct OutputView {
  /// What lies in /out, as `path: kind`, sorted; at the gate without the files of probes, whose names begin with
  /// `.immure-`.
  std::vector<std::string> entries;
  std::uint32_t mounts_elsewhere = 0;  ///< how often the supervisor's own mount table has this file system
};

/// What the supervisor read from the host's /proc/PID of the task that is the payload or becomes the payload.
struct OutsideView {
  /// `gate`: before the payload's exec. `exec`: while the task is stopped at the program's first instruction.
  std::string moment;
  std::vector<Mount> mounts;  ///< sorted by point; source paths of the host are never recorded
  Capabilities capabilities;
  std::uint32_t no_new_privs = 0;
  std::uint32_t seccomp_mode = 0;
  std::uint32_t seccomp_filters = 0;
  std::vector<std::uint32_t> uids, gids;    ///< real, effective, saved and file system id, as host ids
  std::string uid_map, gid_map, setgroups;  ///< runs of blanks become one blank; `;` joins the lines
  std::map<std::string, std::uint64_t> namespaces;
  std::map<std::string, std::uint64_t> host_namespaces;  ///< the supervisor's own namespaces
  std::vector<std::string> net_dev;  ///< `name:` and its 16 counters, separated by one blank, without the header lines
  std::vector<std::string> net_route, net_ipv6_route, net_if_inet6, net_unix;  ///< the rows without the header
  std::uint32_t inet_sockets = 0;  ///< sum of `inuse` in /proc/PID/net/sockstat: TCP, UDP, UDP-Lite, raw, fragments
  std::uint64_t environment_bytes = 0;
  std::vector<std::string> environment;  ///< names, sorted; an entry without `=` is recorded as `?`
  std::vector<Descriptor> descriptors;
  /// What lies at the paths of the fixed files, and everything below /proc and /sys but directories; sorted by path.
  /// Absent in early editions (judge/edition.hpp).
  std::optional<std::vector<FixedFile>> fixed_files;
  std::optional<OutputView> output;  ///< absent in a run that claims `packet`
  std::string ns_pid;                ///< the line NSpid, `host inner`
  std::string cwd, root;             ///< where the links lead; both are `/` once the payload runs
  std::uint64_t tty = 0;             ///< the device of the controlling terminal; 0: none
  std::vector<Limit> limits;
  std::optional<Inherited> inherited;  ///< absent in early editions (judge/edition.hpp)
  /// Limits of the cell's own control group: `memory`, `pids`, `swap`; empty if it has none.
  std::vector<Limit> cgroup;
  /// 1000: the kernel kills the task first when memory runs out; absent in early editions.
  std::optional<std::int32_t> oom_score_adj;
};

}  // namespace immure::evidence
