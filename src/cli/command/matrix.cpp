#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "judge/judge.hpp"

namespace immure::cli {
namespace {

std::string as_json() {
  std::string json = "{\"sha256\":" + quoted(judge::matrix_sha256()) + ",\"tests\":[";
  bool first = true;
  for (const judge::MatrixTest& test : judge::matrix()) {
    json += first ? "" : ",";
    first = false;
    json += "{\"boundary\":" + quoted(test.boundary) + ",\"level\":" + quoted(test.level) +
            ",\"number\":" + std::to_string(test.number) + ",\"passesWhen\":" + quoted(test.passes_when) +
            ",\"sandboxOnly\":" + (test.sandbox_only ? "true" : "false") + ",\"title\":" + quoted(test.title) + "}";
  }
  return json + "]}\n";
}

std::string as_text() {
  std::string text;
  for (const judge::MatrixTest& test : judge::matrix()) {
    std::string number = "#" + std::to_string(test.number);
    number.resize(4, ' ');
    std::string level(test.level);
    level.resize(3, ' ');
    text += number + level + (test.sandbox_only ? "S " : "  ") + std::string(test.title) + "\n";
  }
  return text + "S: only a real sandbox can pass it. --json says when each passes.\n";
}

}  // namespace

Result<ExitCode> matrix_command(const Arguments& arguments) {
  CHECK_OK(print(arguments.has("json") ? as_json() : as_text()));
  return kSuccess;
}

}  // namespace immure::cli
