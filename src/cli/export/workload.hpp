/// The command that runs in a container that another tool starts: a whole `immure run`, with the packed program in the
/// same container.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "plan/image/image.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Paths in the container.
inline constexpr std::string_view kInnerInput = "/in", kInnerReport = "/report", kInnerKey = "/key/host.key",
                                  kInnerImage = "/image", kInnerProfile = "/profile.toml";

struct Workload {
  plan::Closure closure;  ///< the files for kInnerImage
  plan::Profile profile;
  std::string profile_text;          ///< the text for kInnerProfile, if the operator gave a profile of their own
  std::vector<std::string> command;  ///< `/immure run …`
  std::vector<std::string> environment = {"IMMURE_CACHE=/tmp/cache", "TMPDIR=/tmp"};
};

/// Reads the program from the operands, starting at `first`, and --profile, --timeout and --env. Writes nothing, not
/// even an image. The errors are those of `immure run`.
[[nodiscard]] Result<Workload> workload_of(const Arguments& arguments, std::size_t first);

}  // namespace immure::cli
