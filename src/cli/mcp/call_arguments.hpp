/// Reads the arguments of a call, which a language model may have written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/mcp/message.hpp"
#include "sys/error.hpp"

namespace immure::cli::mcp {

/// Gives the members of an object one by one. Errors, kUsage: a member is missing, has another type than asked for, is
/// too long, or has a NUL character, at which a command line would end. finish() refuses members that nobody asked for.
class CallArguments {
 public:
  explicit CallArguments(const json& object) : object_(object) {}

  [[nodiscard]] Result<std::optional<std::string>> text(const std::string& name);
  [[nodiscard]] Result<std::string> required_text(const std::string& name);
  [[nodiscard]] Result<std::vector<std::string>> texts(const std::string& name, std::size_t most);
  [[nodiscard]] Result<std::map<std::string, std::string>> pairs(const std::string& name, std::size_t most);
  [[nodiscard]] Result<std::optional<std::int64_t>> integer(const std::string& name, std::int64_t least,
                                                            std::int64_t most);
  [[nodiscard]] Result<bool> flag(const std::string& name);
  [[nodiscard]] Result<void> finish() const;

 private:
  [[nodiscard]] const json* find(const std::string& name);
  const json& object_;
  std::set<std::string> asked_;
};

}  // namespace immure::cli::mcp
