/// What the operator has decided for all calls of `immure mcp`. No call can change these settings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/mcp/roots.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::cli::mcp {

struct Settings {
  sys::Fd self;  ///< this program
  Roots roots;
  std::vector<std::string> programs;       ///< --program; empty: every program of PATH
  std::optional<std::string> key, signer;  ///< what signs evidence
  std::vector<std::string> trusted;        ///< the public keys that verify accepts
  std::vector<std::string> accepted;       ///< --accept of verify
  std::optional<std::string> profile, venue, runtime, audit;
  std::uint64_t timeout_ms = 0;  ///< for a whole call
  std::size_t calls = 0;         ///< how many calls run at the same time
  std::size_t most_output = 0;   ///< bytes of what a program prints
};

/// Reads the options. Errors kUsage and kBadInput.
[[nodiscard]] Result<Settings> settings_of(const Arguments& arguments);

}  // namespace immure::cli::mcp
