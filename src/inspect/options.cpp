#include "inspect/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "inspect/option_table.hpp"
#include "inspect/report/baseline.hpp"
#include "inspect/scan/names.hpp"
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
  OptionText text;
  std::string_view wanted;  ///< what the error about a wrong value says
  bool (*take)(Options&, const std::string&);
};

bool take_extension(Options& options, const std::string& value) {
  constexpr std::size_t kLongest = 32;
  const bool plain = std::ranges::all_of(value, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
  if (value.empty() || value.size() > kLongest || !plain) return false;
  // As the inspector compares extensions: without regard to case.
  options.limits.opaque.push_back(extension("x." + value));
  return true;
}

constexpr auto kOptions = std::to_array<Option>({
    {option_text("in"), "an absolute path", [](Options& o, const std::string& v) { return take_path(o.input, v); }},
    {option_text("out"), "an absolute path", [](Options& o, const std::string& v) { return take_path(o.output, v); }},
    {option_text("rules"), "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.rules.emplace(), v); }},
    {option_text("secrets"), "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.secrets.emplace(), v); }},
    {option_text("baseline"), "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.baseline.emplace(), v); }},
    {option_text("today"), "YYYY-MM-DD",
     [](Options& o, const std::string& v) {
       o.today = v;
       return text::is_day(v);
     }},
    {option_text("against"), "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.against.emplace(), v); }},
    {option_text("unseen"), "an absolute path",
     [](Options& o, const std::string& v) { return take_path(o.unseen.emplace(), v); }},
    {option_text("fail-on"), "info, low, medium, high or critical",
     [](Options& o, const std::string& v) {
       const auto severity = severity_named(v);
       o.fail_on = severity.value_or(o.fail_on);
       return severity.has_value();
     }},
    {option_text("inventory"), "", [](Options& o, const std::string&) { return o.limits.inventory = true; }},
    {option_text("limit"), "a limit's name, =, and a number above 0",
     [](Options& o, const std::string& v) { return set_limit(o.limits, v); }},
    {option_text("opaque"), "an extension without its dot", take_extension},
    {option_text("workers"), "1 to 16", take_workers},
    {option_text("progress"), "", [](Options& o, const std::string&) { return o.progress = true; }},
    {option_text("list-rules"), "",
     [](Options& o, const std::string&) {
       o.action = Options::Action::kListRules;
       return true;
     }},
    {option_text("version"), "",
     [](Options& o, const std::string&) {
       o.action = Options::Action::kVersion;
       return true;
     }},
    {option_text("help"), "",
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
    const auto* option = std::ranges::find_if(
        kOptions, [&](const Option& each) { return name.starts_with("--") && name.substr(2) == each.text.name; });
    if (option == kOptions.end()) return fail(Code::kUsage, "", "there is no option " + name, kHint);
    std::string value;
    if (option->text.argument.empty()) {
      if (equals != std::string::npos) return fail(Code::kUsage, name, "takes no value", kHint);
    } else if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      return fail(Code::kUsage, name, "needs a value: " + std::string(option->text.argument), kHint);
    }
    if (!option->take(options, value)) return fail(Code::kUsage, name, "must be " + std::string(option->wanted), kHint);
  }
  if (options.baseline.has_value() == options.today.empty())
    return fail(Code::kUsage, "--baseline", "needs --today, and --today needs --baseline", kHint);
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
    std::string left = "--" + std::string(option.text.name);
    if (!option.text.argument.empty()) left += " " + std::string(option.text.argument);
    row(left, std::string(option.text.help) + (option.text.repeatable ? "; repeatable" : ""));
  }
  text += "\nLimits:\n";
  const Limits defaults;
  for (const LimitName& limit : limit_names()) {
    row(limit.name, std::string(limit.help) + " [" + std::to_string(defaults.*limit.value) + "]");
  }
  text +=
      "\nExit: 0 everything was inspected, and nothing at or above --fail-on was found; 1 something was found;\n"
      "2 error, or not everything was inspected; 3 BLOCKED; 64 wrong usage.\n\nExample: immure inspect drop -o report "
      "--key host.key\n";
  return text;
}

}  // namespace immure::inspect
