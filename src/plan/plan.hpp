/// Profile (what an operator writes) and Plan (everything resolved, nothing left to look up).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probe/limits.hpp"
#include "sys/bpf.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::plan {

using probe::Limits;

/// What may be written in a profile file. Keys that widen begin with `unsafe_`.
struct Profile {
  std::string name = "dynamic";  ///< `static`, `dynamic`, `python`, `jit`, or a file's own name
  std::string base = "dynamic";  ///< the built-in profile it starts from
  Limits limits;
  std::map<std::string, std::string> environment;  ///< set for the payload, besides the built-in PATH-less minimum
  std::vector<std::string> image_include;          ///< extra host files or directories packed into the image
  std::vector<std::string> unsafe_syscalls;        ///< added to the allowlist, by name
  bool unsafe_writable_code = false;               ///< anonymous PROT_EXEC and W+X; set by `jit`
  std::optional<std::string> unsafe_seccomp_file;  ///< a Docker-JSON profile to use instead of the built-in one
  std::string source_sha256;                       ///< of the profile's text, or of the built-in's canonical form

  /// Names of the keys that widen, as they must appear in the evidence; sorted. `jit` yields `unsafe_writable_code`.
  [[nodiscard]] std::vector<std::string> unsafe_keys() const;
};

/// A filter as loaded, with the places where a run's exec cookie goes.
struct FilterProgram {
  std::vector<sys::Instruction> instructions;  ///< cookie immediates are placeholders until bind_cookie()
  std::string source_sha256;                   ///< of the Docker-JSON text
  std::string sha256;                          ///< of the instructions with cookie immediates zero
};

/// A read-only image directory in the cache, or the operator's --rootfs.
struct Image {
  std::string directory;                     ///< absolute; has empty directories `in` and `out`
  std::string sha256;                        ///< of its manifest
  std::string program_sha256;                ///< of the program's file in it
  bool cached = false;                       ///< made by immure from the program's closure
  std::string stat_sha256;                   ///< file::stat_digest of it when it was digested
  std::shared_ptr<const sys::Fd> held = {};  ///< the directory itself, opened when it was digested
  std::string open_to_others = {};         ///< of an operator's directory, what another user may write; empty: nothing
  std::string changeable = {};             ///< of an operator's directory, why it may change unseen; empty: it cannot
  std::vector<std::string> foreign = {};   ///< what was packed from outside of the system's directories, by path
  std::vector<std::string> left_out = {};  ///< `path -> target` of links that lead out of what was packed
};

/// The program as it will be started.
struct Program {
  std::string host_path;             ///< what was named, resolved; empty with --rootfs
  std::string inner_path;            ///< path of the executed file inside the image
  std::string sha256;                ///< of the executed file
  std::vector<std::string> argv;     ///< final, script interpreter included
  std::vector<std::string> loaders;  ///< inner paths the kernel opens for exec besides inner_path (ELF interpreter)
};

/// Everything that a venue needs. Its canonical JSON (plan_json) is digested into the evidence.
struct Plan {
  Profile profile;
  Image image;
  Program program;
  std::map<std::string, std::string> environment;  ///< the payload's whole environment
  std::string input_path, output_path;             ///< absolute, resolved
  std::string input_name, output_name;             ///< as given by the operator
  FilterProgram filter;
  bool deny_writable_code = true;  ///< PR_SET_MDWE where the kernel has it
  bool capture_output = false;     ///< stdout and stderr become subjects
};

/// Canonical JSON of the plan (RFC 8785).
[[nodiscard]] std::string plan_json(const Plan& plan);

/// The plan in words, for --dry-run.
[[nodiscard]] std::string plan_text(const Plan& plan);

}  // namespace immure::plan
