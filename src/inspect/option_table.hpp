/// The options of immure-inspect, as both programs show them: `immure inspect` takes the options that an operator gives
/// and hands them on, and immure-inspect takes all options. This header is the only part of the inspector that `immure`
/// includes.
#pragma once

#include <array>
#include <stdexcept>
#include <string_view>

namespace immure::inspect {

struct OptionText {
  std::string_view name;      ///< without the two dashes
  std::string_view argument;  ///< what --help calls the value; empty: a switch
  std::string_view help;      ///< one line; the default in brackets at its end
  bool repeatable = false;
};

inline constexpr auto kOptionTexts = std::to_array<OptionText>({
    {"in", "DIR", "directory to inspect [/in]"},
    {"out", "DIR", "directory for the reports [/out]"},
    {"fail-on", "info|low|medium|high|critical", "exit 1 from this severity up [high]"},
    {"rules", "DIR", "your own YARA rules (*.yar, *.yara), besides the bundled"},
    {"secrets", "FILE", "your own patterns for secrets, TOML as gitleaks has it"},
    {"baseline", "FILE", "findings that you accept, TOML: each has reason and last day"},
    {"today", "DAY", "day to compare the last days with, YYYY-MM-DD; for --baseline"},
    {"against", "FILE", "an earlier report.json: report what has changed since then"},
    {"unseen", "FILE", "list of the entries of the input that the cell cannot show"},
    {"inventory", "", "list and hash only: no types, containers, rules or secrets"},
    {"limit", "NAME=N", "set a limit of the inspector; see docs/inspector.md", true},
    {"opaque", "EXT", "contents of unknown kind with this extension are no gap", true},
    {"workers", "N", "processes of each kind, 1 to 16 [one for each processor]"},
    {"progress", "", "write progress numbers to a file in --out, removed at the end"},
    {"list-rules", "", "print every rule with its severity and what to do, then exit"},
    {"version", "", "print the version and exit"},
    {"help", "", "print this text and exit"},
});

/// The text of one option. A name that is not in the table does not compile.
consteval const OptionText& option_text(std::string_view name) {
  for (const OptionText& text : kOptionTexts) {
    if (text.name == name) return text;
  }
  throw std::logic_error("no such option of the inspector");
}

}  // namespace immure::inspect
