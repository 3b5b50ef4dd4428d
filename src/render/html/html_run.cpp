#include <algorithm>

#include "render/call_names.hpp"
#include "render/html/html_parts.hpp"
#include "render/refusal_words.hpp"
#include "render/run_words.hpp"
#include "sys/bpf.hpp"
#include "verify/artifacts.hpp"
#include "verify/run_summary.hpp"

namespace immure::render {
namespace {

using evidence::Evidence;

void append_who(Page& page, const verify::AttestationResult& result, const Evidence& evidence) {
  page.markup("<h3>Who ran it</h3>\n<dl>\n").entry("Signed by key", result.key_id);
  page.entry("Launcher", evidence.launcher.name);
  page.markup("<dt>Host</dt><dd>").value(evidence.host.kernel).markup(", ").value(evidence.host.architecture);
  page.markup(", venue ").value(evidence.host.venue).markup(" ").value(evidence.host.venue_version).markup("</dd>\n");
  if (evidence.host.passed_over) {
    page.markup("<dt>Venues passed over</dt><dd>");
    append_list(page, *evidence.host.passed_over);
    page.markup("</dd>\n");
  }
  if (evidence.neighbours) {
    page.markup("<dt>Containers beside the cell</dt><dd>")
        .number(std::uint64_t{evidence.neighbours->containers.size()});
    page.markup("; looked for in ");
    append_list(page, evidence.neighbours->looked);
    page.markup("</dd>\n");
  }
  page.markup("<dt>Security modules</dt><dd>");
  append_list(page, evidence.host.lsms);
  page.markup("; Landlock ABI ").number(std::uint64_t{evidence.host.landlock_abi}).markup("</dd>\n");
  if (evidence.host.core_pattern) {
    page.markup("<dt>Core dumps</dt><dd>");
    if (*evidence.host.core_pattern == "|") {
      page.markup("would go to a program of the host, but the limit of 1 prevents dumps");
    } else if (*evidence.host.core_pattern == "@") {
      page.markup("go to a socket of the host");
    } else {
      page.markup("would go to a file, but the limit prevents dumps");
    }
    page.markup("</dd>\n");
  }
  page.markup("<dt>When</dt><dd>").value(evidence.started_on).markup(" to ").value(evidence.finished_on);
  page.markup(", ").number(evidence.duration_us / 1000).markup(" ms by the host's clock</dd>\n");
  page.entry("Run", evidence.run_id);
  page.markup("<dt>Audience</dt><dd>");
  evidence.audience ? page.value(*evidence.audience) : page.markup("<em>none named</em>");
  page.markup("</dd>\n<dt>Nonce</dt><dd>");
  evidence.nonce ? page.value(*evidence.nonce)
                 : page.markup("<em>none: only the time shows how fresh the evidence is</em>");
  page.markup("</dd>\n</dl>\n");
}

void append_what(Page& page, const Evidence& evidence) {
  page.markup("<h3>What ran</h3>\n<dl>\n").entry("Program", evidence.program.name);
  page.markup("<dt>Arguments</dt><dd>");
  evidence.payload ? append_list(page, evidence.payload->argv)
                   : void(page.markup("<em>the program was never started</em>"));
  page.markup("</dd>\n");
  if (const std::vector<std::string> helpers = helper_words(evidence); !helpers.empty()) {
    page.markup("<dt>May start</dt><dd>");
    append_list(page, helpers);
    page.markup("</dd>\n");
  }
  page.entry("Profile", evidence.profile.name);
  page.markup("<dt>Keys that weaken the cell</dt><dd>");
  append_list(page, evidence.unsafe);
  page.markup("</dd>\n<dt>Declared variables</dt><dd>");
  append_list(page, evidence.environment);
  page.markup("</dd>\n<dt>Limits</dt><dd>");
  for (const evidence::Enforcement& limit : evidence.limits) {
    if (&limit - evidence.limits.data() >= static_cast<std::ptrdiff_t>(kMaxListed)) break;
    if (&limit != evidence.limits.data()) page.markup(", ");
    page.value(limit.name).markup(" ").number(limit.value).markup(" ").value(limit.unit).markup(" by ").value(limit.by);
  }
  append_rest(page, std::min(evidence.limits.size(), kMaxListed), evidence.limits.size());
  page.markup("</dd>\n</dl>\n");
}

/// Lists the files and directories that make up the input.
void append_parts(Page& page, const std::vector<evidence::InputPart>& parts) {
  std::vector<std::string> texts;
  for (const evidence::InputPart& part : parts)
    texts.push_back("/in/" + part.place + " (" + part.name + ", SHA-256 " + part.sha256 + ")");
  page.markup("<dt>Consists of</dt><dd>");
  append_list(page, texts);
  page.markup("</dd>\n");
}

void append_input(Page& page, const evidence::Input& input) {
  page.markup("<h3>On what: /in</h3>\n<dl>\n").entry("Directory, as given", input.name);
  page.markup("<dt>Held</dt><dd>").number(input.files).markup(" files, ").number(input.directories);
  page.markup(" directories, ").number(input.links).markup(" links, ").number(input.bytes).markup(" bytes</dd>\n");
  if (input.parts) append_parts(page, *input.parts);
  page.markup("<dt>Left out of the copy</dt><dd>");
  input.staged ? append_list(page, input.left_out)
               : void(page.markup("<em>nothing: the cell used the input itself, not a copy</em>"));
  if (input.held) page.markup("</dd>\n<dt>Kept from being changed by</dt><dd>").value(*input.held);
  page.markup("</dd>\n<dt>Standard input</dt><dd>");
  if (const auto& stream = input.standard_input) {
    page.value(stream->name).markup(": ").number(stream->bytes).markup(" bytes, of which the program read ");
    page.number(stream->taken).markup("; SHA-256 ").value(stream->sha256);
    if (!stream->whole) page.markup(" (not read to its end)");
  } else {
    page.markup("<em>empty</em>");
  }
  page.markup("</dd>\n<dt>After the run</dt><dd>");
  if (input.stat_after.empty())
    page.markup("<em>not checked</em>");
  else
    page.markup(input.stat_before == input.stat_after ? Markup("as before") : Markup("<strong>changed</strong>"));
  page.markup("</dd>\n</dl>\n");
}

void append_end(Page& page, const Evidence& evidence) {
  page.markup("<dt>How it ended</dt><dd>");
  if (evidence.fault) page.markup("before the gate: ").value(*evidence.fault);
  if (!evidence.payload) {
    if (!evidence.fault) page.markup("<strong>the program was never started</strong>");
    page.markup("</dd>\n");
    return;
  }
  const evidence::Payload& payload = *evidence.payload;
  page.sentence(end_words(evidence))
      .markup("; ")
      .number(payload.user_us / 1000)
      .markup(" ms user, ")
      .number(payload.system_us / 1000);
  page.markup(" ms system, ").number(payload.max_rss_kib).markup(" KiB at most</dd>\n<dt>Limits hit</dt><dd>");
  append_list(page, payload.limits_hit);
  page.markup("</dd>\n<dt>Calls that could not succeed</dt><dd>");
  if (payload.refused) {
    page.number(verify::refused_calls(evidence));
    for (const std::string& sentence : refusal_sentences(evidence))
      page.markup("<p>").sentence(sentence).markup("</p>");
  } else {
    page.markup("<em>not observed</em>");
  }
  page.markup("</dd>\n<dt>Processes at the end of the program</dt><dd>");
  page.markup(payload.left_running.value_or(false) ? Markup("<strong>some still ran, and were killed</strong>")
                                                   : Markup("none still ran"));
  page.markup("</dd>\n");
}

void append_comparison(Page& page, const verify::AttestationResult& result) {
  const judge::Row* row = row_of(result, 44);
  page.markup("<dt>Files at hand</dt><dd>");
  if (row == nullptr) {
    page.markup("not compared with the signed digests (--artifacts)</dd>\n");
    return;
  }
  append_outcome(page, row->outcome);
  page.markup(row->outcome == judge::Outcome::kHolds ? Markup(": the directory holds exactly the signed files")
                                                     : Markup(""));
  for (const judge::Finding& finding : row->findings) {
    page.markup("<p>").value(finding.where).markup(": expected ").value(finding.expected).markup(", observed ");
    page.value(finding.observed).markup("</p>");
  }
  page.markup("</dd>\n");
}

void append_output(Page& page, const verify::AttestationResult& result) {
  const evidence::Statement& statement = *result.statement;
  const bool none = verify::without_output(statement);
  page.markup("<h3>What came out: /out</h3>\n<dl>\n").entry("Directory, as given", statement.predicate.output.name);
  append_end(page, statement.predicate);
  page.markup("<dt>Outputs</dt><dd>");
  none ? page.markup("<em>none</em>") : page.number(std::uint64_t{statement.subjects.size()});
  page.markup("</dd>\n<dt>Refused at the harvest</dt><dd>");
  append_list(page, statement.predicate.output.refused);
  page.markup("</dd>\n<dt>Perhaps without their end</dt><dd>");
  append_list(page, statement.predicate.output.perhaps_cut.value_or(std::vector<std::string>()));
  page.markup("</dd>\n");
  append_comparison(page, result);
  page.markup("</dl>\n");
  if (none) return;
  page.markup(
      "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Outputs\"><table>\n<caption>Each output "
      "and its digest, as signed</caption>\n<thead><tr><th scope=\"col\">Output</th>"
      "<th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n");
  const std::size_t shown = std::min(statement.subjects.size(), kMaxShown);
  for (std::size_t i = 0; i < shown; ++i) {
    page.markup("<tr><th scope=\"row\">").value(statement.subjects[i].name).markup("</th><td class=\"digest\">");
    page.digest(statement.subjects[i].sha256).markup("</td></tr>\n");
  }
  page.markup("</tbody></table>");
  append_rest(page, shown, statement.subjects.size());
  page.markup("</div>\n");
}

void append_digest(Page& page, std::string_view what, std::string_view called, std::string_view digest) {
  page.markup("<tr><th scope=\"row\">").text(what).markup("</th>").cell(called).markup("<td class=\"digest\">");
  page.digest(digest).markup("</td></tr>\n");
}

/// The stages of a pipeline in their order, with what went over the pipes between them.
void append_pipeline(Page& page, const evidence::Statement& statement) {
  const auto stages = evidence::stages_of(statement);
  if (stages.size() == 1) return;
  page.markup(
      "<h3>The pipeline</h3>\n<p>Each stage ran in a cell of its own. The tests are about all stages; what stands "
      "below about the run, its cell, its witnesses and its probes is of the last stage.</p>\n"
      "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Stages\"><table>\n<caption>Each stage, "
      "and what went over the pipe to the next one</caption>\n<thead><tr><th scope=\"col\">Stage</th>"
      "<th scope=\"col\">Program</th><th scope=\"col\">SHA-256</th><th scope=\"col\">Ended</th>"
      "<th scope=\"col\">Pipes</th></tr></thead>\n<tbody>\n");
  for (std::size_t i = 0; i < std::min(stages.size(), kMaxListed); ++i) {
    page.markup("<tr><th scope=\"row\">").number(std::uint64_t{i + 1}).markup("</th>");
    page.cell(command_words(*stages[i])).markup("<td class=\"digest\">").digest(stages[i]->program.sha256);
    page.markup("</td><td>").sentence(end_words(*stages[i])).markup("</td><td>").sentence(pipe_words(*stages[i]));
    page.markup("</td></tr>\n");
  }
  page.markup("</tbody></table></div>\n");
}

}  // namespace

void append_run(Page& page, const verify::AttestationResult& result) {
  const Evidence& evidence = result.statement->predicate;
  page.markup("<section aria-labelledby=\"run\">\n<h2 id=\"run\">The run</h2>\n");
  append_who(page, result, evidence);
  append_pipeline(page, *result.statement);
  append_what(page, evidence);
  append_input(page, evidence.input);
  append_output(page, result);
  page.markup("</section>\n");
}

/// Appends all calls that the filter allows: an auditor wants the list of what is allowed, not only of what was tried.
void append_calls(Page& page, const Evidence& evidence) {
  if (!evidence.filter.allowed) return;
  const auto& [foreign, allowed] = *evidence.filter.allowed;
  page.markup("<h3>System calls</h3>\n<p>The filter allows ").number(std::uint64_t{allowed.size()});
  page.markup(" of ").number(std::uint64_t{sys::kCallNumbers});
  page.markup(" system calls, some only with certain arguments. It allows ").number(std::uint64_t{foreign});
  page.markup(" calls of foreign system call tables.</p>\n<p class=\"digest\">");
  const std::size_t shown = std::min<std::size_t>(allowed.size(), sys::kCallNumbers);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i != 0) page.markup(", ");
    page.text(call_name(evidence.host.architecture, allowed[i]));
  }
  append_rest(page, shown, allowed.size());
  page.markup("</p>\n");
}

