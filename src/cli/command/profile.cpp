#include <array>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "judge/text.hpp"
#include "plan/filter/filter.hpp"
#include "plan/profile.hpp"
#include "sys/bpf.hpp"
#include "text/json_writer.hpp"

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
  if (json) {
    return json_line([](text::JsonWriter& out) {
      out.array();
      for (const BuiltIn& profile : kBuiltIns)
        out.object().member("name", profile.name).member("use", profile.use).close();
      out.close();
    });
  }
  std::string text;
  for (const BuiltIn& profile : kBuiltIns) {
    std::string name(profile.name);
    name.resize(10, ' ');
    text += name + std::string(profile.use) + "\n";
  }
  return text;
}

// Fewer than all that are answered with EPERM: those are everything else.
std::string syscalls_text(const std::vector<plan::AnsweredCall>& calls) {
  std::string always, some, refused;
  std::size_t allowed = 0, by_argument = 0;
  for (const plan::AnsweredCall& call : calls) {
    if (!call.allowed) {
      refused += "  " + call.name + ": " + judge::errno_text(call.error) + "\n";
    } else if (call.always) {
      ++allowed;
      always += "  " + call.name + "\n";
    } else {
      ++by_argument;
      some += "  " + call.name + "\n";
    }
  }
  return std::to_string(sys::kCallNumbers) + " numbers, " + std::to_string(allowed + by_argument) +
         " allowed, the others refused with EPERM but for those below; foreign tables kill.\n\nAllowed (" +
         std::to_string(allowed) + "):\n" + always + "\nAllowed by argument (" + std::to_string(by_argument) + "):\n" +
         some + "\nRefused with another errno:\n" + refused;
}

std::string syscalls_json(std::string_view profile, const std::vector<plan::AnsweredCall>& calls) {
  return json_line([&](text::JsonWriter& json) {
    json.object().key("calls").array();
    for (const plan::AnsweredCall& call : calls) {
      json.object().member("allowed", !call.allowed ? "never" : call.always ? "always" : "by argument");
      json.member("name", call.name).member("number", call.number).close();
    }
    json.close().member("name", profile).member("numbers", sys::kCallNumbers).close();
  });
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
    if (arguments.has("syscalls")) {
      // An unknown name is answered as without the option.
      CHECK_OK(plan::profile_toml(operands[1]));
      TRY(const auto calls, plan::answered_calls(operands[1]));
      CHECK_OK(print(json ? syscalls_json(operands[1], calls) : syscalls_text(calls)));
      return kSuccess;
    }
    TRY(const std::string toml, plan::profile_toml(operands[1]));
    CHECK_OK(print(json ? json_line({{"name", operands[1]}, {"toml", toml}}) : toml));
    return kSuccess;
  }
  return fail(Code::kUsage, "profile", "list, or show and one name", "For example `immure profile show dynamic`.");
}

}  // namespace immure::cli
