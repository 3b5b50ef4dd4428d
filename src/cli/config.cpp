#include "cli/config.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/explain/unused_options.hpp"
#include "cli/print.hpp"
#include "file/named.hpp"
#include "file/place.hpp"
#include "file/toml.hpp"
#include "plan/profile.hpp"
#include "sys/file.hpp"
#include "text/list.hpp"

namespace immure::cli {
namespace {

constexpr std::size_t kMostBytes = 64 << 10;

/// A key of the file, which has the name of the option that it sets. If the command line has one of the options
/// `instead`, the key has no effect: what belongs together comes from one place.
struct Setting {
  std::string_view name;
  std::array<std::string_view, 3> instead;
  bool is_path = false;
};
constexpr auto kSettings = std::to_array<Setting>({
    {"audit", {"audit"}, true},
    {"catalogue", {"catalogue"}, true},
    {"key", {"key", "signer", "no-evidence"}, true},
    {"profile", {"profile"}, true},
    {"runtime", {"venue", "runtime"}},
    {"signer", {"key", "signer", "no-evidence"}},
    {"venue", {"venue", "runtime"}},
});

/// The keys of a file that only together say something: a file that sets one of them overrides all of an earlier file.
constexpr auto kTogether = std::to_array<std::array<std::string_view, 2>>({{"key", "signer"}, {"venue", "runtime"}});

const Option* option_of(const Command& command, std::string_view name) {
  const auto found = std::ranges::find(command.options, name, &Option::name);
  return found == command.options.end() ? nullptr : &*found;
}

/// The bytes of an open file. Error kBadInput.
Result<std::string> bytes_of(const sys::Fd& fd, const std::string& path) {
  std::string text;
  std::array<char, 4096> buffer;
  while (true) {
    const auto count = sys::read_some(fd.get(), std::as_writable_bytes(std::span(buffer)));
    if (!count) return fail(Code::kBadInput, path, "cannot be read", {}, count.error().value);
    if (*count == 0) return text;
    text.append(buffer.data(), *count);
    if (text.size() > kMostBytes) return fail(Code::kBadInput, path, "is larger than 64 KiB");
  }
}

/// Error kBadInput if somebody else could have written the file: the file decides which key signs and what runs.
Result<void> check_trusted(const sys::Fd& fd, const std::string& path, ConfigOwner owner) {
  constexpr mode_t kOthersWrite = 022;
  constexpr std::string_view kHint = "Correct the file's owner and mode, or use --no-config.";
  struct stat status{}, root{};
  if (::fstat(fd.get(), &status) != 0) return fail(Code::kBadInput, path, "its status cannot be read");
  // In a user namespace, the host's root appears as the owner of `/`.
  const bool by_root = status.st_uid == 0 || (::stat("/", &root) == 0 && status.st_uid == root.st_uid);
  const bool by_caller = owner == ConfigOwner::kCaller && status.st_uid == ::geteuid();
  if (!by_root && !by_caller)
    return fail(Code::kBadInput, path, "belongs to user " + std::to_string(status.st_uid), kHint);
  if ((status.st_mode & kOthersWrite) != 0)
    return fail(Code::kBadInput, path, "can be written by its group or by others", kHint);
  return {};
}

/// The text of the file; nothing if there is no file.
Result<std::optional<std::string>> text_of(const std::string& path, ConfigOwner owner) {
  // A caller who may not enter the directory (HOME can still be that of root) has no file of its own there.
  const bool may_be_closed = owner == ConfigOwner::kCaller;
  const auto is_absent = [&](int number) {
    return number == ENOENT || number == ENOTDIR || (number == EACCES && may_be_closed);
  };
  auto place = file::place_of(path);
  if (!place && is_absent(place.error().errno_value)) return std::nullopt;
  if (!place) {
    // A run that lacks descriptors or memory is BLOCKED, and the command line is not wrong.
    Error error = place.error();
    if (error.errno_value == EMFILE || error.errno_value == ENFILE || error.errno_value == ENOMEM)
      error.code = Code::kBlocked;
    return std::unexpected(std::move(error));
  }
  if (const auto status = file::status_of(*place); !status && is_absent(status.error().value)) return std::nullopt;
  TRY(const sys::Fd fd, file::open_named(*place));
  CHECK_OK(check_trusted(fd, path, owner));
  TRY(std::string text, bytes_of(fd, path));
  return std::optional(std::move(text));
}

/// Names of services and of built-in profiles are no paths.
bool names_a_file(const Setting& setting, const std::string& value) {
  if (setting.name == "audit") return value != "journald" && value != "syslog";
  if (setting.name == "profile") return plan::is_profile_file(value);
  return setting.is_path;
}

/// Lays the values of `later` over those of `earlier`.
void override_with(Config& earlier, Config later) {
  for (const auto& together : kTogether)
    if (std::ranges::any_of(together, [&](std::string_view name) { return later.contains(name); }))
      std::erase_if(earlier, [&](const auto& one) { return std::ranges::find(together, one.first) != together.end(); });
  later.merge(earlier);
  earlier = std::move(later);
}

bool is_wanted(const Setting& setting, const Arguments& arguments) {
  const Command& command = arguments.command();
  if (option_of(command, setting.name) == nullptr) return false;
  if (command.name == "explain" && std::ranges::find(kUnusedByExplain, setting.name) != kUnusedByExplain.end())
    return false;
  return std::ranges::none_of(setting.instead, [&](std::string_view name) {
    return option_of(command, name) != nullptr && arguments.has(name);
  });
}

}  // namespace

Result<Config> read_config(const std::string& path, ConfigOwner owner) {
  TRY(const auto text, text_of(path, owner));
  Config config;
  if (!text) return config;
  TRY(const file::TomlTable table, file::parse_toml(*text, path));
  for (const auto& [key, node] : table) {
    const file::TomlItem item{.node = node, .key = key, .file = path};
    const auto setting = std::ranges::find(kSettings, key, &Setting::name);
    if (setting == kSettings.end())
      return item.bad("is an unknown key",
                      "The keys are " + text::list_text(kSettings, text::kAllItems, &Setting::name) + ".");
    TRY(std::string value, file::toml_text(item));
    if (names_a_file(*setting, value)) value = file::path_beside(path, value);
    config.emplace(key, ConfigValue{std::move(value), path + ":" + std::to_string(node.line) + ":" + key});
  }
  return config;
}

std::vector<ConfigFile> config_files() {
  std::vector<ConfigFile> files = {{.path = "/etc/immure/config.toml", .owner = ConfigOwner::kRoot}};
  const char* own = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  // The specification of XDG says to ignore a relative path.
  if (own != nullptr && *own == '/') {
    files.push_back({.path = std::string(own) + "/immure/config.toml"});
  } else if (home != nullptr && *home == '/') {
    files.push_back({.path = std::string(home) + "/.config/immure/config.toml"});
  }
  return files;
}

Result<void> add_defaults(Arguments& arguments) {
  if (arguments.has("no-config")) return {};
  Config config;
  for (const ConfigFile& file : config_files()) {
    TRY(Config later, read_config(file.path, file.owner));
    override_with(config, std::move(later));
  }
  const bool tells = option_of(arguments.command(), "verbose") != nullptr && arguments.has("verbose");
  // Decide first, because an option that was added would look like an option of the command line.
  std::vector<const Setting*> wanted;
  for (const Setting& setting : kSettings)
    if (config.contains(setting.name) && is_wanted(setting, arguments)) wanted.push_back(&setting);
  for (const Setting* setting : wanted) {
    const ConfigValue& value = config.find(setting->name)->second;
    const Option& option = *option_of(arguments.command(), setting->name);
    const auto choices = choices_of(option.argument);
    if (!choices.empty() && std::ranges::find(choices, value.value) == choices.end())
      return fail(Code::kBadInput, value.where, "cannot be " + value.value, "Choose " + text::list_text(choices) + ".");
    arguments.add_default(option, value.value, value.where);
    if (tells) tell(value.where + " sets --" + std::string(option.name) + " " + value.value);
  }
  return {};
}

}  // namespace immure::cli
