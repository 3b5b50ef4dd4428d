#include <algorithm>
#include <array>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "judge/text.hpp"
#include "plan/filter/filter.hpp"
#include "plan/filter/groups.hpp"
#include "plan/profile.hpp"
#include "plan/profile_words.hpp"
#include "sys/bpf.hpp"
#include "sys/numbers.hpp"
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

// Names the calls that are allowed, or denied with another errno than EPERM. All other calls get EPERM.
std::string syscalls_text(const std::vector<plan::AnsweredCall>& calls) {
  std::string always, some, refused;
  std::size_t allowed = 0, by_argument = 0;
  for (const plan::AnsweredCall& call : calls) {
    if (!call.allowed) {
      refused += "  " + call.name + ": " + (call.error == 0 ? "feigned" : judge::errno_text(call.error)) + "\n";
    } else if (call.always) {
      ++allowed;
      always += "  " + call.name + "\n";
    } else {
      ++by_argument;
      some += "  " + call.name + "\n";
    }
  }
  return std::to_string(sys::kCallNumbers) + " numbers, " + std::to_string(allowed + by_argument) +
         " allowed. All other calls get EPERM, except those listed below. Numbers above " +
         std::to_string(sys::nr::kLast) + " get ENOSYS. Calls of foreign system call tables get EPERM.\n\nAllowed (" +
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

/// The profile as a file to start from, with the groups that its filter opens in comments below.
Result<std::string> show(const std::string& profile) {
  if (plan::is_profile_file(profile))
    return fail(Code::kUsage, profile, "is a file, and this command shows built-in profiles",
                "`immure run --dry-run --profile " + profile + "` shows what the file means for a run.");
  TRY(std::string text, plan::profile_toml(profile));
  TRY(const std::string groups, plan::groups_text(profile));
  text += "\n# The filter opens these groups of system calls, and answers EPERM to everything else.\n#\n";
  for (std::size_t from = 0; from < groups.size();) {
    const std::size_t end = groups.find('\n', from);
    text += (end == from ? "#" : "# " + groups.substr(from, end - from)) + "\n";
    from = end + 1;
  }
  return text;
}

void write_group(text::JsonWriter& json, const plan::Group& group) {
  json.object().key("calls").array();
  for (const plan::GroupRule& rule : group.rules)
    for (const plan::GroupLine& line : rule.lines) json.value(line.statement.text);
  json.close().member("name", group.name).member("opens", group.opens).close();
}

Result<std::string> show_json(const std::string& profile) {
  TRY(const std::string toml, plan::profile_toml(profile));
  TRY(const plan::Groups groups, plan::builtin_groups());
  TRY(const auto members, groups.of(profile));
  return json_line([&](text::JsonWriter& json) {
    json.object().key("groups").array();
    for (const plan::Group* group : members) write_group(json, *group);
    json.close().member("name", profile).member("toml", toml).close();
  });
}

using Difference = plan::ProfileDifference;
using Kind = Difference::Kind;

struct KindName {
  Kind kind;
  std::string_view name, heading;
};
constexpr auto kKinds = std::to_array<KindName>({
    {Kind::kGroup, "group", "groups"},
    {Kind::kCall, "call", "system calls"},
    {Kind::kLimit, "limit", "limits"},
    {Kind::kKey, "key", "keys"},
});

std::string difference_text(const Difference& one) {
  if (one.first && one.second) return "  " + visible(one.name + ": " + *one.first + " -> " + *one.second) + "\n";
  const std::string& value = one.first ? *one.first : *one.second;
  return std::string(one.first ? "  - " : "  + ") + visible(one.name + (value.empty() ? "" : ": " + value)) + "\n";
}

std::string differences_text(const std::vector<Difference>& differences) {
  std::string text;
  for (const KindName& kind : kKinds) {
    std::string lines;
    for (const Difference& one : differences)
      if (one.kind == kind.kind) lines += difference_text(one);
    if (!lines.empty()) text += std::string(kind.heading) + ":\n" + lines;
  }
  return text.empty() ? "no difference\n" : text;
}

std::string differences_json(const std::vector<Difference>& differences, std::string_view first,
                             std::string_view second) {
  return json_line([&](text::JsonWriter& json) {
    const auto side = [&](std::string_view name, const std::optional<std::string>& value) {
      json.key(name);
      if (value)
        json.value(*value);
      else
        json.null();
    };
    json.object().key("differences").array();
    for (const Difference& one : differences) {
      json.object();
      side("first", one.first);
      json.member("kind", std::ranges::find(kKinds, one.kind, &KindName::kind)->name).member("name", one.name);
      side("second", one.second);
      json.close();
    }
    json.close().member("first", first).member("second", second).close();
  });
}

Result<ExitCode> diff(const std::string& first, const std::string& second, bool json) {
  TRY(const plan::Profile one, plan::profile_called(first));
  TRY(const plan::Profile other, plan::profile_called(second));
  TRY(const std::vector<Difference> differences, plan::compare_profiles(one, other));
  CHECK_OK(print(json ? differences_json(differences, first, second) : differences_text(differences)));
  return differences.empty() ? kSuccess : kDiffers;
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
      // An unknown name gives the same error as without the option.
      CHECK_OK(plan::profile_toml(operands[1]));
      TRY(const auto calls, plan::answered_calls(operands[1]));
      CHECK_OK(print(json ? syscalls_json(operands[1], calls) : syscalls_text(calls)));
      return kSuccess;
    }
    TRY(const std::string text, json ? show_json(operands[1]) : show(operands[1]));
    CHECK_OK(print(text));
    return kSuccess;
  }
  if (operands[0] == "diff" && operands.size() == 3) return diff(operands[1], operands[2], json);
  return fail(Code::kUsage, "profile", "takes list; show and one name; or diff and two names or files",
              "For example `immure profile show dynamic` or `immure profile diff static python`.");
}

}  // namespace immure::cli
