#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "file/sha256.hpp"
#include "file/toml.hpp"
#include "plan/filter/builtin.hpp"
#include "plan/profile.hpp"
#include "probe/needed.hpp"

namespace immure::plan {
namespace {

constexpr std::size_t kMaxVariables = 256;
constexpr std::size_t kMaxValue = 32768;

using Item = file::TomlItem;
using Measure = probe::Unit;

constexpr auto kSizes = std::to_array<file::Unit>(
    {{"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}});
constexpr auto kTimes = std::to_array<file::Unit>({{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}});

std::string_view wanted(Measure measure) {
  switch (measure) {
    case Measure::kCount: return "must be a whole number";
    case Measure::kBytes: return "must be a size such as \"512MiB\" (B, KiB, MiB, GiB, TiB)";
    case Measure::kMilliseconds: return "must be a time such as \"300s\" (ms, s, m, h)";
    case Measure::kSeconds: return "must be a time in whole seconds such as \"300s\" (s, m, h)";
  }
  return "must be a number";
}

/// The number in the largest unit that divides it.
std::string in_units(std::uint64_t number, std::span<const file::Unit> units) {
  const file::Unit* largest = &units.front();
  for (const file::Unit& unit : units)
    if (number % unit.factor == 0) largest = &unit;
  return std::to_string(number / largest->factor) + std::string(largest->name);
}

std::string limit_text(Measure measure, std::uint64_t number) {
  switch (measure) {
    case Measure::kCount: return std::to_string(number);
    case Measure::kBytes: return size_text(number);
    // Do not write minutes or hours, because people compare the numbers: 90s is more than 60s.
    case Measure::kMilliseconds: return in_units(number, std::span(kTimes).first(2));
    case Measure::kSeconds: return std::to_string(number) + "s";
  }
  return "";
}

std::optional<std::uint64_t> measured(const file::TomlNode& node, Measure measure) {
  const auto* text = node.get<std::string>();
  if (measure == Measure::kCount) {
    const auto* number = node.get<std::int64_t>();
    return number && *number >= 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
  }
  if (!text) return std::nullopt;
  if (measure == Measure::kBytes) return file::with_unit(*text, kSizes);
  const auto milliseconds = file::with_unit(*text, kTimes);
  if (measure == Measure::kMilliseconds || !milliseconds) return milliseconds;
  if (*milliseconds % 1000 != 0) return std::nullopt;
  return *milliseconds / 1000;
}

Result<void> read_base(const Item& item, Profile& profile) {
  TRY(const std::string name, file::toml_text(item));
  auto base = builtin_profile(name);
  if (!base) return item.bad("must be static, dynamic, python or jit");
  profile.base = std::move(base->base);
  // The profile `jit` means writable code, so `unsafe_writable_code = false` cannot take this right back.
  profile.unsafe_writable_code = profile.unsafe_writable_code || base->unsafe_writable_code;
  return {};
}

Result<void> read_limits(const Item& table_item, Profile& profile) {
  const auto* table = table_item.node.get<file::TomlTable>();
  if (table == nullptr) return table_item.bad("must be a table");
  for (const auto& [key, node] : *table) {
    const Item item{node, "limits." + key, table_item.file};
    const auto row = std::ranges::find(probe::kLimitsByEvidenceName, key, [](const auto* limit) { return limit->key; });
    if (row == probe::kLimitsByEvidenceName.end()) return item.bad("unknown key");
    const probe::LimitRow& limit = **row;
    const auto value = measured(node, limit.unit);
    if (!value) return item.bad(wanted(limit.unit));
    if (*value < limit.least || *value > limit.most)
      return item.bad("out of range: " + std::to_string(limit.least) + " to " + std::to_string(limit.most) +
                      (limit.unit == Measure::kCount ? "" : " " + std::string(name(limit.unit))));
    profile.limits.*limit.member = *value;
  }
  return {};
}

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Result<void> read_environment(const Item& table_item, Profile& profile) {
  const auto* table = table_item.node.get<file::TomlTable>();
  if (table == nullptr) return table_item.bad("must be a table");
  if (table->size() > kMaxVariables)
    return table_item.bad("has more than " + std::to_string(kMaxVariables) + " entries");
  for (const auto& [key, node] : *table) {
    const Item item{node, "environment." + key, table_item.file};
    if (!is_variable_name(key)) return item.bad("is not a variable's name (letters, digits, `_`)");
    const auto* value = node.get<std::string>();
    if (!value) return item.bad("must be a text");
    if (value->size() > kMaxValue || value->find('\0') != std::string::npos)
      return item.bad("is longer than 32768 bytes or contains a NUL");
    profile.environment.emplace(key, *value);
  }
  return {};
}

Result<void> read_image(const Item& table_item, Profile& profile) {
  const auto* table = table_item.node.get<file::TomlTable>();
  if (table == nullptr) return table_item.bad("must be a table");
  for (const auto& [key, node] : *table) {
    const Item item{node, "image." + key, table_item.file};
    if (key != "include") return item.bad("unknown key");
    TRY(profile.image_include, file::toml_list(item));
    for (const std::string& path : profile.image_include)
      if (!path.starts_with('/')) return item.bad("`" + path + "` is not an absolute path");
  }
  return {};
}

Result<void> read_syscalls(const Item& item, Profile& profile) {
  TRY(profile.unsafe_syscalls, file::toml_list(item));
  std::ranges::sort(profile.unsafe_syscalls);
  const auto twice = std::ranges::adjacent_find(profile.unsafe_syscalls);
  if (twice != profile.unsafe_syscalls.end()) return item.bad("names `" + *twice + "` twice");
  for (const std::string& name : profile.unsafe_syscalls)
    if (const probe::Needed* needed = probe::needed_denial(name))
      return item.bad("names `" + name + "`, which cannot be allowed with any arguments (test #" +
                          std::to_string(needed->test) + "): " + std::string(needed->because),
                      "Leave the name out. docs/profiles.md says which calls each boundary needs denied.");
  return {};
}

Result<void> read_exec(const Item& item, Profile& profile) {
  if (const auto* text = item.node.get<std::string>()) {
    if (*text != kWholeImage) return item.bad("must be a list of programs, or \"image\"");
    profile.unsafe_exec = {*text};
    return {};
  }
  TRY(profile.unsafe_exec, file::toml_list(item));
  std::ranges::sort(profile.unsafe_exec);
  const auto twice = std::ranges::adjacent_find(profile.unsafe_exec);
  if (twice != profile.unsafe_exec.end()) return item.bad("names `" + *twice + "` twice");
  for (const std::string& name : profile.unsafe_exec)
    if (const std::string why = unfit_helper(name); !why.empty()) return item.bad("names `" + name + "`, which " + why);
  return {};
}

Result<void> read_scratch(const Item& item, Profile& profile) {
  const auto value = measured(item.node, Measure::kBytes);
  if (!value) return item.bad(wanted(Measure::kBytes));
  if (*value < kLeastScratch || *value > kMostScratch) return item.bad("out of range: 64KiB to 16TiB");
  profile.scratch_bytes = *value;
  return {};
}

Result<void> read_output(const Item& item, Profile& profile) {
  TRY(const std::string value, file::toml_text(item));
  if (value != "write-only" && value != "private") return item.bad("must be \"write-only\" or \"private\"");
  profile.read_back = value == "private";
  return {};
}

Result<void> read_socket_pairs(const Item& item, Profile& profile) {
  const auto* value = item.node.get<bool>();
  if (!value) return item.bad("must be true or false");
  profile.socket_pairs = *value;
  return {};
}

Result<void> read_writable_code(const Item& item, Profile& profile) {
  const auto* value = item.node.get<bool>();
  if (!value) return item.bad("must be true or false");
  profile.unsafe_writable_code = profile.unsafe_writable_code || *value;
  return {};
}

Result<void> read_seccomp(const Item& item, Profile& profile) {
  TRY(std::string path, file::toml_text(item));
  profile.unsafe_seccomp_file = file::path_beside(item.file, std::move(path));
  return {};
}

struct Key {
  std::string_view name;
  Result<void> (*read)(const Item&, Profile&);
};
constexpr auto kKeys = std::to_array<Key>({
    {"base", read_base},
    {"limits", read_limits},
    {"environment", read_environment},
    {"image", read_image},
    {"scratch", read_scratch},
    {"output", read_output},
    {"socket_pairs", read_socket_pairs},
    {"unsafe_exec", read_exec},
    {"unsafe_syscalls", read_syscalls},
    {"unsafe_writable_code", read_writable_code},
    {"unsafe_seccomp", read_seccomp},
});

std::string name_of(std::string_view file) {
  const std::size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  const std::size_t dot = file.rfind('.');
  return std::string(dot == std::string_view::npos || dot == 0 ? file : file.substr(0, dot));
}

}  // namespace

std::string unfit_helper(std::string_view name) {
  if (name == kWholeImage) return "stands for the whole image and cannot be in a list";
  if (name.empty()) return "is no name of a program";
  if (name.contains('/') && !name.starts_with('/')) return "is neither a name without a slash nor an absolute path";
  return {};
}

std::optional<std::uint64_t> size_named(std::string_view text) { return file::with_unit(text, kSizes); }

std::string size_text(std::uint64_t bytes) { return in_units(bytes, kSizes); }

std::vector<LimitText> limit_texts(const probe::Limits& limits) {
  std::vector<LimitText> texts;
  for (const probe::LimitRow& row : probe::kLimits)
    if (row.member != nullptr) texts.push_back({std::string(row.key), limit_text(row.unit, limits.*row.member)});
  return texts;
}

Result<Profile> parse_profile(std::string_view text, std::string_view file) {
  TRY(const file::TomlTable document, file::parse_toml(text, file));
  Profile profile;
  profile.name = name_of(file);
  for (const auto& [name, node] : document) {
    const Item item{node, name, file};
    const auto key = std::ranges::find(kKeys, name, &Key::name);
    if (key == kKeys.end())
      return item.bad(
          "unknown key",
          "The keys are base, limits, environment, image, scratch, output, socket_pairs, and what begins with "
          "unsafe_.");
    CHECK_OK(key->read(item, profile));
  }
  profile.source_sha256 = file::sha256_hex(text);
  return profile;
}

}  // namespace immure::plan
