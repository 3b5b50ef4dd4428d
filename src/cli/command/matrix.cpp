#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "judge/judge.hpp"
#include "text/json_writer.hpp"

namespace immure::cli {
namespace {

std::string as_json() {
  return json_line([](text::JsonWriter& json) {
    json.object().member("sha256", judge::matrix_sha256()).key("tests").array();
    for (const judge::MatrixTest& test : judge::matrix()) {
      json.object().member("boundary", test.boundary).member("level", test.level).member("number", int{test.number});
      json.member("passesWhen", test.passes_when).member("sandboxOnly", test.sandbox_only).member("title", test.title);
      json.close();
    }
    json.close().close();
  });
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
