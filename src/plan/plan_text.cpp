#include <algorithm>
#include <string_view>

#include "plan/limit_words.hpp"
#include "plan/package/package_set.hpp"
#include "plan/plan.hpp"
#include "text/list.hpp"
#include "text/visible.hpp"

namespace immure::plan {
namespace {

std::string command(const std::vector<std::string>& argv) {
  std::string line;
  for (const std::string& argument : argv) {
    if (!line.empty()) line += ' ';
    const bool plain = !argument.empty() && argument.find_first_of(" \t\n'\"\\$`*?") == std::string::npos;
    if (plain) {
      line += text::visible(argument);
      continue;
    }
    line += '\'';
    std::string shown = text::visible(argument);
    for (std::size_t at = 0; (at = shown.find('\'', at)) != std::string::npos; at += 4) shown.replace(at, 1, "'\\''");
    line += shown;
    line += '\'';
  }
  return line;
}

std::string joined(const std::vector<std::string>& names) {
  return text::list_text(names, text::kAllItems, text::visible);
}

void line(std::string& text, std::string_view label, std::string_view value) {
  std::string padded(label);
  padded.resize(13, ' ');
  text.append(padded).append(value).append("\n");
}

/// Lists the packages, and indents each line after the first to the column behind the labels.
std::string packages(const PackageSet& set) {
  std::string text = packages_text(set), out;
  text.pop_back();
  for (const char letter : text) {
    out += letter;
    if (letter == '\n') out.append(11, ' ');
  }
  return out;
}

std::string environment_names(const Plan& plan) {
  if (plan.environment.empty()) return "empty";
  return text::list_text(plan.environment, text::kAllItems,
                         [](const auto& variable) { return text::visible(variable.first); });
}

/// The limits of time, or all other limits, in the order of Limits.
std::string limits_text(const Limits& limits, bool of_time) {
  auto rows = probe::kLimitsByEvidenceName;
  std::ranges::sort(rows, {}, [&](const probe::LimitRow* row) { return &(limits.*row->member); });
  std::string text;
  for (const probe::LimitRow* row : rows) {
    const bool is_time = row->unit == probe::Unit::kMilliseconds || row->unit == probe::Unit::kSeconds;
    if (is_time != of_time) continue;
    std::string words(row->words);
    words.replace(words.find('*'), 1, value_text(row->unit, limits.*row->member));
    if (!text.empty()) text += words.starts_with("in ") ? " " : ", ";
    text += words;
  }
  return text;
}

}  // namespace

std::string plan_text(const Plan& plan) {
  const std::vector<std::string> widened = plan.profile.unsafe_keys();
  std::string text;
  if (plan.stages != 0)
    line(text, "stage", std::to_string(plan.stage) + " of " + std::to_string(plan.stages) + ", in a cell of its own");
  line(text, "program",
       text::visible(plan.program.host_path.empty() ? plan.program.inner_path : plan.program.host_path) +
           " (in the cell: " + text::visible(plan.program.inner_path) + ")");
  line(text, "started as", command(plan.program.argv));
  if (plan.input_parts.empty())
    line(text, "input", text::visible(plan.input_name) + " as /in: read only, nothing there is executed");
  for (const InputPart& part : plan.input_parts)
    line(text, &part == plan.input_parts.data() ? "input" : "",
         text::visible(part.name) + " as /in/" + text::visible(part.place) + ": a copy, read only");
  line(text, "stdin",
       plan.stage > 1                ? "what stage " + std::to_string(plan.stage - 1) + " writes"
       : plan.standard_input.empty() ? "empty"
       : plan.standard_input == "-"  ? "immure's own standard input"
                                     : text::visible(plan.standard_input));
  if (plan.feeds_next()) line(text, "stdout", "goes to stage " + std::to_string(plan.stage + 1));
  if (!plan.standard_output.empty()) line(text, "stdout", "goes to " + text::visible(plan.standard_output));
  if (plan.workdir != "/") line(text, "starts in", text::visible(plan.workdir));
  line(text, "output",
       text::visible(plan.output_name) + " as /out: the only place to write, and " +
           (plan.profile.read_back ? "the program can read what it wrote" : "the program cannot read it"));
  if (plan.profile.scratch_bytes != 0)
    line(text, "temporary",
         "at least " + value_text(probe::Unit::kBytes, plan.profile.scratch_bytes) +
             " at /tmp, /var/tmp and /dev/shm: nothing there is kept");
  const ImageSource& source = plan.image.source;
  const bool packed = plan.image.cached && source.kind == "closure";
  line(text, "image",
       text::visible(plan.image.directory) + " as /: read only" + (packed ? ", packed for this program" : ""));
  if (source.kind != "closure") line(text, "", "made from " + source.kind + " " + text::visible(source.name));
  if (!source.sha256.empty()) line(text, "", "its digest is " + source.sha256);
  for (const std::string& layer : source.layers) line(text, "", "layer " + layer);
  if (!source.left_out.empty()) line(text, "left out", joined(source.left_out));
  if (plan.image.packages) line(text, "packed from", packages(*plan.image.packages));
  line(text, "environment", environment_names(plan));
  line(text, "network",
       plan.profile.socket_pairs ? "none: an empty network namespace; unnamed socket pairs only"
                                 : "none: an empty network namespace; no socket of any kind");
  line(text, "profile",
       text::visible(plan.profile.name) +
           (plan.profile.name == plan.profile.base ? "" : ", from " + text::visible(plan.profile.base)) +
           (plan.profile.why.empty() ? "" : ": " + text::visible(plan.profile.why)));
  line(text, "filter",
       std::to_string(plan.filter.instructions.size()) + " instructions; every call that is not allowed gets EPERM; " +
           (plan.profile.unsafe_exec.empty() ? "one exec" : "execve of the files that are declared"));
  if (plan.profile.executes_image()) line(text, "may start", "every file of the image");
  for (const Helper& helper : plan.helpers)
    line(text, &helper == plan.helpers.data() ? "may start" : "", text::visible(helper.path));
  line(
      text, "new code",
      plan.deny_writable_code ? "none: memory is never writable and executable" : "allowed: the program may make code");
  const std::string claim(acceptance_name(plan.profile.gifts()));
  line(text, "claims",
       "the acceptance profile " + claim + (claim == "packet" ? "" : " (verify with --accept " + claim + ")"));
  line(text, "extra rights", widened.empty() ? "nothing" : joined(widened));
  if (!plan.profile.unsafe_syscalls.empty()) line(text, "", "system calls: " + joined(plan.profile.unsafe_syscalls));
  line(text, "limits", limits_text(plan.profile.limits, false));
  line(text, "", limits_text(plan.profile.limits, true));
  line(text, "comes out",
       plan.feeds_next()     ? "standard output, to the next stage"
       : plan.capture_output ? "the output files, standard output and standard error"
                             : "the output files");
  return text;
}

}  // namespace immure::plan
