/// The Profile (what an operator writes) and the Plan (everything resolved, with nothing left to look up).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/catalogue.hpp"
#include "probe/fixed_files.hpp"
#include "probe/limits.hpp"
#include "sys/bpf.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

using probe::Limits;

/// In the place of a program's name: the program may start every file of the image.
inline constexpr std::string_view kWholeImage = "image";

/// What a profile file may contain. Keys that give the program more rights begin with `unsafe_`.
struct Profile {
  /// `static`, `dynamic`, `python` or `jit`; the profile of a file has the file's own name.
  std::string name = "dynamic";
  std::string base = "dynamic";  ///< the built-in profile from which this profile starts
  Limits limits;
  std::uint64_t scratch_bytes = 0;  ///< size of the directory for temporary files; 0: there is none
  bool read_back = false;           ///< the program may read what it wrote to /out
  bool socket_pairs = false;        ///< the program may make unnamed pairs of connected sockets
  /// Programs that the program may start, by name or path. kWholeImage stands for every file of the image.
  std::vector<std::string> unsafe_exec;
  /// Variables for the payload. The command line can add variables; the payload gets no others.
  std::map<std::string, std::string> environment;
  std::vector<std::string> image_include;    ///< more files or directories of the host for the image
  std::vector<std::string> unsafe_syscalls;  ///< names of system calls to add to the allowlist
  /// Allows anonymous PROT_EXEC mappings and mappings that are writable and executable; `jit` sets this.
  bool unsafe_writable_code = false;
  /// A filter in Docker's JSON format that replaces the built-in filter.
  std::optional<std::string> unsafe_seccomp_file;
  std::string source_sha256;  ///< of the profile file's text, or of a built-in profile's canonical form
  std::string why = {};       ///< why the program has this profile: `node links V8`; empty: no reason is known

  /// Names of the keys that give the program more rights, sorted, as the evidence must name them. The profile `jit`
  /// counts as `unsafe_writable_code`.
  [[nodiscard]] std::vector<std::string> unsafe_keys() const;
  /// What the profile gives the program beyond what the acceptance profile `packet` allows.
  [[nodiscard]] probe::Gifts gifts() const;
  /// True if the program may start every file of the image.
  [[nodiscard]] bool executes_image() const;
};

/// A seccomp filter as the kernel loads it. bind_cookie() still has to write the cookie of a run's exec into it.
struct FilterProgram {
  /// The cookie's immediates are placeholders until bind_cookie().
  std::vector<sys::Instruction> instructions;
  std::string source_sha256;  ///< of the text in Docker's JSON format
  std::string sha256;         ///< of the instructions, with zeros in place of the cookie
};

/// Where an image came from.
struct ImageSource {
  std::string kind = "closure";       ///< `closure`, `rootfs`, `oci` or `docker-archive`
  std::string name;                   ///< the program, the directory or the reference that the operator gave
  std::string sha256;                 ///< of a container image: of its manifest, or of its configuration
  std::vector<std::string> layers;    ///< of a container image: the SHA-256 of each layer, the lowest first
  std::vector<std::string> packages;  ///< of a closure: `name version architecture` of each package
  std::vector<std::string> left_out;  ///< paths that the image lacks although its source has them, with the reason
  friend bool operator==(const ImageSource&, const ImageSource&) = default;
};

struct PackageSet;

/// A read-only image directory in the cache, or the operator's directory from --rootfs.
struct Image {
  std::string directory;                     ///< absolute; has empty directories `in` and `out`
  std::string sha256;                        ///< digest of its contents
  std::string program_sha256;                ///< of the program's file in the image
  bool cached = false;                       ///< the image lies in immure's cache
  std::string stat_sha256;                   ///< state of the image when it was digested (image_state)
  std::shared_ptr<const sys::Fd> held = {};  ///< the directory itself, opened when it was digested
  std::string open_to_others = {};        ///< of an operator's directory, what another user may write; empty: nothing
  std::string changeable = {};            ///< of an operator's directory, why it may change unseen; empty: it cannot
  std::vector<std::string> foreign = {};  ///< what was packed from outside of the system's directories, by path
  std::shared_ptr<const PackageSet> packages = {};  ///< what packages brought; empty if ELF headers decided
  std::vector<std::string> left_out = {};           ///< `path -> target` of links that lead out of what was packed
  std::string times_sha256 = {};                    ///< of a cached image: file::stat_digest when it was digested
  /// Of a cached image: a lock on its directory. While the lock is held, immure does not remove the image.
  std::shared_ptr<const sys::Fd> in_use = {};
  ImageSource source = {};  ///< where the image came from
};

