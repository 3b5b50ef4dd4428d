/// Says why a program did not get what it asked for, what helps, and what most likely made the program fail. The
/// functions are pure: what they need of the host comes as a function.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "attest/observe/obstacles.hpp"
#include "plan/plan.hpp"
#include "probe/test_number.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// What the host has under a path that the cell lacks.
enum class OnHost : std::uint8_t { kNothing, kFile, kProgram, kDirectory };

struct ExplainFacts {
  plan::Profile profile;      ///< what the program had
  bool failed = false;        ///< the program ended with another code than 0, or a signal ended it
  std::string input_path;     ///< the input on the host; empty: the input has parts
  std::string workdir = "/";  ///< where the program started
  /// False if the run has a root directory or a container image, to which nothing can be added.
  bool packed = true;
  std::function<OnHost(const std::string&)> on_host;
};

/// What would give the program what it asked for.
enum class Help : std::uint8_t {
  kNothing,     ///< this is a boundary, or nothing need be done
  kScratch,     ///< --tmp
  kReadBack,    ///< --read-back
  kSocketPair,  ///< --socket-pairs
  kProfile,     ///< --profile with another built-in profile
  kCall,        ///< unsafe_syscalls in a profile file
  kInclude,     ///< --include
  kExec,        ///< --exec
  kOther,       ///< another command line, which `remedy` describes
};

struct Finding {
  attest::Obstacle obstacle;
  std::string what;    ///< `socket (AF_INET, SOCK_STREAM)`, `write /etc/x`, `look for /usr/share/x`
  std::string why;     ///< a sentence
  std::string remedy;  ///< a sentence
  std::string option;  ///< `--tmp 256MiB`; empty: no option helps
  Help help = Help::kNothing;
  std::string value;          ///< kProfile: the name; kCall: the call; kInclude, kExec: the path or name
  probe::SandboxTest test{};  ///< the acceptance test of the boundary; 0: no boundary denies this
  int weight = 0;             ///< how likely the program failed because of this
  bool searched = false;      ///< a directory of the host that the program only looked for
  bool ended_after = false;   ///< the last such refusal before the program failed
};

/// A finding with a smaller weight is nothing that people need to see.
inline constexpr int kWorthSeeing = 20;

/// One finding for each obstacle, the most likely culprit first. Error: that of a built-in filter.
[[nodiscard]] Result<std::vector<Finding>> findings_of(const attest::Explanation& explanation,
                                                       const ExplainFacts& facts);

/// True for a path that programs look for and can do without: caches of the dynamic loader, message catalogues.
[[nodiscard]] bool is_usually_missing(std::string_view path);

}  // namespace immure::cli
