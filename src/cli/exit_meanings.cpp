#include "cli/exit_meanings.hpp"

#include <algorithm>
#include <array>
#include <ranges>

namespace immure::cli {
namespace {

constexpr std::string_view kRun = "run", kExplain = "explain", kInspect = "inspect", kBatch = "batch",
                           kBatchVerify = "batch verify", kAppraise = "verify, report", kDiff = "diff, profile diff",
                           kShow = "show", kLog = "log", kDoctor = "doctor", kProbe = "probe --require",
                           kEvery = "every command";

constexpr auto kMeanings = std::to_array<ExitMeaning>({
    {kRun, "0", "the program ended with 0, and all that was proved before it started still holds"},
    {kRun, "3",
     "BLOCKED: a boundary does not hold or is not proved, or a file that you named cannot be used; the "
     "program never started"},
    {kRun, "5",
     "the program ended with 0, but outputs were left out or may be cut short by a limit, or something no "
     "longer holds after the run, so that no verifier accepts the evidence"},
    {kRun, "124", "the time limit was reached"},
    {kRun, "128 + N", "signal N killed the program, or ended immure"},
    {kRun, "other",
     "the program's own exit code, or, of a pipeline, that of the last program that failed; a program can also "
     "end with a code of this list, and then the member `end` of --json is `exited`"},
    {kExplain, "other", "as for run"},
    {kInspect, "0", "the inspector read everything, and found nothing at or above --fail-on"},
    {kInspect, "1", "the inspector found something at or above --fail-on"},
    {kInspect, "2", "the inspector failed, or did not read everything"},
    {kInspect, "other", "as for run"},
    {kBatch, "0", "every program ended with 0"},
    {kBatch, "1",
     "no run was BLOCKED, but one of them ended with another code than 0, or --max-failures kept one back"},
    {kBatch, "3", "BLOCKED: at least one program never started, or --resume found another plan"},
    {kBatch, "128 + N", "signal N ended the batch, and was passed on to the runs"},
    {kAppraise, "0", "ACCEPTED"},
    {kAppraise, "1", "REJECTED; of several files: at least one is REJECTED"},
    {kAppraise, "3",
     "BLOCKED: the evidence cannot be appraised, or a file that you named cannot be used; of several files: at least "
     "one is BLOCKED, and none is REJECTED"},
    {kBatchVerify, "0", "the batch is complete, and every run is ACCEPTED"},
    {kBatchVerify, "1", "at least one run is REJECTED"},
    {kBatchVerify, "3",
     "BLOCKED: no run is REJECTED, but a run is missing, extra, exchanged or BLOCKED, or the manifest cannot be read"},
    {kDiff, "0", "both say the same"},
    {kDiff, "1", "they differ"},
    {kDiff, "3", "one of the files is no evidence, or no key that you named verifies its signature"},
    {kShow, "0", "the evidence was shown; this is no verdict"},
    {kShow, "3", "the file is no evidence, or no key that you named verifies its signature"},
    {kLog, "0", "done; for verify: the log holds, and has exactly the files that you named"},
    {kLog, "1", "the log lacks a file, has another one too, or does not continue the checkpoint of --since"},
    {kLog, "3", "the log cannot be read, was changed, or is not signed by this key"},
    {kDoctor, "0", "a cell holds in at least one venue of this machine"},
    {kDoctor, "3", "a cell holds in no venue of this machine"},
    {kProbe, "0", "all that you require holds"},
    {kProbe, "1", "at least one thing that you require does not hold"},
    {kProbe, "3", "nothing that you require is known to be open, but at least one thing cannot be tested here"},
    {kEvery, "0", "for all other commands: done"},
    {kEvery, "64",
     "the command line is wrong; for commands other than run, inspect, batch, verify and report also: a "
     "file that you named cannot be used"},
    {kEvery, "70",
     "immure or the operating system failed, for example because the disk is full; for run: possibly "
     "after the program had started"},
});

/// Appends `text` in lines of at most 80 columns. The second line and all later ones begin with `indent` blanks.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  constexpr std::size_t kScreen = 80;
  while (indent + text.size() > kScreen) {
    const std::size_t end = text.rfind(' ', kScreen - indent);
    out.append(text.substr(0, end)).append("\n").append(indent, ' ');
    text.remove_prefix(end + 1);
  }
  out.append(text).append("\n");
}

}  // namespace

std::span<const ExitMeaning> exit_meanings() { return kMeanings; }

std::vector<ExitMeaning> exit_meanings(std::string_view command) {
  // `probe --require` and `profile diff` are rows of the commands `probe` and `profile`.
  const auto is_about = [&](std::string_view row) {
    return row == command || (row.starts_with(command) && row[command.size()] == ' ');
  };
  std::vector<ExitMeaning> rows;
  for (const ExitMeaning& row : kMeanings) {
    bool wanted = row.commands == kEvery;
    for (const auto part : std::views::split(row.commands, std::string_view(", ")))
      wanted = wanted || is_about(std::string_view(part.begin(), part.end()));
    if (wanted) rows.push_back(row);
  }
  return rows;
}

std::string exit_codes_text() {
  constexpr std::size_t kIndent = 11;
  std::string text;
  std::string_view commands;
  for (const ExitMeaning& row : kMeanings) {
    if (row.commands != commands) text += (text.empty() ? "" : "\n") + std::string(row.commands) + ":\n";
    commands = row.commands;
    std::string code = "  " + std::string(row.code);
    code.resize(kIndent, ' ');
    text += code;
    append_wrapped(text, row.meaning, kIndent);
  }
  return text;
}

}  // namespace immure::cli
