#include "verify/expectation.hpp"

#include <algorithm>
#include <string_view>

#include "judge/text.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"

namespace immure::verify {
namespace {

struct Codes {
  judge::Reason program, arguments, input, exit_code, launcher;
};
constexpr Codes kOfRequest{"program-unexpected", "arguments-unexpected", "input-unexpected", "exit-unexpected",
                           "launcher-unexpected"};
constexpr Codes kOfPolicy{"policy-program", "policy-arguments", "policy-input", "policy-exit", "policy-launcher"};

/// A name without a slash is compared with the last component of the program's path.
bool is_program(const evidence::Artifact& program, std::string_view name) {
  const std::string_view path = program.name;
  return name == path || name == program.sha256 || name == path.substr(path.rfind('/') + 1);
}

std::string arguments_text(const std::vector<std::string>& arguments) {
  std::string text;
  for (const std::string& argument : arguments) text::append_item(text, text::to_json(argument), " ");
  return text.empty() ? "no arguments" : text;
}

std::string end_text(const evidence::Evidence& evidence) {
  if (!evidence.payload) return "no end";
  if (evidence.payload->exit_code) return "exit code " + std::to_string(*evidence.payload->exit_code);
  return evidence.payload->signal ? "signal " + std::to_string(*evidence.payload->signal) : "no end";
}

std::string codes_text(const std::vector<int>& codes) {
  return (codes.size() == 1 ? "exit code " : "one of the exit codes ") +
         text::list_text(codes, text::kAllItems, [](int code) { return std::to_string(code); });
}

}  // namespace

std::optional<judge::Finding> check_expectation(const Expectation& expected, ExpectedBy by,
                                                const evidence::Evidence& evidence) {
  const Codes& codes = by == ExpectedBy::kPolicy ? kOfPolicy : kOfRequest;
  if (!expected.programs.empty() &&
      std::ranges::none_of(expected.programs, [&](const auto& name) { return is_program(evidence.program, name); }))
    return judge::Finding{codes.program, "/program", judge::list_text(expected.programs),
                          evidence.program.name + ", " + evidence.program.sha256};
  if (expected.arguments) {
    std::vector<std::string> arguments;
    const bool known = evidence.payload && !evidence.payload->argv.empty();
    if (known) arguments.assign(evidence.payload->argv.begin() + 1, evidence.payload->argv.end());
    if (!known || arguments != *expected.arguments)
      return judge::Finding{codes.arguments, "/payload/argv", arguments_text(*expected.arguments),
                            known ? arguments_text(arguments) : "no program was started"};
  }
  const std::string& manifest = evidence.input.manifest_sha256;
  if (!expected.inputs.empty() && std::ranges::find(expected.inputs, manifest) == expected.inputs.end())
    return judge::Finding{codes.input, "/input/manifestSha256", judge::list_text(expected.inputs),
                          manifest.empty() ? "none" : manifest};
  if (!expected.exit_codes.empty()) {
    const auto code = evidence.payload ? evidence.payload->exit_code : std::nullopt;
    if (!code || std::ranges::find(expected.exit_codes, *code) == expected.exit_codes.end())
      return judge::Finding{codes.exit_code, "/payload", codes_text(expected.exit_codes), end_text(evidence)};
  }
  const std::string& launcher = evidence.launcher.sha256;
  if (!expected.launchers.empty() && std::ranges::find(expected.launchers, launcher) == expected.launchers.end())
    return judge::Finding{codes.launcher, "/launcher", judge::list_text(expected.launchers),
                          launcher.empty() ? "none" : launcher};
  return std::nullopt;
}

}  // namespace immure::verify