void append_digests(Page& page, const evidence::Statement& statement) {
  const Evidence& evidence = statement.predicate;
  page.markup(
      "<section aria-labelledby=\"digests\">\n<h2 id=\"digests\">Digests</h2>\n"
      "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Table of digests\"><table>\n<caption>What the "
      "run was made of; the outputs stand under “The run”</caption>\n<thead><tr><th scope=\"col\">What</th>"
      "<th scope=\"col\">Name</th><th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n");
  append_digest(page, "Plan", evidence.plan.name, evidence.plan.sha256);
  append_digest(page, "Profile", evidence.profile.name, evidence.profile.sha256);
  append_digest(page, "Image", evidence.image.name, evidence.image.sha256);
  append_digest(page, "Program", evidence.program.name, evidence.program.sha256);
  append_digest(page, "Launcher", evidence.launcher.name, evidence.launcher.sha256);
  append_digest(page, "Catalogue of probes, edition", evidence.catalogue.name, evidence.catalogue.sha256);
  append_digest(page, "Matrix", evidence.matrix.name, evidence.matrix.sha256);
  append_digest(page, "Filter, as loaded", std::to_string(evidence.filter.instructions) + " instructions",
                evidence.filter.sha256);
  append_digest(page, "Filter, its source", "Docker seccomp JSON", evidence.filter.source_sha256);
  append_digest(page, "Input, its manifest", evidence.input.name, evidence.input.manifest_sha256);
  if (evidence.image_state) {
    append_digest(page, "Image before the run", "kind, mode, size, times", evidence.image_state->stat_before);
    append_digest(page, "Image after the run", "kind, mode, size, times", evidence.image_state->stat_after);
  }
  append_digest(page, "Input before the run", "kind, mode, size, times", evidence.input.stat_before);
  append_digest(page, "Input after the run", "kind, mode, size, times", evidence.input.stat_after);
  page.markup("</tbody></table></div>\n");
  append_calls(page, evidence);
  page.markup("</section>\n");
}

}  // namespace immure::render
