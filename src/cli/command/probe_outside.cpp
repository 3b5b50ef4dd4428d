#include "cli/command/probe_outside.hpp"

#include <algorithm>
#include <charconv>

#include "cli/command/probe_survey.hpp"
#include "cli/command/probe_words.hpp"
#include "cli/print.hpp"
#include "judge/judge.hpp"
#include "judge/text.hpp"
#include "probe/outside.hpp"
#include "text/json_writer.hpp"
#include "text/markup.hpp"

namespace immure::cli {
namespace {

using probe::Found;
using probe::Row;

Survey survey() {
  const auto rows = probe::catalogue();
  Survey survey;
  survey.answers.resize(rows.size());
  probe::try_outside(survey.answers);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Found found = probe::appraise_outside(rows[i], survey.answers[i]);
    survey.found.push_back(found);
    survey.boundaries.at(static_cast<std::size_t>(rows[i].boundary)).add(found);
    survey.tests[rows[i].test.index()].add(found);
    for (std::size_t r = 0; r < std::size(kRequirements); ++r)
      if (std::ranges::find(kRequirements[r].tests, rows[i].test) != kRequirements[r].tests.end())
        survey.requirements.at(r).add(found);
  }
  return survey;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out(text);
  if (out.size() < width) out.resize(width, ' ');
  return out;
}

std::string line(std::string_view what, std::size_t width, const Tally& tally) {
  return padded(what, width) + padded(probe::name(tally.found), 14) + std::to_string(tally[Found::kHolds]) + " hold, " +
         std::to_string(tally[Found::kWeak]) + " weak, " + std::to_string(tally[Found::kLeaks]) + " leak, " +
         std::to_string(tally[Found::kNotTestable]) + " not testable\n";
}

std::string as_text(const Survey& survey, bool all) {
  std::string text;
  if (all) {
    for (std::size_t i = 0; i < survey.found.size(); ++i) {
      const Row& row = probe::catalogue()[i];
      text += padded(probe::name(survey.found[i]), 14) + padded(row.id, 36) + padded(observed(survey, i), 16) +
              probe_tries(row) + "\n";
    }
    text += "\n";
  }
  for (int i = 0; i < kBoundaries; ++i)
    text += line(boundary_name(i), 14, survey.boundaries.at(static_cast<std::size_t>(i)));
  text += "\n";
  for (const judge::SandboxTest number : judge::SandboxTest::all())
    text += line("#" + std::to_string(number) + " " + std::string(judge::test_of(number).title), 36,
                 survey.tests[number.index()]);
  text += "\n";
  for (std::size_t r = 0; r < std::size(kRequirements); ++r)
    text += line(std::to_string(r + 1) + ". " + std::string(kRequirements[r].title), 54, survey.requirements.at(r));
  return text +
         "\nholds: every call was refused. weak: only the kernel's check of the arguments refused the call; no wall of "
         "the sandbox did.\n";
}

void write_tally(text::JsonWriter& json, const Tally& tally) {
  json.member("found", probe::name(tally.found)).member("holds", tally[Found::kHolds]);
  json.member("leaks", tally[Found::kLeaks]).member("notTestable", tally[Found::kNotTestable]);
  json.member("weak", tally[Found::kWeak]);
}

void write_survey(text::JsonWriter& json, const Survey& survey) {
  json.object().key("boundaries").array();
  for (int i = 0; i < kBoundaries; ++i) {
    write_tally(json.object().member("boundary", boundary_name(i)), survey.boundaries.at(static_cast<std::size_t>(i)));
    json.close();
  }
  json.close().key("probes").array();
  for (std::size_t i = 0; i < survey.found.size(); ++i) {
    const probe::Answer& answer = survey.answers[i];
    json.object().member("effect", answer.effect).member("errno", answer.errno_value);
    json.member("found", probe::name(survey.found[i])).member("id", probe::catalogue()[i].id);
    json.member("ret", answer.ret).close();
  }
  json.close().key("requirements").array();
  for (std::size_t r = 0; r < std::size(kRequirements); ++r) {
    write_tally(json.object(), survey.requirements.at(r));
    json.member("number", r + 1).member("title", kRequirements[r].title).close();
  }
  json.close().key("tests").array();
  for (const judge::SandboxTest number : judge::SandboxTest::all()) {
    write_tally(json.object(), survey.tests[number.index()]);
    json.member("number", int{number}).member("title", judge::test_of(number).title).close();
  }
  json.close().close();
}

std::string as_json(const Survey& survey) {
  return json_line([&](text::JsonWriter& json) { write_survey(json, survey); });
}

std::string as_junit(const Survey& survey) {
  std::string cases;
  Tally all;
  for (std::size_t i = 0; i < survey.found.size(); ++i) {
    const Row& row = probe::catalogue()[i];
    all.add(survey.found[i]);
    cases += "  <testcase classname=\"" + std::string(probe::name(row.boundary)) + "\" name=\"" +
             text::xml_escaped(row.id) + "\"";
    if (survey.found[i] == Found::kHolds) {
      cases += "/>\n";
    } else if (survey.found[i] == Found::kNotTestable) {
      cases += "><skipped/></testcase>\n";
    } else {
      cases += "><failure message=\"" + text::xml_escaped(probe::name(survey.found[i])) + ": " +
               text::xml_escaped(observed(survey, i) + ", expected " + judge::answers_text(row.cell)) +
               "\"/></testcase>\n";
    }
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"immure probe\" tests=\"" +
         std::to_string(survey.found.size()) + "\" failures=\"" +
         std::to_string(all[Found::kWeak] + all[Found::kLeaks]) + "\" skipped=\"" +
         std::to_string(all[Found::kNotTestable]) + "\">\n" + cases + "</testsuite>\n";
}

/// The result for `wanted`, which is the name of a boundary such as `network`, or the number of a test such as `28`.
Result<Found> found_of(const Survey& survey, std::string_view wanted) {
  for (int i = 0; i < kBoundaries; ++i)
    if (boundary_name(i) == wanted) return survey.boundaries.at(static_cast<std::size_t>(i)).found;
  int number = 0;
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  const auto test = judge::SandboxTest::of(number);
  if (error == std::errc{} && end == wanted.data() + wanted.size() && test) return survey.tests[test->index()].found;
  std::string names;
  for (int i = 0; i < kBoundaries; ++i) names += boundary_name(i) + ", ";
  return fail(Code::kUsage, "--require", "there is no boundary " + std::string(wanted),
              "One of " + names + "or the number of a test, 24 to 37.");
}

Result<Found> found_of_all(const Survey& survey, std::string_view list) {
  Found worst = Found::kHolds;
  bool missing = false;
  while (true) {
    const std::size_t comma = list.find(',');
    TRY(const Found found, found_of(survey, list.substr(0, comma)));
    missing = missing || found == Found::kNotTestable;
    worst = probe::worse(worst, found);
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return worst == Found::kHolds && missing ? Found::kNotTestable : worst;
}

ExitCode code_of(Found found) {
  switch (found) {
    case Found::kHolds: return kSuccess;
    case Found::kWeak:
    case Found::kLeaks: return kRejected;
    case Found::kNotTestable: return kBlocked;
  }
  return kBlocked;
}

}  // namespace

std::string boundary_name(int i) { return std::string(probe::name(static_cast<probe::Boundary>(i))); }

std::string observed(const Survey& survey, std::size_t i) {
  const probe::Answer& answer = survey.answers[i];
  return judge::answer_text({answer.ret, answer.errno_value, answer.effect});
}

Result<ExitCode> probe_here(const Arguments& arguments) {
  const std::string format = arguments.value("format").value_or(arguments.has("json") ? "json" : "text");
  if (format != "text" && format != "json" && format != "junit" && format != "html")
    return fail(Code::kUsage, "--format", "must be text, json, junit or html", "markdown is a format of --list.");
  ExitCode code = kSuccess;
  const auto required = arguments.value("require");
  // Report an unknown name before any probe runs.
  if (required) CHECK_OK(found_of_all(Survey{}, *required));
  const Survey here = survey();
  if (required) {
    TRY(const Found found, found_of_all(here, *required));
    code = code_of(found);
  }
  CHECK_OK(print(format == "json"    ? as_json(here)
                 : format == "junit" ? as_junit(here)
                 : format == "html"  ? survey_html(here)
                                     : as_text(here, arguments.has("all"))));
  return code;
}

}  // namespace immure::cli
