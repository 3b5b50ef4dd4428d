#include <algorithm>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "probe/catalogue.hpp"

namespace immure::cli {
namespace {

std::string argument_text(const probe::Arg& argument) {
  switch (argument.kind) {
    case probe::Arg::Kind::kNone: return "";
    case probe::Arg::Kind::kNumber: return std::to_string(static_cast<std::int64_t>(argument.number));
    case probe::Arg::Kind::kText: return quoted(argument.text);
    case probe::Arg::Kind::kBuffer: return "buffer";
    case probe::Arg::Kind::kNull: return "NULL";
  }
  return "";
}

/// What is tried: in words where the row has some, else the call itself.
std::string tried(const probe::Row& row) {
  if (!row.tries.empty()) return std::string(row.tries);
  std::string call(row.syscall);
  call += '(';
  for (const probe::Arg& argument : row.args) {
    if (argument.kind == probe::Arg::Kind::kNone) break;
    if (call.back() != '(') call += ", ";
    call += argument_text(argument);
  }
  return call + ")";
}

std::string as_json() {
  std::string json = "[";
  for (const probe::Row& row : probe::catalogue()) {
    if (json.size() > 1) json += ',';
    json += "{\"boundary\":" + quoted(probe::name(row.boundary)) + ",\"id\":" + quoted(row.id) +
            ",\"source\":" + quoted(row.source) + ",\"syscall\":" + quoted(row.syscall) +
            ",\"test\":" + std::to_string(row.test) + ",\"tries\":" + quoted(tried(row)) + "}";
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
    text += "#" + std::to_string(row.test) + "  " + id + tried(row) + "\n";
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
