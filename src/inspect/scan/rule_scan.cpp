#include "inspect/scan/rule_scan.hpp"

#include <algorithm>

#include <yara.h>

#include "text/list.hpp"

namespace immure::inspect {
namespace {

// libyara places its matches at odd addresses. The processors that immure supports can read them there, so the
// sanitizer must ignore these reads.
#define READS_MATCHES __attribute__((no_sanitize("alignment")))

struct Job {
  const RuleSet& rules;
  const CompiledRules& set;
  Bytes bytes;
  bool text;
  const std::string& member;
  const Limits& limits;
  FileResult& result;
};

void too_many(const RuleText& rule, const Limits& limits, const std::string& member, FileResult& result) {
  result.add(Rule::kLimitMatches, member, "more than " + std::to_string(limits.matches) + " of " + rule.id);
}

READS_MATCHES void add_secrets(YR_SCAN_CONTEXT* context, YR_RULE* rule, std::uint16_t number, const Job& job) {
  std::size_t count = 0;
  const YR_STRING* string = nullptr;
  yr_rule_strings_foreach(rule, string) {
    const YR_MATCH* match = nullptr;
    yr_string_matches_foreach(context, string, match) {
      if (++count > job.limits.matches) return too_many(job.rules.texts()[number], job.limits, job.member, job.result);
      const std::string_view secret(reinterpret_cast<const char*>(match->data),
                                    static_cast<std::size_t>(match->data_length));
      job.result.findings.push_back(
          {number, job.member, redacted(secret, static_cast<std::size_t>(match->match_length)),
           static_cast<std::uint64_t>(match->offset), static_cast<std::uint64_t>(match->match_length)});
    }
  }
}

READS_MATCHES void add_match(YR_SCAN_CONTEXT* context, YR_RULE* rule, std::uint16_t number, const Job& job) {
  std::string seen;
  const YR_MATCH* first = nullptr;
  const YR_STRING* string = nullptr;
  yr_rule_strings_foreach(rule, string) {
    std::size_t count = 0;
    const YR_MATCH* match = nullptr;
    const YR_MATCH* earliest = nullptr;
    yr_string_matches_foreach(context, string, match) {
      if (earliest == nullptr || match->offset < earliest->offset) earliest = match;
      ++count;
    }
    if (earliest == nullptr) continue;
    if (first == nullptr || earliest->offset < first->offset) first = earliest;
    text::append_item(seen, std::string(string->identifier) + " at " + std::to_string(earliest->offset));
    if (count > 1) seen += " (" + std::to_string(count) + " times)";
  }
  if (seen.empty()) seen = "its condition holds";
  if (seen.size() > kMaxSeen) seen.resize(kMaxSeen);
  job.result.findings.push_back({number, job.member, std::move(seen),
                                 first != nullptr ? static_cast<std::uint64_t>(first->offset) : 0,
                                 first != nullptr ? static_cast<std::uint64_t>(first->match_length) : 0});
}

int on_message(YR_SCAN_CONTEXT* context, int message, void* data, void* user) {
  if (message != CALLBACK_MSG_RULE_MATCHING) return CALLBACK_CONTINUE;
  auto& job = *static_cast<Job*>(user);
  auto* rule = static_cast<YR_RULE*>(data);
  const auto number =
      static_cast<std::uint16_t>(job.set.first + static_cast<std::size_t>(rule - job.set.rules->rules_table));
  if (!job.rules.texts()[number].secret) {
    add_match(context, rule, number, job);
  } else if (job.text && job.bytes.size() <= job.limits.secret_bytes) {
    add_secrets(context, rule, number, job);
  }
  return CALLBACK_CONTINUE;
}

}  // namespace

void RuleScanner::Destroy::operator()(YR_SCANNER* scanner) const { ::yr_scanner_destroy(scanner); }

RuleScanner::RuleScanner(const RuleSet& rules, const Limits& limits) : rules_(rules), limits_(limits) {
  for (const CompiledRules& set : rules.compiled()) {
    YR_SCANNER* made = nullptr;
    if (::yr_scanner_create(set.rules.get(), &made) != ERROR_SUCCESS) made = nullptr;
    scanners_.emplace_back(made);
    if (made == nullptr) continue;
    ::yr_scanner_set_timeout(made, static_cast<int>(std::min<std::uint64_t>(limits.rules_s, 86'400)));
    // libyara sets a handler for SIGBUS because of mapped files, but the inspector maps no files. Besides, a worker may
    // not change signal handlers.
    ::yr_scanner_set_flags(made, SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
  }
}

std::uint8_t RuleScanner::scan(Bytes bytes, bool text, std::string_view path, const std::string& member,
                               FileResult& result) {
  bool all = true;
  for (std::size_t set = 0; set < scanners_.size(); ++set) all = scan(set, bytes, text, member, result) && all;
  const std::uint8_t done = all ? bit(Scanner::kRules) : 0;
  if (!text) return done;
  if (bytes.size() > limits_.secret_bytes) {
    result.add(Rule::kLimitSecretBytes, member, std::to_string(bytes.size()) + " bytes of text");
    return done;
  }
  scan_secrets(as_text(bytes), path, member, result);
  // libyara runs the bundled rules for secrets, too, so this scan has covered secrets.
  return all ? done | bit(Scanner::kSecrets) : done;
}

void RuleScanner::scan_secrets(std::string_view text, std::string_view path, const std::string& member,
                               FileResult& result) const {
  std::uint64_t count = 0;
  std::size_t current = 0;
  rules_.secrets().scan(text, path, [&](std::size_t rule, std::size_t offset, std::string_view secret) {
    const std::size_t number = rules_.first_secret() + rule;
    count = rule == current ? count + 1 : 1;
    current = rule;
    if (count > limits_.matches) {
      too_many(rules_.texts()[number], limits_, member, result);
      return false;
    }
    result.findings.push_back({static_cast<std::uint16_t>(number), member,
                               secret.empty() ? "its path matches" : redacted(secret, secret.size()), offset,
                               secret.size()});
    return true;
  });
}

bool RuleScanner::scan(std::size_t set, Bytes bytes, bool text, const std::string& member, FileResult& result) {
  YR_SCANNER* scanner = scanners_[set].get();
  if (scanner == nullptr) {
    result.add(Rule::kReadFailed, member, "the rules could not be tried: no memory");
    return false;
  }
  Job job{rules_, rules_.compiled()[set], bytes, text, member, limits_, result};
  ::yr_scanner_set_callback(scanner, on_message, &job);
  const int error = ::yr_scanner_scan_mem(scanner, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (error == ERROR_SUCCESS) return true;
  if (error == ERROR_SCAN_TIMEOUT) {
    result.add(Rule::kLimitRulesTime, member, "the rules did not end in time");
  } else {
    result.add(Rule::kReadFailed, member, "the rules could not be tried: libyara's error " + std::to_string(error));
  }
  return false;
}

}  // namespace immure::inspect
