/// Configuration files: options that the operator need not write on every command line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Who may own a configuration file, besides root.
enum class ConfigOwner : std::uint8_t { kRoot, kCaller };

struct ConfigValue {
  std::string value;
  std::string where;  ///< `file:line:key`
};
using Config = std::map<std::string, ConfigValue, std::less<>>;

/// Reads one file. An absent file is empty. Errors, kBadInput: the file belongs to somebody else, others can write to
/// the file, or the file sets an unknown key or a value of another type than text.
[[nodiscard]] Result<Config> read_config(const std::string& path, ConfigOwner owner);

/// The files, in the order in which a later one overrides an earlier one.
struct ConfigFile {
  std::string path;
  ConfigOwner owner = ConfigOwner::kCaller;
};
[[nodiscard]] std::vector<ConfigFile> config_files();

/// Gives a command line the options that it lacks and that a configuration file sets, unless it has --no-config. With
/// --verbose, tells where each of them comes from. Errors: those of read_config(); a value that the option cannot have.
[[nodiscard]] Result<void> add_defaults(Arguments& arguments);

}  // namespace immure::cli
