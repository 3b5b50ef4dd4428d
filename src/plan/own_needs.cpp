#include "plan/own_needs.hpp"

#include <algorithm>
#include <array>

#include "file/named.hpp"
#include "file/toml.hpp"

namespace immure::plan {
namespace {

using file::TomlItem;

constexpr std::uint64_t kMebibyte = 1ULL << 20;
constexpr std::int64_t kMostMebibytes = 1 << 20;

/// Reads one `[[need]]`.
class NeedReader {
 public:
  explicit NeedReader(OwnNeeds& own) : own_(own) {}

  Result<void> read(const file::TomlNode& node, std::string_view file) {
    const auto* table = node.get<file::TomlTable>();
    const TomlItem whole{.node = node, .key = "need", .file = file};
    if (table == nullptr) return whole.bad("must be a table, [[need]]");
    for (const auto& [key, value] : *table) CHECK_OK(read_key({.node = value, .key = key, .file = file}));
    if (need_.programs.empty()) return whole.bad("has no `programs`");
    if (need_.because.empty()) return whole.bad("has no `because`", "Say why, as the rest of a sentence.");
    if (need_.scratch_bytes == 0 && !need_.read_back && !need_.socket_pairs && need_.environment.empty())
      return whole.bad("gives nothing", "It needs tmp_mib, read_back, socket_pairs or environment.");
    own_.needs.push_back(std::move(need_));
    return {};
  }

 private:
  Result<void> read_key(const TomlItem& item) {
    if (item.key == "programs") return read_programs(item);
    if (item.key == "when") return read_list(item, need_.when);
    if (item.key == "tmp_mib") return read_size(item);
    if (item.key == "read_back") return read_flag(item, need_.read_back);
    if (item.key == "socket_pairs") return read_flag(item, need_.socket_pairs);
    if (item.key == "environment") return read_variables(item);
    if (item.key != "because") return item.bad("is an unknown key");
    TRY(std::string text, file::toml_text(item));
    need_.because = keep(std::move(text));
    return {};
  }

  std::string_view keep(std::string text) { return own_.texts.emplace_back(std::move(text)); }

  Result<void> read_list(const TomlItem& item, std::vector<std::string_view>& list) {
    TRY(std::vector<std::string> texts, file::toml_list(item));
    if (texts.empty()) return item.bad("is empty");
    for (std::string& text : texts) list.push_back(keep(std::move(text)));
    return {};
  }

  Result<void> read_programs(const TomlItem& item) {
    CHECK_OK(read_list(item, need_.programs));
    for (const std::string_view name : need_.programs)
      if (name.find('/') != std::string_view::npos) return item.bad("has a path, and no name: " + std::string(name));
    return {};
  }

  Result<void> read_size(const TomlItem& item) {
    const auto* number = item.node.get<std::int64_t>();
    if (number == nullptr || *number < 1 || *number > kMostMebibytes) return item.bad("must be a number of MiB");
    need_.scratch_bytes = static_cast<std::uint64_t>(*number) * kMebibyte;
    return {};
  }

  static Result<void> read_flag(const TomlItem& item, bool& flag) {
    const auto* value = item.node.get<bool>();
    if (value == nullptr) return item.bad("must be true or false");
    flag = *value;
    return {};
  }

  Result<void> read_variables(const TomlItem& item) {
    const auto* table = item.node.get<file::TomlTable>();
    if (table == nullptr) return item.bad("must be a table");
    for (const auto& [name, node] : *table) {
      TRY(std::string value, file::toml_text({.node = node, .key = item.key + "." + name, .file = item.file}));
      need_.environment.emplace_back(keep(name), keep(std::move(value)));
    }
    return {};
  }

  OwnNeeds& own_;
  KnownNeed need_;
};

}  // namespace

Result<std::shared_ptr<const OwnNeeds>> read_needs(const std::string& path) {
  constexpr std::uint64_t kMost = 64 << 10;
  TRY(const std::string text, file::read_named(path, kMost));
  return parse_needs(text, path);
}

Result<std::shared_ptr<const OwnNeeds>> parse_needs(std::string_view text, std::string_view file) {
  TRY(const file::TomlTable document, file::parse_toml(text, file));
  const auto own = std::make_shared<OwnNeeds>();
  for (const auto& [key, node] : document) {
    const TomlItem item{.node = node, .key = key, .file = file};
    const auto* list = node.get<file::TomlArray>();
    if (key != "need" || list == nullptr)
      return item.bad("is no [[need]]", "Write the file as catalogue/programs.toml.");
    for (const file::TomlNode& one : *list) CHECK_OK(NeedReader(*own).read(one, file));
  }
  return own;
}

}  // namespace immure::plan
