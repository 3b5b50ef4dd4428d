#include "inspect/scan/secret_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "file/sha256.hpp"

namespace immure::inspect {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const re2::StringPiece& text) { return {text.data(), text.size()}; }

std::string lower(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return low;
}

/// Shannon's entropy, in bits per byte.
double entropy(std::string_view text) {
  std::array<std::size_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

struct Match {
  std::string_view whole, secret, line;
};

std::string_view line_around(std::string_view text, std::string_view match) {
  const auto at = static_cast<std::size_t>(match.data() - text.data());
  const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t end = std::min(text.find('\n', at + match.size()), text.size());
  return text.substr(start, end - start);
}

bool any(const std::vector<std::unique_ptr<re2::RE2>>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns,
                             [&](const auto& pattern) { return re2::RE2::PartialMatch(piece(text), *pattern); });
}

bool allows(const SecretAllowlist& list, const Match& match, std::string_view path) {
  std::string_view target = match.secret;
  if (list.target == SecretAllowlist::Target::kMatch) target = match.whole;
  if (list.target == SecretAllowlist::Target::kLine) target = match.line;
  const std::string low = list.stop_words.empty() ? std::string() : lower(match.secret);
  const auto said = [&low](const std::string& word) { return low.find(word) != std::string::npos; };
  struct Condition {
    bool given, holds;
  };
  const Condition conditions[] = {
      {!list.patterns.empty(), any(list.patterns, target)},
      {!list.paths.empty(), any(list.paths, path)},
      {!list.stop_words.empty(), std::ranges::any_of(list.stop_words, said)},
  };
  if (!list.all) return std::ranges::any_of(conditions, [](const Condition& one) { return one.given && one.holds; });
  return std::ranges::any_of(conditions, &Condition::given) &&
         std::ranges::all_of(conditions, [](const Condition& one) { return !one.given || one.holds; });
}

}  // namespace

Result<void> SecretRules::index_keywords() {
  std::map<std::string, std::vector<std::size_t>> uses;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    for (const std::string& keyword : rules_[i].keywords) uses[lower(keyword)].push_back(i);
  }
  if (uses.empty()) return {};
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_case_sensitive(false);
  options.set_max_mem(64 << 20);
  keywords_ = std::make_unique<re2::RE2::Set>(options, re2::RE2::UNANCHORED);
  for (const auto& [keyword, rules] : uses) {
    // The numbers in RE2's answer count from 0, in the order of adding.
    if (keywords_->Add(re2::RE2::QuoteMeta(piece(keyword)), nullptr) < 0)
      return fail(Code::kBadInput, "--secrets", "a keyword cannot be looked for: " + keyword);
    uses_.push_back(rules);
  }
  if (!keywords_->Compile()) return fail(Code::kBadInput, "--secrets", "not enough memory for its keywords");
  return {};
}

std::vector<bool> SecretRules::worth_trying(std::string_view text) const {
  std::vector<bool> worth(rules_.size());
  for (std::size_t i = 0; i < rules_.size(); ++i) worth[i] = rules_[i].keywords.empty();
  if (!keywords_) return worth;
  std::vector<int> there;
  re2::RE2::Set::ErrorInfo error{};
  if (!keywords_->Match(piece(text), &there, &error) && error.kind != re2::RE2::Set::kNoError) {
    // If there is no memory to look for all keywords at once, try every rule. This is slower, but misses nothing.
    worth.assign(worth.size(), true);
    return worth;
  }
  for (const int keyword : there) {
    for (const std::size_t rule : uses_[static_cast<std::size_t>(keyword)]) worth[rule] = true;
  }
  return worth;
}

void SecretRules::scan(std::string_view text, std::string_view path, const Found& found) const {
  const std::vector<bool> worth = worth_trying(text);
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const bool here = !rules_[i].path || re2::RE2::PartialMatch(piece(path), *rules_[i].path);
    if (worth[i] && here) scan(i, text, path, found);
  }
}

void SecretRules::scan(std::size_t number, std::string_view text, std::string_view path, const Found& found) const {
  const SecretRule& rule = rules_[number];
  const auto allowed = [&](const Match& match) {
    const auto by = [&](const SecretAllowlist& list) { return allows(list, match, path); };
    return std::ranges::any_of(rule.allowlists, by) || std::ranges::any_of(allowlists_, by);
  };
  if (!rule.pattern) {
    if (!allowed({})) static_cast<void>(found(number, 0, {}));
    return;
  }
  std::array<re2::StringPiece, 10> groups;
  const int taken = std::min(rule.pattern->NumberOfCapturingGroups() + 1, static_cast<int>(groups.size()));
  for (std::size_t at = 0; at <= text.size();) {
    if (!rule.pattern->Match(piece(text), at, text.size(), re2::RE2::UNANCHORED, groups.data(), taken)) return;
    const std::string_view whole = view(groups[0]);
    const auto start = static_cast<std::size_t>(whole.data() - text.data());
    at = start + std::max<std::size_t>(whole.size(), 1);
    std::string_view secret = whole;
    if (rule.group > 0) {
      secret = view(groups[static_cast<std::size_t>(rule.group)]);
    } else {
      const auto first = std::find_if(groups.begin() + 1, groups.begin() + taken,
                                      [](const re2::StringPiece& group) { return !group.empty(); });
      if (first != groups.begin() + taken) secret = view(*first);
    }
    if (secret.empty() || (rule.entropy > 0 && entropy(secret) <= rule.entropy)) continue;
    if (allowed({whole, secret, line_around(text, whole)})) continue;
    if (!found(number, static_cast<std::size_t>(secret.data() - text.data()), secret)) return;
  }
}

std::string redacted(std::string_view secret, std::size_t length) {
  constexpr std::size_t kShown = 4, kShownOfDigest = 8;
  return std::string(secret.substr(0, std::min(kShown, length / 4))) + "... (" + std::to_string(length) +
         " characters, sha256 begins " + file::sha256_hex(secret).substr(0, kShownOfDigest) + ")";
}

}  // namespace immure::inspect
