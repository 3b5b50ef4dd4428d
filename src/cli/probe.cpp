#include <algorithm>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "probe/catalogue.hpp"

namespace immure::cli {
namespace {

std::string as_json() {
  std::string json = "[";
  for (const probe::Row& row : probe::catalogue()) {
    if (json.size() > 1) json += ',';
    json += "{\"boundary\":" + quoted(probe::name(row.boundary)) + ",\"id\":" + quoted(row.id) +
            ",\"source\":" + quoted(row.source) + ",\"syscall\":" + quoted(row.syscall) +
            ",\"test\":" + std::to_string(row.test) + ",\"tries\":" + quoted(row.tries) + "}";
  }
  return json + "]\n";
}

std::string as_text() {
  std::size_t width = 0;
  for (const probe::Row& row : probe::catalogue()) width = std::max(width, row.id.size());
  std::string text;
  for (const probe::Row& row : probe::catalogue()) {
    std::string id(row.id);
    id.resize(width + 2, ' ');
    text += "#" + std::to_string(row.test) + "  " + id + std::string(row.tries) + "\n";
  }
  return text;
}

}  // namespace

Result<ExitCode> probe_command(const Arguments& arguments) {
  if (!arguments.has("list")) {
    return fail(Code::kUsage, "probe", "--list is missing",
                "The probes themselves run in each cell, before its program: see `immure run --help`.");
  }
  CHECK_OK(print(arguments.has("json") ? as_json() : as_text()));
  return kSuccess;
}

}  // namespace immure::cli
