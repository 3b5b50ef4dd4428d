#include <array>
#include <string_view>

#include "attest/host/cleanup.hpp"
#include "cli/commands.hpp"
#include "cli/explain/unused_options.hpp"
#include "cli/print.hpp"
#include "cli/run/launch_options.hpp"
#include "file/place.hpp"
#include "text/list.hpp"

namespace immure::cli {
Result<ExitCode> explain_command(const Arguments& arguments) {
  TRY(Launch wanted, run_or_explain(arguments));
  std::vector<std::string> unused;
  for (const std::string_view option : kUnusedByExplain)
    if (!arguments.values(option).empty()) unused.push_back("--" + std::string(option));
  if (!unused.empty()) tell("note: explain signs and keeps nothing, and does not use " + text::list_text(unused));
  wanted.key = wanted.audit = std::nullopt;
  wanted.no_evidence = true;
  wanted.capture = wanted.fail_on_refused = wanted.no_observer = false;
  wanted.explains = true;
  wanted.profile_to_write = arguments.value("write");
  if (wanted.profile_to_write && !wanted.replace) {
    TRY(const file::Place place, file::place_of(*wanted.profile_to_write));
    if (file::status_of(place))
      return fail(Code::kUsage, "--write " + *wanted.profile_to_write, "exists already",
                  "Name a file that does not exist yet, or add --replace.");
  }
  TRY(const std::optional<ExitCode> led, begin(wanted));
  if (led) return *led;
  constexpr unsigned kOwn = 0700;
  const std::array<std::string, 1> entries = {"out"};
  auto place = attest::TemporaryDirectory::create(entries, kOwn);
  if (!place) return blocked(place.error(), wanted.json);
  wanted.output = place->at("out");
  return launch(std::move(wanted));
}

}  // namespace immure::cli