/// The program as the cell will start it.
struct Program {
  /// The path that the operator named, with links resolved; empty with --rootfs.
  std::string host_path;
  std::string inner_path;         ///< path of the executed file in the image
  std::string sha256;             ///< of the executed file
  std::vector<std::string> argv;  ///< final argv, with the interpreter of a script
  /// Other paths in the image that the kernel opens for an exec: the ELF interpreters of the program and its helpers.
  std::vector<std::string> loaders;
};

/// A file of the image that the program may execute besides its own.
struct Helper {
  std::string path;    ///< in the image, with links resolved
  std::string sha256;  ///< of its contents
  friend bool operator==(const Helper&, const Helper&) = default;
};

/// One of several files and directories that together are the input.
struct InputPart {
  std::string name;   ///< as the operator wrote it
  std::string path;   ///< absolute, with links resolved
  std::string place;  ///< its name below /in
};

/// Everything that a venue needs. The evidence has the digest of its canonical JSON (plan_json).
struct Plan {
  Profile profile;
  Image image;
  Program program;
  std::vector<Helper> helpers = {};                ///< sorted by path; empty with kWholeImage
  std::map<std::string, std::string> environment;  ///< the whole environment of the payload
  std::string input_path, output_path;             ///< absolute, with links resolved
  std::string input_name, output_name;             ///< as the operator wrote them
  std::vector<InputPart> input_parts = {};         ///< sorted by place; empty: the input is one directory
  std::string workdir = "/";                       ///< where the program starts
  /// The program has a directory for temporary files, and /tmp, /var/tmp and /dev/shm are links to it.
  bool scratch_links = false;
  std::string standard_output = {};  ///< as --stdout names the file; empty: the caller's own
  std::string standard_input;        ///< as --stdin names the file; empty: nothing to read
  FilterProgram filter;
  bool observer = true;  ///< the supervisor learns of calls that cannot succeed in the cell
  /// The supervisor answers the calls that the filter denies, and notes them. No evidence is made of such a run.
  bool explains = false;
  bool deny_writable_code = true;  ///< sets PR_SET_MDWE where the kernel has it (Linux 6.3)
  std::uint64_t processors = 1;    ///< how many processors the cell may use, as its fixed files say
  bool capture_output = false;     ///< the digests of stdout and stderr become subjects of the statement
  /// The image depends on a script in the input. Another input needs a plan of its own.
  bool reads_input = false;
  /// The place of the program in a pipeline, counted from 1, and how many programs the pipeline has; 0: no pipeline.
  std::uint32_t stage = 0, stages = 0;

  /// True if the program's standard input is a pipe, and not /dev/null.
  [[nodiscard]] bool reads_pipe() const { return !standard_input.empty() || stage > 1; }
  /// True if the program's standard output goes to the next stage of a pipeline.
  [[nodiscard]] bool feeds_next() const { return stage < stages; }
};

/// The acceptance profile that a run with these gifts claims (judge/claim.hpp).
[[nodiscard]] std::string_view acceptance_name(probe::Gifts gifts);

/// The files that every image has, with the contents that follow from this plan.
[[nodiscard]] std::vector<probe::FixedFile> fixed_files(const Plan& plan);

/// The plan as canonical JSON (RFC 8785).
[[nodiscard]] std::string plan_json(const Plan& plan);

/// The plan in words, for --dry-run.
[[nodiscard]] std::string plan_text(const Plan& plan);

}  // namespace immure::plan
