#include "inspect/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "inspect/report/baseline.hpp"
#include "text/utc_time.hpp"

namespace immure::inspect {
namespace {

constexpr unsigned kMostWorkers = 16;

bool take_path(std::string& place, const std::string& value) {
  place = value;
  return value.starts_with('/');
}

bool take_workers(Options& options, const std::string& value) {
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), options.workers);
  return error == std::errc{} && end == value.data() + value.size() && options.workers >= 1 &&
         options.workers <= kMostWorkers;
}

struct Option {
  std::string_view name;
  std::string_view argument;  ///< what --help calls it; empty: none
  std::string_view help;
  std::string_view wanted;  ///< what a wrong value is told
  bool (*take)(Options&, const std::string&);
};

constexpr auto kOptions = std::to_array<Option>({
    {"--in", "DIR", "the drop [/in]", "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.input, v); }},
    {"--out", "DIR", "where the reports go [/out]", "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.output, v); }},
    {"--rules", "DIR", "YARA rules of your own, *.yar and *.yara", "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.rules.emplace(), v); }},
    {"--secrets", "FILE", "patterns for secrets, TOML in the form of gitleaks", "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.secrets.emplace(), v); }},
    {"--baseline", "FILE", "findings that are accepted, TOML; needs --today", "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.baseline.emplace(), v); }},
    {"--today", "DAY", "the day that the baseline's days are compared with", "YYYY-MM-DD",
     [](Options& o, const std::string& v) {
       o.today = v;
       return text::is_day(v);
     }},
    {"--against", "FILE", "an earlier report.json: what has changed since", "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.against.emplace(), v); }},
    {"--unseen", "FILE", "what of the drop cannot be seen in the cell", "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.unseen.emplace(), v); }},
    {"--fail-on", "SEVERITY", "exit 1 from this severity on [high]", "info, low, medium, high or critical",
     [](Options& o, const std::string& v) {
       const auto severity = severity_named(v);
       o.fail_on = severity.value_or(o.fail_on);
       return severity.has_value();
     }},
    {"--inventory", "", "list and hash alone: no types, containers, rules or secrets", "",
     [](Options& o, const std::string&) { return o.limits.inventory = true; }},
    {"--limit", "NAME=N", "set a limit; repeatable", "a limit's name, =, and a number above 0",
     [](Options& o, const std::string& v) { return set_limit(o.limits, v); }},
    {"--workers", "N", "processes of each kind [one for each processor]", "1 to 16", take_workers},
    {"--progress", "", "tell how far it is: numbers in a file of --out that is gone at the end", "",
     [](Options& o, const std::string&) { return o.progress = true; }},
    {"--list-rules", "", "print every rule, how severe it is and what to do, and end", "",
     [](Options& o, const std::string&) {
       o.action = Options::Action::kListRules;
       return true;
     }},
    {"--version", "", "print the version and end", "",
     [](Options& o, const std::string&) {
       o.action = Options::Action::kVersion;
       return true;
     }},
    {"--help", "", "this text", "",
     [](Options& o, const std::string&) {
       o.action = Options::Action::kHelp;
       return true;
     }},
});

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments) {
  constexpr std::string_view kHint = "See immure-inspect --help.";
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto* option = std::ranges::find(kOptions, name, &Option::name);
    if (option == kOptions.end()) return fail(Code::kUsage, name, "is no option", kHint);
    std::string value;
    if (option->argument.empty()) {
      if (equals != std::string::npos) return fail(Code::kUsage, name, "takes no value", kHint);
    } else if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      return fail(Code::kUsage, name, "needs a value: " + std::string(option->argument), kHint);
    }
    if (!option->take(options, value)) return fail(Code::kUsage, name, "must be " + std::string(option->wanted), kHint);
  }
  if (options.baseline.has_value() == options.today.empty())
    return fail(Code::kUsage, "--baseline", "and --today need each other", kHint);
  return options;
}

std::string help_text() {
  std::string text =
      "Usage: immure-inspect [OPTION]...\n"
      "Inspect a drop of files that nobody trusts, inside a cell, and write report.json, report.sarif,\n"
      "manifest.sha256 and manifest.json. Outside of a cell it refuses to start: BLOCKED, exit 3.\n\n";
  const auto row = [&text](std::string_view left, std::string_view right) {
    text += "  " + std::string(left) + std::string(left.size() < 24 ? 24 - left.size() : 1, ' ') + std::string(right) +
            "\n";
  };
  for (const Option& option : kOptions) {
    row(std::string(option.name) + (option.argument.empty() ? "" : " " + std::string(option.argument)), option.help);
  }
  text += "\nLimits:\n";
  const Limits defaults;
  for (const LimitName& limit : limit_names()) {
    row(limit.name, std::string(limit.help) + " [" + std::to_string(defaults.*limit.value) + "]");
  }
  text +=
      "\nExit: 0 nothing found from --fail-on on, all inspected; 1 something found; 2 error, or not all inspected;\n"
      "3 BLOCKED; 64 wrong usage.\n\nExample: immure inspect drop -o report --key host.key\n";
  return text;
}

}  // namespace immure::inspect
