#include <algorithm>
#include <vector>

#include "cli/commands.hpp"
#include "cli/export/shell.hpp"
#include "cli/print.hpp"
#include "plan/image/file_digest.hpp"
#include "text/json_writer.hpp"

namespace immure::cli {
namespace {

struct Step {
  std::string_view name;
  std::vector<std::string> lines;
  bool always = false;  ///< this step runs even if an earlier step failed
};

struct Job {
  std::string url, digest, input;
  std::vector<std::string> program;
};

// Chooses the user who runs the job. If the runner can become root, this user is root, because unprivileged user
// namespaces are often forbidden. If root lacks the capabilities of root, as in a container, this user is nobody.
// Otherwise this user is the runner's own user.
constexpr std::string_view kAs[] = {
    R"sh(as=)sh",
    R"sh(if [ "$(id -u)" != 0 ]; then)sh",
    R"sh(  if sudo -n true 2>/dev/null; then as=sudo; fi)sh",
    R"sh(elif ! (((0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status) >> 21) & 1)); then)sh",
    R"sh(  as="setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=$IMMURE_WORK IMMURE_CACHE=$IMMURE_WORK/cache")sh",
    R"sh(  chown -hR 65534:65534 "$IMMURE_WORK")sh",
    R"sh(fi)sh",
};

std::vector<std::string> lines_of(std::initializer_list<std::vector<std::string>> parts) {
  std::vector<std::string> lines;
  for (const std::vector<std::string>& part : parts) lines.insert(lines.end(), part.begin(), part.end());
  return lines;
}

// A checkout may hold hostile files, such as links, so the job writes nothing into the checkout, and above all no key.
// `kept`: the commands that save the results before the verdict can end the job.
std::vector<Step> steps(const Job& job, const std::vector<std::string>& kept) {
  const std::vector<std::string> as(std::begin(kAs), std::end(kAs));
  const std::string verify =
      R"("$IMMURE_WORK/immure" verify "$IMMURE_WORK/report.evidence.json" --key "$IMMURE_WORK/host.pub" )"
      R"(--challenge "$IMMURE_WORK/challenge.json" --artifacts "$IMMURE_WORK/report")";
  return {
      {"Install",
       {R"(curl --fail --silent --show-error --location --output "$IMMURE_WORK/immure" )" + shell_word(job.url),
        "echo " + shell_word(job.digest) + R"("  $IMMURE_WORK/immure" | sha256sum --check)",
        R"(chmod 755 "$IMMURE_WORK/immure")"}},
      {"Can a cell be built here?", lines_of({as, {R"($as "$IMMURE_WORK/immure" doctor)"}})},
      {"Run",
       lines_of(
           {{"umask 077", R"sh(trap 'rm -f "$IMMURE_WORK/host.key"' EXIT)sh",
             R"(printf '%s\n' "$IMMURE_KEY" >"$IMMURE_WORK/host.key")",
             R"(printf '%s\n' "$IMMURE_PUB" >"$IMMURE_WORK/host.pub")", "unset IMMURE_KEY",
             R"("$IMMURE_WORK/immure" challenge --audience ci -o "$IMMURE_WORK/challenge.json")"},
            as,
            {R"sh(sudo=; [ "$as" != sudo ] || sudo=sudo)sh",
             // immure accepts only a key that belongs to the calling user, even if this user is root.
             R"sh([ -z "$sudo" ] || sudo chown 0:0 "$IMMURE_WORK/host.key")sh", "code=0",
             R"($as "$IMMURE_WORK/immure" run --venue auto --verbose --challenge "$IMMURE_WORK/challenge.json" )"
             R"(--key "$IMMURE_WORK/host.key" --in )" +
                 shell_word(job.input) + R"( --out "$IMMURE_WORK/report" -- )" + shell_line(job.program) +
                 " || code=$?",
             R"sh($sudo chown -hR "$(id -u):$(id -g)" "$IMMURE_WORK")sh", R"(echo $code >"$IMMURE_WORK/run.code")"}})},
      {"Verify", lines_of({{verify + R"( --format junit >"$IMMURE_WORK/junit.xml" || true)"}, kept, {verify}}), true},
      {"Result", {R"sh(exit "$(cat "$IMMURE_WORK/run.code")")sh"}},
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
      "      - uses: actions/checkout@v4\n        with: {persist-credentials: false}\n"
      "      - name: \"Make a directory outside of the checkout\"\n"
      "        run: echo \"IMMURE_WORK=$(mktemp -d)\" >>\"$GITHUB_ENV\"\n";
  for (const Step& step : steps(job, {})) {
    text += "      - name: " + text::to_json(step.name) + "\n";
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
         "          path: |\n            ${{ env.IMMURE_WORK }}/report/\n"
         "            ${{ env.IMMURE_WORK }}/report.evidence.json\n            ${{ env.IMMURE_WORK }}/challenge.json\n"
         "            ${{ env.IMMURE_WORK }}/junit.xml\n";
}

std::string gitlab(const Job& job) {
  // A runner keeps only files that lie in the checkout. The job first removes an entry that has one of these names
  // already: if the entry were a link, the runner would keep the file that the link leads to.
  const std::vector<std::string> kept = {"for result in report report.evidence.json challenge.json junit.xml; do",
                                         R"(  [ ! -e "$IMMURE_WORK/$result" ] || cp -R "$IMMURE_WORK/$result" .)",
                                         "done"};
  std::string text =
      "# .gitlab-ci.yml. Variables of the project: IMMURE_KEY (masked, protected), host.key of `immure keygen`, "
      "and\n"
      "# IMMURE_PUB, host.pub. A Docker runner's default seccomp filter forbids a cell: its config.toml wants\n"
      "# security_opt = [\"seccomp:/etc/gitlab-runner/immure.json\"] in [runners.docker], a file that `immure export "
      "seccomp`\n"
      "# prints.\n"
      "immure:\n  stage: test\n  image: debian:12\n  interruptible: true\n  timeout: 30 minutes\n"
      "  before_script:\n    - apt-get update -qq && apt-get install -qq --yes bubblewrap ca-certificates curl\n  "
      "script:\n    - rm -rf report report.evidence.json challenge.json junit.xml\n"
      "    - export IMMURE_WORK=$(mktemp -d)\n";
  for (const Step& step : steps(job, kept)) {
    text += "    # " + std::string(step.name) + "\n";
    // Give each step a shell of its own, as GitHub does.
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
  // A line break would end the value in the YAML.
  const auto has_break = [](const std::string& text) { return text.find_first_of("\n\r") != std::string::npos; };
  // GitHub replaces an expression before the shell sees the quotes around it, and might put a secret there.
  const auto has_expression = [](const std::string& word) { return word.find("${{") != std::string::npos; };
  if (has_expression(job.url) || has_expression(job.input) || std::ranges::any_of(job.program, has_expression))
    return fail(Code::kUsage, "ci", "a word holds ${{, which GitHub would replace by the value of an expression",
                "Put such a word into a script of the repository, and run the script.");
  if (has_break(job.url) || has_break(job.input) || std::ranges::any_of(job.program, has_break))
    return fail(Code::kUsage, "ci", "the command contains a line break, which a job cannot hold");
  const std::string& host = operands.front();
  if (host != "github" && host != "gitlab")
    return fail(Code::kUsage, "ci", "there is no job for " + host, "There are github and gitlab.");
  const std::string yaml = host == "github" ? github(job) : gitlab(job);
  CHECK_OK(print(arguments.has("json") ? json_line({{"yaml", yaml}}) : yaml));
  return kSuccess;
}

}  // namespace immure::cli
