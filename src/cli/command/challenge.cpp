#include "verify/challenge.hpp"

#include <ctime>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/duration.hpp"
#include "file/io.hpp"

namespace immure::cli {

Result<ExitCode> challenge_command(const Arguments& arguments) {
  constexpr std::uint64_t kUsualMilliseconds = 600'000;
  TRY(const std::string audience, arguments.required("audience"));
  TRY(const std::string path, arguments.required("output"));
  std::uint64_t milliseconds = kUsualMilliseconds;
  if (const auto valid = arguments.value("valid")) {
    TRY(milliseconds, parse_duration("--valid", *valid));
    if (milliseconds < 1000) return fail(Code::kUsage, "--valid", "is less than a second: " + *valid);
  }
  TRY(const verify::Challenge challenge, verify::new_challenge(audience, ::time(nullptr), milliseconds / 1000));
  // Never replace another challenge, because somebody may be making its answer.
  TRY(const file::Place place, place_to_write(path));
  CHECK_OK(file::create_whole(place, verify::challenge_json(challenge), 0644));
  if (arguments.has("json")) {
    CHECK_OK(print(verify::challenge_json(challenge)));
  } else {
    CHECK_OK(print("challenge:  " + visible(path) + "\nexpires on: " + challenge.expires_on + "\n"));
  }
  return kSuccess;
}

}  // namespace immure::cli
