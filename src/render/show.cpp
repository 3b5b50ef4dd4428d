#include "render/show.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "evidence/envelope.hpp"
#include "judge/claim.hpp"
#include "judge/text.hpp"
#include "probe/catalogue.hpp"
#include "render/run_words.hpp"
#include "render/show_tables.hpp"
#include "text/json_writer.hpp"
#include "text/list.hpp"
#include "text/visible.hpp"
#include "text/wrap.hpp"
#include "verify/artifacts.hpp"

namespace immure::render {
namespace {

using evidence::Evidence, evidence::ProbeRecord;

/// What the operator's packet asks for, and the probe that answers.
struct Asked {
  std::string_view question, probe;
};
constexpr std::array kAsked = {
    Asked{"execve", "exec/execve"},
    Asked{"socket", "network/socket-inet-stream"},
    Asked{"connect", "network/connect"},
    Asked{"write to /in", "input/create"},
    Asked{"write outside of /out", "filesystem/write-tmp"},
};

const ProbeRecord* record_of(const Evidence& evidence, std::string_view id) {
  const auto found = std::ranges::find(evidence.probes, id, &ProbeRecord::id);
  return found == evidence.probes.end() ? nullptr : &*found;
}

std::string answer_words(const auto& answer) {
  return judge::answer_text({answer.ret, answer.errno_value, answer.effect});
}

std::string call_words(const ProbeRecord& record) { return record.syscall + "(" + text::list_text(record.args) + ")"; }

std::string denials(const Evidence& evidence) {
  std::string out;
  for (const Asked& asked : kAsked) {
    out += std::string(asked.question) + ": ";
    if (const ProbeRecord* record = record_of(evidence, asked.probe)) {
      out += text::escaped(call_words(*record)) + " = " + std::to_string(record->ret) + ", " +
             (record->errno_value == 0 ? "no errno" : judge::errno_text(record->errno_value)) +
             " (before the walls: " + answer_words(record->control) + ")\n";
    } else {
      out += "no probe was recorded\n";
    }
  }
  return out;
}

std::string layer_words(const ProbeRecord& record) {
  if (!record.attribution) return {};
  return *record.attribution == probe::kFilterAnswer ? "; the filter answered" : "; the filter let the call pass";
}

std::string probes(const Evidence& evidence) {
  std::string out;
  for (const ProbeRecord& record : evidence.probes) {
    out += std::to_string(record.seq) + " " + text::escaped(record.id) + " (" + text::escaped(record.boundary) +
           "): " + text::escaped(call_words(record)) + " = " + answer_words(record) + "; before the walls " +
           answer_words(record.control);
    if (record.walls) out += "; by mounts and credentials alone " + answer_words(*record.walls);
    out += layer_words(record) + "\n";
  }
  return out;
}

std::string run_words(const evidence::Statement& statement) {
  const Evidence& evidence = statement.predicate;
  const judge::Claim claim = judge::claim_of(evidence);
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out += std::string(name) + ": " + text::visible(value) + "\n";
  };
  add("run", evidence.run_id + ", " + evidence.started_on + " to " + evidence.finished_on);
  add("venue", evidence.host.venue + " " + evidence.host.venue_version + ", kernel " + evidence.host.kernel + ", " +
                   evidence.host.architecture);
  add("acceptance profile",
      claim.profile + (claim.gifts == probe::kNothing ? "" : ": " + judge::gifts_text(claim.gifts)));
  const auto stages = evidence::stages_of(statement);
  if (stages.size() == 1) add("program", command_words(evidence) + " (SHA-256 " + evidence.program.sha256 + ")");
  for (const evidence::Evidence* stage : stages)
    for (const std::string& words : helper_words(*stage)) add("may start", words);
  for (std::size_t i = 0; stages.size() > 1 && i < stages.size(); ++i) {
    std::string words =
        command_words(*stages[i]) + " (SHA-256 " + stages[i]->program.sha256 + "): " + end_words(*stages[i]);
    if (const std::string pipe = pipe_words(*stages[i]); !pipe.empty()) text::append_item(words, pipe, "; ");
    add("stage " + std::to_string(i + 1) + " of " + std::to_string(stages.size()), words);
  }
  add("starts in", evidence.workdir.value_or("/"));
  add("ended", end_words(statement));
  for (const std::string& words : attention_words(statement)) add("attention", words);
  add("input", input_words(evidence));
  add("manifest of the input, SHA-256", evidence.input.manifest_sha256);
  add("variables of the program", evidence.environment.empty() ? "none" : text::list_text(evidence.environment));
  add("profile", evidence.profile.name + " (SHA-256 " + evidence.profile.sha256 + ")");
  add("keys that widen the cell", evidence.unsafe.empty() ? "none" : text::list_text(evidence.unsafe));
  return out;
}

std::string outputs(const evidence::Statement& statement) {
  const evidence::Output& output = statement.predicate.output;
  std::string out;
  if (verify::without_output(statement)) {
    out = "none\n";
  } else {
    for (const evidence::Artifact& subject : statement.subjects)
      out += text::escaped(subject.name) + ": SHA-256 " + subject.sha256 + "\n";
  }
  for (const std::string& lost : output.refused) out += "lost: " + text::escaped(lost) + "\n";
  for (const std::string& cut : output.perhaps_cut.value_or(std::vector<std::string>()))
    out += "perhaps without its end: " + text::escaped(cut) + "\n";
  return out;
}

std::string signature_words(const Signature& signature) {
  if (signature.checked) return "signature: checked; made by key " + text::escaped(signature.key_id) + "\n";
  return "signature: NOT CHECKED, so anybody may have written what follows. Name the key of the host with --key. The "
         "file "
         "names key " +
         text::escaped(signature.key_id) + "\n";
}

}  // namespace

