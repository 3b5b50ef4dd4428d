#include <array>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "plan/profile.hpp"

namespace immure::cli {
namespace {

struct BuiltIn {
  std::string_view name;
  std::string_view use;
};
constexpr auto kBuiltIns = std::to_array<BuiltIn>({
    {"static", "statically linked programs; no executable mapping is ever made"},
    {"dynamic", "dynamically linked programs, shells and the usual tools"},
    {"python", "CPython and Perl programs"},
    {"jit", "programs that make code at run time (unsafe_writable_code)"},
});

std::string list(bool json) {
  std::string text = json ? "[" : "";
  for (const BuiltIn& profile : kBuiltIns) {
    if (json) {
      text += text.size() > 1 ? "," : "";
      text += "{\"name\":" + quoted(profile.name) + ",\"use\":" + quoted(profile.use) + "}";
    } else {
      std::string name(profile.name);
      name.resize(10, ' ');
      text += name + std::string(profile.use) + "\n";
    }
  }
  return json ? text + "]\n" : text;
}

}  // namespace

Result<ExitCode> profile_command(const Arguments& arguments) {
  const std::vector<std::string>& operands = arguments.operands();
  const bool json = arguments.has("json");
  if (operands[0] == "list" && operands.size() == 1) {
    CHECK_OK(print(list(json)));
    return kSuccess;
  }
  if (operands[0] == "show" && operands.size() == 2) {
    TRY(const std::string toml, plan::profile_toml(operands[1]));
    CHECK_OK(print(json ? "{\"name\":" + quoted(operands[1]) + ",\"toml\":" + quoted(toml) + "}\n" : toml));
    return kSuccess;
  }
  return fail(Code::kUsage, "profile", "list, or show and one name", "For example `immure profile show dynamic`.");
}

}  // namespace immure::cli
