#include "inspect/report/baseline.hpp"

#include <algorithm>

#include "file/toml.hpp"
#include "text/hex.hpp"
#include "text/utc_time.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kFingerprint = 64;

Result<std::string> day(const file::TomlItem& item) {
  if (const auto* day = item.node.get<file::TomlDay>()) return day->text;
  TRY(std::string text, file::toml_text(item));
  if (!text::is_day(text)) return item.bad("must be a day, YYYY-MM-DD");
  return text;
}

Result<std::string> fingerprint(const file::TomlItem& item) {
  TRY(std::string text, file::toml_text(item));
  if (text.size() != kFingerprint || !text::is_hex(text))
    return item.bad("must be 64 hex digits, as report.json has them");
  return text;
}

Result<Accepted> read_accepted(const file::TomlItem& item) {
  const auto* table = item.node.get<file::TomlTable>();
  if (table == nullptr) return item.bad("must be a table");
  Accepted accepted;
  for (const auto& [key, node] : *table) {
    const file::TomlItem value{node, item.key + "." + key, item.file};
    if (key == "fingerprint") {
      TRY(accepted.fingerprint, fingerprint(value));
    } else if (key == "reason") {
      TRY(accepted.reason, file::toml_text(value));
    } else if (key == "expires") {
      TRY(accepted.expires, day(value));
    } else {
      return value.bad("is not a known key");
    }
  }
  if (accepted.fingerprint.empty() || accepted.reason.empty() || accepted.expires.empty())
    return item.bad("needs fingerprint, reason and expires");
  return accepted;
}

}  // namespace

Result<Baseline> parse_baseline(std::string_view text, std::string_view file, std::string_view today) {
  TRY(const file::TomlTable table, file::parse_toml(text, file));
  Baseline baseline;
  for (const auto& [key, node] : table) {
    const file::TomlItem item{node, key, file};
    if (key != "accepted") return item.bad("is not a known key");
    const auto* list = node.get<file::TomlArray>();
    if (list == nullptr) return item.bad("must be [[accepted]] tables");
    for (const file::TomlNode& one : *list) {
      TRY(Accepted accepted, read_accepted({one, item.key, file}));
      // Days in this form sort as texts.
      accepted.expired = accepted.expires < today;
      baseline.push_back(std::move(accepted));
    }
  }
  std::ranges::sort(baseline, {}, &Accepted::fingerprint);
  const auto twice = std::ranges::adjacent_find(baseline, {}, &Accepted::fingerprint);
  if (twice != baseline.end())
    return fail(Code::kBadInput, std::string(file), "has the fingerprint " + twice->fingerprint + " twice");
  return baseline;
}

}  // namespace immure::inspect
