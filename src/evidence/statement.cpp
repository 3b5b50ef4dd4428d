#include <algorithm>
#include <array>

#include "evidence/envelope.hpp"
#include "evidence/reader.hpp"
#include "evidence/reason.hpp"
#include "evidence/statement.hpp"
#include "evidence/writer.hpp"
#include "text/hex.hpp"
#include "text/utc_time.hpp"

namespace immure::evidence {
namespace {

constexpr std::string_view kStatementType = "https://in-toto.io/Statement/v1";
constexpr std::size_t kRunIdDigits = 32;

/// Most evidence fits into this many bytes; the record of one probe has about 300.
constexpr std::size_t kUsualBytes = 120U << 10;

/// True for the name of a file below the output directory: relative, without empty, `.` or `..` components.
bool is_subject_name(std::string_view name) {
  if (name.empty() || name.size() > 4096) return false;
  for (std::size_t from = 0; from <= name.size();) {
    const std::size_t slash = std::min(name.find('/', from), name.size());
    const std::string_view component = name.substr(from, slash - from);
    if (component.empty() || component == "." || component == "..") return false;
    from = slash + 1;
  }
  return true;
}

std::unexpected<Error> refuse(Reason code, const Error& error) {
  return fail(Code::kBadInput, error.where, std::string(code.text()) + ": " + error.what);
}

std::unexpected<Error> refuse(Reason code, std::string_view where, std::string_view what) {
  return fail(Code::kBadInput, where, std::string(code.text()) + ": " + std::string(what));
}

Result<void> check(const Statement& statement) {
  if (statement.subjects.empty()) return refuse("subject-missing", "/subject", "a statement without a subject");
  for (const Artifact& subject : statement.subjects)
    if (!is_subject_name(subject.name))
      return refuse("subject-name", "/subject", "a subject's name leaves the output directory");
  for (const Evidence* stage : stages_of(statement)) {
    if (stage->run_id.size() != kRunIdDigits || !text::is_hex(stage->run_id))
      return refuse("statement-malformed", "/predicate/runId", "not 32 lower-case hex digits");
    // The verifier checks whether the calendar has such a time.
    if (!text::has_utc_form(stage->started_on))
      return refuse("statement-malformed", "/predicate/startedOn", "not a UTC time");
    if (!text::has_utc_form(stage->finished_on))
      return refuse("statement-malformed", "/predicate/finishedOn", "not a UTC time");
  }
  return {};
}

}  // namespace

void append_statement(std::string& out, const Statement& statement) {
  JsonWriter json(out);
  json.object().member("_type", kStatementType);
  write(json.key("predicate"), statement.predicate);
  json.member("predicateType", kPredicateType);
  write(json.key("subject"), statement.subjects);
  json.close();
}

std::string statement_json(const Statement& statement) {
  std::string out;
  out.reserve(kUsualBytes);
  append_statement(out, statement);
  return out;
}

Result<Statement> parse_statement(std::string_view payload) {
  json::Scanner scanner(payload);
  Statement statement;
  std::string type;
  std::string predicate_type;
  FieldReader fields(scanner);
  fields("_type", type);
  // If the statement is of another type, the reader cannot interpret the rest.
  if (!scanner.failed() && type != kStatementType)
    return refuse("statement-type", "/_type", "not an in-toto Statement v1");
  fields("predicate", statement.predicate);
  fields("predicateType", predicate_type);
  if (!scanner.failed() && predicate_type != kPredicateType)
    return refuse("predicate-type", "/predicateType", "not a sandbox evidence of a version that is known here");
  fields.ascending("subject", statement.subjects);
  fields.close();
  scanner.finish();
  if (scanner.failed()) return refuse("statement-malformed", scanner.error());
  CHECK_OK(check(statement));
  return statement;
}

}  // namespace immure::evidence
