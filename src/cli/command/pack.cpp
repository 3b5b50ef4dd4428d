#include <cstdint>
#include <limits>

#include "attest/deadline.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/launch_options.hpp"
#include "plan/image/image.hpp"
#include "plan/package/package_set.hpp"

namespace immure::cli {

Result<ExitCode> pack_command(const Arguments& arguments) {
  TRY(const std::string directory, arguments.required("output"));
  TRY(const file::Place place, place_to_write(without_trailing_slashes(directory)));
  TRY(const std::string program, find_program(arguments.operands().front()));
  // The deadline blocks signals, so this command must not wait for ever until somebody reads its result.
  limit_patience();
  // There is no time limit, but after a signal no unfinished image may stay.
  TRY(const auto deadline, attest::Deadline::begin(std::numeric_limits<std::uint64_t>::max()));
  deadline->enter("the program was packed");
  const file::GoOn go_on = deadline->go_on();
  TRY(plan::PackageChoice choice, package_choice(arguments));
  choice.remember = false;
  TRY(const plan::Closure closure, plan::closure_of(program, {}, arguments.values("include"), go_on, nullptr, choice));
  TRY(const plan::Image image, plan::pack_image(closure, place, go_on));
  const std::size_t entries = closure.files.size() + closure.trees.size() +
                              (closure.packages ? closure.packages->files + closure.packages->links : 0);
  if (arguments.has("json")) {
    CHECK_OK(print(json_line({{"directory", image.directory},
                              {"profile", closure.profile},
                              {"program", closure.program.inner_path},
                              {"sha256", image.sha256}})));
  } else {
    CHECK_OK(print("image:   " + visible(image.directory) + "\nprogram: " + visible(closure.program.inner_path) +
                   "\npacked:  " + std::to_string(entries) + " files and directories\nsha256:  " + image.sha256 +
                   "\n"));
  }
  return kSuccess;
}

}  // namespace immure::cli
