#include <algorithm>
#include <vector>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/shell.hpp"
#include "plan/file_digest.hpp"

namespace immure::cli {
namespace {

struct Step {
  std::string_view name;
  std::vector<std::string> lines;
  bool always = false;  ///< also after a step that failed
};

struct Job {
  std::string url, digest, input;
  std::vector<std::string> program;
};

// Root where the runner gives it: unprivileged user namespaces are often forbidden there. Elsewhere `sudo` is empty.
constexpr std::string_view kSudo = R"sh(sudo=; [ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null || sudo=sudo)sh";

std::vector<Step> steps(const Job& job) {
  std::string command = "$sudo ./immure run --venue auto --verbose --challenge challenge.json --key host.key --in " +
                        shell_word(job.input) + " --out report -- " + shell_line(job.program);
  const std::string sudo(kSudo);
  return {
      {"Install",
       {"umask 077", "curl --fail --silent --show-error --location --output immure " + shell_word(job.url),
        "echo " + shell_word(job.digest + "  immure") + " | sha256sum --check", "chmod 755 immure"}},
      {"Can a cell be built here?", {sudo, "$sudo ./immure doctor"}},
      {"Run",
       {"umask 077", R"(printf '%s\n' "$IMMURE_KEY" >host.key)", R"(printf '%s\n' "$IMMURE_PUB" >host.pub)",
        "./immure challenge --audience ci -o challenge.json", sudo, "code=0", command + " || code=$?",
        R"sh([ -z "$sudo" ] || sudo chown -R "$(id -u):$(id -g)" report report.evidence.json)sh", "rm host.key",
        "echo $code >run.code"}},
      {"Verify",
       {"./immure verify report.evidence.json --key host.pub --challenge challenge.json --artifacts report "
        "--format junit >junit.xml || true",
        "./immure verify report.evidence.json --key host.pub --challenge challenge.json --artifacts report"},
       true},
      {"Result", {R"sh(exit "$(cat run.code)")sh"}},
  };
}

std::string lines_at(const Step& step, const std::string& indent) {
  std::string text;
  for (const std::string& line : step.lines) text += indent + line + "\n";
  return text;
}

std::string github(const Job& job) {
  std::string text =
      "# .github/workflows/immure.yml. Secret IMMURE_KEY: host.key of `immure keygen`; variable IMMURE_PUB: "
      "host.pub.\n"
      "name: immure\non: [push, pull_request]\npermissions: {contents: read}\njobs:\n  immure:\n"
      "    runs-on: ubuntu-latest\n    timeout-minutes: 30\n    defaults: {run: {shell: bash}}\n    steps:\n"
      "      - uses: actions/checkout@v4\n        with: {persist-credentials: false}\n";
  for (const Step& step : steps(job)) {
    text += "      - name: " + cli::quoted(step.name) + "\n";
    if (step.always) text += "        if: ${{ !cancelled() }}\n";
    if (step.name == "Run")
      text +=
          "        env:\n          IMMURE_KEY: ${{ secrets.IMMURE_KEY }}\n          IMMURE_PUB: ${{ "
          "vars.IMMURE_PUB }}\n";
    text += "        run: |\n" + lines_at(step, "          ");
  }
  return text +
         "      - uses: actions/upload-artifact@v4\n        if: ${{ !cancelled() }}\n        with:\n          "
         "name: immure\n"
         "          path: |\n            report/\n            report.evidence.json\n            challenge.json\n"
         "            junit.xml\n";
}

std::string gitlab(const Job& job) {
  std::string text =
      "# .gitlab-ci.yml. Variables of the project: IMMURE_KEY (masked, protected), host.key of `immure keygen`, "
      "and\n"
      "# IMMURE_PUB, host.pub.\n"
      "immure:\n  stage: test\n  image: debian:12\n  interruptible: true\n  timeout: 30 minutes\n"
      "  before_script:\n    - apt-get update -qq && apt-get install -qq --yes bubblewrap ca-certificates curl\n  "
      "script:\n";
  for (const Step& step : steps(job)) {
    text += "    # " + std::string(step.name) + "\n";
    // Each in a shell of its own, as on GitHub.
    text += "    - |\n      bash -euo pipefail <<'END'\n" + lines_at(step, "      ") + "      END\n";
  }
  return text +
         "  artifacts:\n    when: always\n    paths: [report/, report.evidence.json, challenge.json, junit.xml]\n"
         "    reports: {junit: junit.xml}\n";
}

}  // namespace

Result<ExitCode> ci_command(const Arguments& arguments) {
  const std::vector<std::string>& operands = arguments.operands();
  Job job{.url = {}, .digest = {}, .input = arguments.value("in").value_or("drop"), .program = {}};
  TRY(job.url, arguments.required("url"));
  TRY(job.digest, plan::new_file_digest("/proc/self/exe"));
  job.program.assign(operands.begin() + 1, operands.end());
  if (job.program.front() == "--") job.program.erase(job.program.begin());
  if (job.program.empty()) return fail(Code::kUsage, "ci", "PROGRAM is missing", "See `immure ci --help`.");
  // A line break would leave its place in the YAML.
  const auto has_break = [](const std::string& text) { return text.find_first_of("\n\r") != std::string::npos; };
  if (has_break(job.url) || has_break(job.input) || std::ranges::any_of(job.program, has_break))
    return fail(Code::kUsage, "ci", "a line break is in what the job would run");
  const std::string& host = operands.front();
  if (host != "github" && host != "gitlab")
    return fail(Code::kUsage, "ci", "there is no job for " + host, "There are github and gitlab.");
  const std::string yaml = host == "github" ? github(job) : gitlab(job);
  CHECK_OK(print(arguments.has("json") ? "{\"yaml\":" + quoted(yaml) + "}\n" : yaml));
  return kSuccess;
}

}  // namespace immure::cli
