#include "cli/commands.hpp"
#include "cli/directories.hpp"
#include "cli/print.hpp"
#include "plan/image.hpp"

namespace immure::cli {

Result<ExitCode> pack_command(const Arguments& arguments) {
  TRY(const std::string directory, arguments.required("output"));
  TRY(const std::string program, find_program(arguments.operands().front()));
  TRY(const plan::Closure closure, plan::closure_of(program, {}, arguments.values("include")));
  TRY(const plan::Image image, plan::pack_image(closure, directory));
  const std::size_t entries = closure.files.size() + closure.trees.size();
  if (arguments.has("json")) {
    CHECK_OK(print("{\"directory\":" + quoted(image.directory) + ",\"profile\":" + quoted(closure.profile) +
                   ",\"program\":" + quoted(closure.program.inner_path) + ",\"sha256\":" + quoted(image.sha256) +
                   "}\n"));
  } else {
    CHECK_OK(print("image:   " + visible(image.directory) + "\nprogram: " + visible(closure.program.inner_path) +
                   "\npacked:  " + std::to_string(entries) + " files and directories\nsha256:  " + image.sha256 +
                   "\n"));
  }
  return kSuccess;
}

}  // namespace immure::cli
