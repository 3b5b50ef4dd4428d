#include "render/inspection.hpp"

#include <algorithm>

#include "evidence/json.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"

namespace immure::render {
namespace {

using evidence::json::Scanner;

constexpr std::string_view kSchema = "urn:immure:inspection-report:v1";
constexpr std::string_view kReport = "report.json";
constexpr std::uint64_t kLargest = std::uint64_t{128} << 20U;
constexpr int kDeepest = 16;

/// Reads an object. Calls `member` with each name, to read its value.
template <class Member>
void each_member(Scanner& in, Member member) {
  if (!in.open('{') || in.take('}')) return;
  do {
    const auto key = in.peek_key();
    if (!key) return in.refuse("no member");
    const std::string name(*key);
    in.take_key(*key);
    member(name);
  } while (!in.failed() && in.take(','));
  if (!in.take('}')) in.refuse("an object that does not end");
}

template <class Element>
void each_element(Scanner& in, Element element) {
  if (!in.open('[') || in.take(']')) return;
  do {
    element();
  } while (!in.failed() && in.take(','));
  if (!in.take(']')) in.refuse("an array that does not end");
}

/// Reads a value of any kind. Stores its integers and booleans in `numbers` under their path, unless `numbers` is
/// nullptr.
void flatten(Scanner& in, const std::string& path, std::map<std::string, std::int64_t>* numbers, int depth) {
  if (depth > kDeepest) return in.refuse("too deep");
  std::string text;
  std::int64_t number = 0;
  bool fact = false;
  if (in.next_is('{')) {
    return each_member(in, [&](const std::string& key) { flatten(in, path + "." + key, numbers, depth + 1); });
  }
  if (in.next_is('[')) return each_element(in, [&] { flatten(in, path, nullptr, depth + 1); });
  if (in.next_is('"')) return in.text(text);
  if (in.next_is('t') || in.next_is('f')) {
    in.boolean(fact);
    number = fact ? 1 : 0;
  } else {
    in.integer(number);
  }
  if (numbers != nullptr) (*numbers)[path] = number;
}

void skip(Scanner& in) { flatten(in, {}, nullptr, 0); }

using Texts = std::map<std::string_view, std::string*>;

/// Reads an object and keeps only the texts that are named in `texts`.
void read_texts(Scanner& in, const Texts& texts) {
  each_member(in, [&](const std::string& key) {
    const auto wanted = texts.find(key);
    wanted != texts.end() ? in.text(*wanted->second) : skip(in);
  });
}

void read_finding(Scanner& in, Inspection::Finding& finding) {
  const Texts texts{
      {"member", &finding.member}, {"path", &finding.path}, {"rule", &finding.rule}, {"seen", &finding.seen}};
  each_member(in, [&](const std::string& key) {
    const auto wanted = texts.find(key);
    if (key == "accepted") return read_texts(in, {{"reason", &finding.accepted}});
    wanted != texts.end() ? in.text(*wanted->second) : skip(in);
  });
}

void read_rule(Scanner& in, std::map<std::string, Inspection::Rule>& rules) {
  std::string id;
  Inspection::Rule rule;
  read_texts(in, {{"advice", &rule.advice},
                  {"id", &id},
                  {"severity", &rule.severity},
                  {"title", &rule.title},
                  {"why", &rule.why}});
  rules[id] = std::move(rule);
}

}  // namespace

Result<Inspection> parse_inspection(std::string_view bytes) {
  Inspection inspection;
  std::string schema;
  Scanner in(bytes);
  each_member(in, [&](const std::string& key) {
    if (key == "counts" || key == "coverage") {
      flatten(in, key, &inspection.numbers, 0);
    } else if (key == "findings") {
      each_element(in, [&] { read_finding(in, inspection.findings.emplace_back()); });
    } else if (key == "rules") {
      each_element(in, [&] { read_rule(in, inspection.rules); });
    } else if (key == "schema") {
      in.text(schema);
    } else {
      skip(in);
    }
  });
  in.finish();
  if (in.failed()) return std::unexpected(in.error());
  if (schema != kSchema) return fail(Code::kBadInput, "/schema", "is not " + std::string(kSchema));
  return inspection;
}

Result<std::optional<Inspection>> inspection_of(const verify::AttestationResult& result,
                                                const verify::Request& request) {
  const bool accepted = result.verdict == verify::Verdict::kAccepted && result.statement && request.artifacts_dir;
  if (!accepted || !result.statement->predicate.program.name.ends_with("/immure-inspect")) return std::nullopt;
  const auto& subjects = result.statement->subjects;
  const auto subject = std::ranges::find(subjects, kReport, &evidence::Artifact::name);
  if (subject == subjects.end()) return std::nullopt;
  TRY(const std::string bytes, file::read_whole(*request.artifacts_dir + "/" + std::string(kReport), kLargest));
  // The file was compared with its digest a moment ago, but somebody may have written to it since. Show only signed
  // bytes.
  if (file::sha256_hex(bytes) != subject->sha256)
    return fail(Code::kBadInput, std::string(kReport), "changed while it was appraised");
  TRY(Inspection inspection, parse_inspection(bytes));
  return std::optional(std::move(inspection));
}

}  // namespace immure::render
