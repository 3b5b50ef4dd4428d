#include "inspect/scan/rule_scan.hpp"

#include <algorithm>

#include <yara.h>

#include "inspect/scan/private_key.hpp"
#include "text/list.hpp"

namespace immure::inspect {
namespace {

// libyara places its matches at odd addresses. The processors that immure supports can read them there, so the
// sanitizer must ignore these reads.
#define READS_MATCHES __attribute__((no_sanitize("alignment")))

/// What the functions below need of a job.
struct Match {
  const RuleSet& rules;
  const RuleInput& input;
  const Limits& limits;
  FileResult& result;
};

void too_many(const RuleText& rule, const Match& job) {
  job.result.add(Rule::kLimitMatches, job.input.member,
                 "more than " + std::to_string(job.limits.matches) + " of " + rule.id);
}

void add_secret(std::uint16_t number, std::size_t offset, std::size_t length, const Match& job) {
  const std::string_view all = as_text(job.input.bytes);
  const std::string_view secret = all.substr(offset, length);
  if (!job.rules.texts()[number].private_key) {
    job.result.findings.push_back({number, job.input.member, redacted(secret, secret.size()), offset, length});
    return;
  }
  // The words that begin a key say nothing about it, and are the same for all keys.
  const auto body = private_key_body(all.substr(offset + length));
  if (body) job.result.findings.push_back({number, job.input.member, redacted(*body, body->size()), offset, length});
}

READS_MATCHES void add_secrets(YR_SCAN_CONTEXT* context, YR_RULE* rule, std::uint16_t number, const Match& job) {
  std::size_t count = 0;
  const YR_STRING* string = nullptr;
  yr_rule_strings_foreach(rule, string) {
    const YR_MATCH* match = nullptr;
    yr_string_matches_foreach(context, string, match) {
      if (++count > job.limits.matches) return too_many(job.rules.texts()[number], job);
      add_secret(number, static_cast<std::size_t>(match->offset), static_cast<std::size_t>(match->match_length), job);
    }
  }
}

/// The mark of a container stands before its other bytes, except in two formats.
READS_MATCHES void add_places(YR_SCAN_CONTEXT* context, YR_RULE* rule, std::vector<std::uint64_t>& places) {
  constexpr std::uint64_t kTarMark = 256, kIsoMark = 32768;
  const YR_STRING* string = nullptr;
  yr_rule_strings_foreach(rule, string) {
    const std::string_view name = string->identifier;
    const std::uint64_t before = name == "$tar" ? kTarMark : name == "$iso" ? kIsoMark : 0;
    const YR_MATCH* match = nullptr;
    yr_string_matches_foreach(context, string, match) {
      const auto at = static_cast<std::uint64_t>(match->offset);
      if (at >= before) places.push_back(at - before);
    }
  }
}

READS_MATCHES void add_match(YR_SCAN_CONTEXT* context, YR_RULE* rule, std::uint16_t number, const Match& job) {
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
  job.result.findings.push_back({number, job.input.member, std::move(seen),
                                 first != nullptr ? static_cast<std::uint64_t>(first->offset) : 0,
                                 first != nullptr ? static_cast<std::uint64_t>(first->match_length) : 0});
}

}  // namespace

struct RuleScanner::Job {
  Match match;
  std::size_t set;
  bool secrets_only;
  Scanned& scanned;
};

int RuleScanner::on_message(YR_SCAN_CONTEXT* context, int message, void* data, void* user) {
  if (message != CALLBACK_MSG_RULE_MATCHING) return CALLBACK_CONTINUE;
  auto& job = *static_cast<Job*>(user);
  auto* rule = static_cast<YR_RULE*>(data);
  const CompiledRules& set = job.match.rules.compiled()[job.set];
  const auto number = static_cast<std::uint16_t>(set.first + static_cast<std::size_t>(rule - set.rules->rules_table));
  const RuleText& text = job.match.rules.texts()[number];
  if (text.container) {
    add_places(context, rule, text.encoded ? job.scanned.encoded : job.scanned.places);
  } else if (text.secret) {
    add_secrets(context, rule, number, job.match);
  } else if (!job.secrets_only && !(text.bundled && job.match.input.container)) {
    add_match(context, rule, number, job.match);
  }
  return CALLBACK_CONTINUE;
}

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

RuleScanner::Scanned RuleScanner::scan(const RuleInput& input, FileResult& result) {
  Scanned scanned;
  bool all = true;
  for (std::size_t set = 0; set < scanners_.size(); ++set) {
    Job job{{rules_, input, limits_, result}, set, false, scanned};
    all = scan(set, job) && all;
  }
  std::ranges::sort(scanned.places);
  std::ranges::sort(scanned.encoded);
  if (all) scanned.by = bit(Scanner::kRules);
  // libyara runs the bundled rules for secrets.
  if (scan_secrets(input, result) && all) scanned.by |= bit(Scanner::kSecrets);
  return scanned;
}

bool RuleScanner::scan_wide(const RuleInput& input, const WideText& wide, FileResult& result) {
  if (wide.text.empty()) return true;
  FileResult found;
  Scanned unused;
  const RuleInput text{std::as_bytes(std::span(wide.text)), input.container, input.path, input.member};
  bool all = true;
  for (std::size_t set = 0; set < scanners_.size(); ++set) {
    Job job{{rules_, text, limits_, found}, set, !wide.whole, unused};
    all = scan(set, job) && all;
  }
  all = scan_secrets(text, found) && all;
  for (Finding& finding : found.findings) {
    if (finding.length > 0) {
      const std::size_t end = wide.origin(finding.offset + finding.length);
      finding.offset = wide.origin(finding.offset);
      finding.length = end - std::min<std::size_t>(end, finding.offset);
    }
    result.findings.push_back(std::move(finding));
  }
  return all;
}

bool RuleScanner::scan_secrets(const RuleInput& input, FileResult& result) const {
  if (rules_.secrets().rules().empty()) return true;
  Bytes bytes = input.bytes;
  const bool cut = bytes.size() > limits_.secret_bytes;
  if (cut) {
    result.add(Rule::kLimitSecretBytes, input.member, std::to_string(bytes.size()) + " bytes");
    bytes = bytes.first(limits_.secret_bytes);
  }
  const Match match{rules_, input, limits_, result};
  std::uint64_t count = 0;
  std::size_t current = 0;
  rules_.secrets().scan(as_text(bytes), input.path, [&](std::size_t rule, std::size_t offset, std::string_view secret) {
    const std::size_t number = rules_.first_secret() + rule;
    count = rule == current ? count + 1 : 1;
    current = rule;
    if (count > limits_.matches) {
      too_many(rules_.texts()[number], match);
      return false;
    }
    result.findings.push_back({static_cast<std::uint16_t>(number), input.member,
                               secret.empty() ? "its path matches" : redacted(secret, secret.size()), offset,
                               secret.size()});
    return true;
  });
  return !cut;
}

bool RuleScanner::scan(std::size_t set, Job& job) {
  const Match& match = job.match;
  YR_SCANNER* scanner = scanners_[set].get();
  if (scanner == nullptr) {
    match.result.add(Rule::kReadFailed, match.input.member, "the rules could not be tried: no memory");
    return false;
  }
  ::yr_scanner_set_callback(scanner, on_message, &job);
  const Bytes bytes = match.input.bytes;
  const int error = ::yr_scanner_scan_mem(scanner, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (error == ERROR_SUCCESS) return true;
  if (error == ERROR_SCAN_TIMEOUT) {
    match.result.add(Rule::kLimitRulesTime, match.input.member, "the rules did not end in time");
  } else {
    match.result.add(Rule::kReadFailed, match.input.member,
                     "the rules could not be tried: libyara's error " + std::to_string(error));
  }
  return false;
}

}  // namespace immure::inspect
