#include <algorithm>
#include <array>

#include "file/io.hpp"
#include "file/sha256.hpp"
#include "file/toml.hpp"
#include "judge/claim.hpp"
#include "judge/edition.hpp"
#include "text/list.hpp"
#include "text/utc_time.hpp"
#include "verify/freshness.hpp"
#include "verify/policy.hpp"

namespace immure::verify {
namespace {

using Item = file::TomlItem;

constexpr std::uint64_t kMaxBytes = 64U << 10;
constexpr std::size_t kMaxKeys = 256;
constexpr int kFirstDecided = 24;
constexpr int kLastDecided = 44;
constexpr std::int64_t kAnyTest = 1000;
constexpr auto kTimes = std::to_array<file::Unit>({{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}});
constexpr std::uint64_t kLongest = 366 * 86'400;

/// Refuses an empty list, because readers could take it for "nothing is accepted" or for "everything is accepted".
Result<std::vector<std::string>> names_of(const Item& item) {
  TRY(std::vector<std::string> names, file::toml_list(item));
  if (names.empty()) return item.bad("must not be empty", "Leave the key out to accept any.");
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice != names.end()) return item.bad("names `" + *twice + "` twice");
  return names;
}

Result<std::vector<std::string>> digests_of(const Item& item) {
  TRY(std::vector<std::string> digests, names_of(item));
  for (const std::string& digest : digests)
    if (!file::is_sha256_hex(digest)) return item.bad("`" + digest + "` is not a SHA-256 of 64 lower-case hex digits");
  return digests;
}

Result<void> read_version(const Item& item, Policy&) {
  const auto* version = item.node.get<std::int64_t>();
  if (version == nullptr || *version != 1) return item.bad("must be 1");
  return {};
}
Result<void> read_profiles(const Item& item, Policy& policy) {
  TRY(policy.profiles, names_of(item));
  return {};
}
/// Reads `unsafe`, the only list that may be empty. With an empty list, the policy accepts no profile that sets an
/// `unsafe_` key.
Result<void> read_unsafe(const Item& item, Policy& policy) {
  constexpr std::string_view kKnown[] = {"unsafe_seccomp", "unsafe_syscalls", "unsafe_writable_code"};
  const auto* array = item.node.get<file::TomlArray>();
  std::vector<std::string> keys;
  if (array == nullptr || !array->empty()) {
    TRY(keys, names_of(item));
  }
  for (const std::string& key : keys)
    if (std::ranges::find(kKnown, key) == std::end(kKnown))
      return item.bad("`" + key + "` is not an `unsafe_` key of a profile",
                      "The keys are unsafe_seccomp, unsafe_syscalls and unsafe_writable_code; [] accepts none.");
  policy.unsafe = std::move(keys);
  return {};
}
Result<void> read_venues(const Item& item, Policy& policy) {
  TRY(policy.venues, names_of(item));
  return {};
}
Result<void> read_limits_by(const Item& item, Policy& policy) {
  constexpr std::string_view kKnown[] = {"cgroup1", "cgroup2", "rlimit", "watch"};
  TRY(policy.limits_by, names_of(item));
  for (const std::string& by : policy.limits_by)
    if (std::ranges::find(kKnown, by) == std::end(kKnown))
      return item.bad("names `" + by + "`, which limits neither memory nor processes",
                      "The words are cgroup1, cgroup2, rlimit and watch.");
  return {};
}
Result<void> read_accept(const Item& item, Policy& policy) {
  TRY(policy.accept, names_of(item));
  for (const std::string& profile : policy.accept)
    if (std::ranges::find(judge::kAcceptanceProfiles, profile) == judge::kAcceptanceProfiles.end())
      return item.bad("names `" + profile + "`, which is no acceptance profile",
                      "The profiles are packet, work and build.");
  return {};
}
Result<void> read_images(const Item& item, Policy& policy) {
  TRY(policy.images, digests_of(item));
  return {};
}
Result<void> read_launchers(const Item& item, Policy& policy) {
  TRY(policy.expected.launchers, digests_of(item));
  return {};
}

Result<void> read_programs(const Item& item, Policy& policy) {
  TRY(policy.expected.programs, names_of(item));
  return {};
}
/// Reads `arguments`, whose order counts. An empty list accepts a program without arguments.
Result<void> read_arguments(const Item& item, Policy& policy) {
  const auto* array = item.node.get<file::TomlArray>();
  if (array == nullptr) return item.bad("must be a list of texts");
  std::vector<std::string> arguments;
  for (const file::TomlNode& node : *array) {
    const auto* text = node.get<std::string>();
    if (text == nullptr) return Item{node, item.key, item.file}.bad("must be a list of texts");
    arguments.push_back(*text);
  }
  policy.expected.arguments = std::move(arguments);
  return {};
}
Result<void> read_inputs(const Item& item, Policy& policy) {
  TRY(policy.expected.inputs, digests_of(item));
  return {};
}
Result<void> read_exit_codes(const Item& item, Policy& policy) {
  constexpr std::int64_t kMost = 255;
  const auto* array = item.node.get<file::TomlArray>();
  if (array == nullptr || array->empty()) return item.bad("must be a list of exit codes");
  for (const file::TomlNode& node : *array) {
    const Item element{node, item.key, item.file};
    const auto* code = node.get<std::int64_t>();
    if (code == nullptr || *code < 0 || *code > kMost) return element.bad("must be a list of exit codes, 0 to 255");
    if (std::ranges::find(policy.expected.exit_codes, static_cast<int>(*code)) != policy.expected.exit_codes.end())
      return element.bad("names " + std::to_string(*code) + " twice");
    policy.expected.exit_codes.push_back(static_cast<int>(*code));
  }
  return {};
}

Result<void> read_max_age(const Item& item, Policy& policy) {
  const auto* text = item.node.get<std::string>();
  const auto age = text ? file::with_unit(*text, kTimes) : std::nullopt;
  if (!age || *age == 0 || *age > kLongest)
    return item.bad("must be a time such as \"24h\" (s, m, h, d), a year at most");
  policy.max_age_s = *age;
  return {};
}

Result<void> read_tests(const Item& item, Policy& policy) {
  const auto* array = item.node.get<file::TomlArray>();
  if (array == nullptr || array->empty()) return item.bad("must be a list of numbers of tests");
  for (const file::TomlNode& node : *array) {
    const Item element{node, item.key, item.file};
    const auto* number = node.get<std::int64_t>();
    if (!number) return element.bad("must be a list of numbers of tests");
    const bool replaces = *number > kLastDecided && *number < kAnyTest && judge::place_of(static_cast<int>(*number));
    if ((*number < kFirstDecided || *number > kLastDecided) && !replaces)
      return element.bad("evidence decides no test #" + std::to_string(*number),
                         "The numbers are 24 to 44 and 46 to 48.");
    if (std::ranges::find(policy.tests, static_cast<int>(*number)) != policy.tests.end())
      return element.bad("names #" + std::to_string(*number) + " twice");
    policy.tests.push_back(static_cast<int>(*number));
  }
  return {};
}

Result<void> read_oldest_edition(const Item& item, Policy& policy) {
  const auto* number = item.node.get<std::int64_t>();
  const int last = judge::present_edition().number;
  if (!number || *number < 1 || *number > last)
    return item.bad("must be the number of an edition", "The editions are 1 to " + std::to_string(last) + ".");
  policy.oldest_edition = static_cast<int>(*number);
  return {};
}

Result<void> read_path(const Item& item, PolicyKey& key) {
  TRY(std::string path, file::toml_text(item));
  key.path = file::path_beside(item.file, std::move(path));
  return {};
}
Result<void> read_id(const Item& item, PolicyKey& key) {
  TRY(key.id, file::toml_text(item));
  if (!file::is_sha256_hex(key.id)) return item.bad("is not a key id of 64 lower-case hex digits");
  return {};
}
Result<void> read_roles(const Item& item, PolicyKey& key) {
  TRY(const std::vector<std::string> roles, names_of(item));
  for (const std::string& role : roles) {
    if (role != "attester" && role != "verifier") return item.bad("must name attester, verifier or both");
    (role == "attester" ? key.attester : key.verifier) = true;
  }
  return {};
}
Result<void> read_time(const Item& item, std::int64_t& seconds) {
  const auto* text = item.node.get<std::string>();
  const auto time = text != nullptr ? text::unix_seconds(*text) : std::nullopt;
  if (!time) return item.bad("must be a time in UTC such as \"2026-06-09T12:00:00Z\", a text");
  seconds = *time;
  return {};
}
Result<void> read_from(const Item& item, PolicyKey& key) { return read_time(item, key.from); }
Result<void> read_until(const Item& item, PolicyKey& key) { return read_time(item, key.until); }

template <class T>
struct Key {
  std::string_view name;
  Result<void> (*read)(const Item&, T&);
};
constexpr auto kKeyKeys = std::to_array<Key<PolicyKey>>({
    {"path", read_path},
    {"id", read_id},
    {"roles", read_roles},
    {"from", read_from},
    {"until", read_until},
});

template <class T, std::size_t N>
Result<void> read_table(const file::TomlTable& table, std::string_view file, const std::string& prefix,
                        const std::array<Key<T>, N>& keys, T& into) {
  for (const auto& [name, node] : table) {
    const Item item{node, prefix + name, file};
    const auto key = std::ranges::find(keys, name, &Key<T>::name);
    if (key == keys.end())
      return item.bad("unknown key", "The keys are " + text::list_text(keys, text::kAllItems, &Key<T>::name) + ".");
    CHECK_OK(key->read(item, into));
  }
  return {};
}

Result<void> read_key(const Item& item, Policy& policy) {
  const auto* table = item.node.get<file::TomlTable>();
  if (table == nullptr) return item.bad("must be tables: [[keys]]");
  PolicyKey key;
  CHECK_OK(read_table(*table, item.file, "keys.", kKeyKeys, key));
  if (key.path.empty() == key.id.empty()) return item.bad("must have a path or an id, and not both");
  if (!key.attester && !key.verifier) return item.bad("must have roles", "For example roles = [\"attester\"].");
  if (key.from >= key.until) return item.bad("must be valid from a time before its until");
  for (const PolicyKey& other : policy.keys)
    if (other.path == key.path && other.id == key.id) return item.bad("names `" + key.path + key.id + "` twice");
  key.where = std::string(item.file) + ":" + std::to_string(item.node.line);
  policy.keys.push_back(std::move(key));
  return {};
}

Result<void> read_keys(const Item& item, Policy& policy) {
  const auto* array = item.node.get<file::TomlArray>();
  if (array == nullptr || array->empty()) return item.bad("must be tables: [[keys]]");
  if (array->size() > kMaxKeys) return item.bad("has more than " + std::to_string(kMaxKeys) + " entries");
  for (const file::TomlNode& node : *array) CHECK_OK(read_key({node, item.key, item.file}, policy));
  return {};
}

constexpr auto kKeys = std::to_array<Key<Policy>>({
    {"version", read_version},
    {"keys", read_keys},
    {"profiles", read_profiles},
    {"unsafe", read_unsafe},
    {"venues", read_venues},
    {"limits_by", read_limits_by},
    {"images", read_images},
    {"launchers", read_launchers},
    {"programs", read_programs},
    {"arguments", read_arguments},
    {"inputs", read_inputs},
    {"exit_codes", read_exit_codes},
    {"tests", read_tests},
    {"accept", read_accept},
    {"max_age", read_max_age},
    {"oldest_edition", read_oldest_edition},
});

}  // namespace

Result<Policy> parse_policy(std::string_view text, std::string_view file) {
  TRY(const file::TomlTable document, file::parse_toml(text, file));
  Policy policy;
  policy.sha256 = file::sha256_hex(text);
  CHECK_OK(read_table(document, file, "", kKeys, policy));
  if (!document.contains("version"))
    return fail(Code::kBadInput, std::string(file) + ":1:version", "is missing", "Write version = 1.");
  return policy;
}

Result<Policy> read_policy(const std::string& path) {
  TRY(const std::string text, file::read_whole(path, kMaxBytes));
  return parse_policy(text, path);
}

}  // namespace immure::verify