std::string shown_text(const evidence::Statement& statement, const Signature& signature, std::size_t width) {
  constexpr std::size_t kIndent = 4;
  const Evidence& evidence = statement.predicate;
  std::string titles, sections;
  const auto section = [&](std::string_view title, const std::string& text) {
    if (text.empty()) return;
    text::append_item(titles, title);
    sections += "\n" + std::string(title) + "\n" + text;
  };
  section("DENIED BEFORE THE PROGRAM STARTED", denials(evidence));
  section("OUTPUTS", outputs(statement));
  section("LIMITS", limits_table(evidence));
  section("CALLS THAT COULD NOT SUCCEED", refusals_table(evidence));
  section("MOUNTS", mounts_table(evidence));
  section("NAMESPACES", namespaces_table(evidence));
  section("PACKAGES IN THE IMAGE", packages_list(evidence));
  section("EACH PROBE", probes(evidence));
  section("EACH FIELD, AS IT WAS SIGNED", fields_list(statement));
  // The text has many pages, and the first page says what to look for.
  const std::string about =
      statement.predicate.stages
          ? "\nWhat follows is of the last stage of the pipeline. The list of fields has the other stages too.\n"
          : "";
  const std::string out = signature_words(signature) + "This is no verdict: immure verify gives one.\n\n" +
                          run_words(statement) + about + "\nFurther down, below these headings: " + titles + ".\n" +
                          sections;
  return text::wrapped_lines(out, width, kIndent);
}

std::string shown_json(const evidence::Statement& statement, const Signature& signature) {
  std::string out;
  text::JsonWriter json(out);
  json.object().key("denials").array();
  for (const Asked& asked : kAsked) {
    const ProbeRecord* record = record_of(statement.predicate, asked.probe);
    if (record == nullptr) continue;
    json.object().member("args", record->args).member("asked", asked.question).key("control").object();
    json.member("effect", record->control.effect).member("errno", record->control.errno_value);
    json.member("ret", record->control.ret).close().member("effect", record->effect);
    json.member("errno", record->errno_value)
        .member("errnoName", record->errno_value == 0 ? "" : judge::errno_text(record->errno_value));
    json.member("id", record->id).member("ret", record->ret).member("syscall", record->syscall).close();
  }
  json.close().member("keyId", signature.key_id);
  json.member("signature", signature.checked ? "checked" : "not-checked");
  json.key("statement").raw(evidence::statement_json(statement));
  json.member("type", "urn:immure:evidence-shown:v1").close();
  return text::ascii_json(out) + "\n";
}

}  // namespace immure::render
