/// What a container of somebody else's making is to run: a whole `immure run` of a program that is packed beside it.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "plan/image/image.hpp"
#include "plan/plan.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Where the container has what the run needs.
inline constexpr std::string_view kInnerInput = "/in", kInnerReport = "/report", kInnerKey = "/key/host.key",
                                  kInnerImage = "/image", kInnerProfile = "/profile.toml";

struct Workload {
  plan::Closure closure;  ///< what goes to kInnerImage
  plan::Profile profile;
  std::string profile_text;          ///< of a profile of the operator's own; goes to kInnerProfile
  std::vector<std::string> command;  ///< `/immure run …`
  std::vector<std::string> environment = {"IMMURE_CACHE=/tmp/cache", "TMPDIR=/tmp"};
};

/// The program among the operands from `first` on, with --profile, --timeout and --env. Writes nothing, not even an
/// image. Errors as `immure run`.
[[nodiscard]] Result<Workload> workload_of(const Arguments& arguments, std::size_t first);

}  // namespace immure::cli
