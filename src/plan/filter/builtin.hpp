/// The built-in filters and profiles, made from profiles/ by tools/compile_filters when immure is built.
#pragma once

#include <span>
#include <string_view>

#include "sys/bpf.hpp"

namespace immure::plan {

struct BuiltinFilter {
  std::string_view name;
  std::string_view json;           ///< in Docker's format, made from the profile's groups
  std::string_view source_sha256;  ///< of `json`
  std::string_view sha256;         ///< of the instructions with cookie immediates zero
  std::span<const sys::Instruction> instructions;
};
[[nodiscard]] std::span<const BuiltinFilter> builtin_filters();

struct BuiltinToml {
  std::string_view name;
  std::string_view text;
  std::string_view sha256;
};
[[nodiscard]] std::span<const BuiltinToml> builtin_tomls();

/// The text of profiles/groups.toml.
[[nodiscard]] std::string_view builtin_groups_text();

}  // namespace immure::plan
