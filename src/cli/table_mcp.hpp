/// The options of `immure mcp`, for the table alone.
#pragma once

#include <array>

#include "cli/table_options.hpp"

namespace immure::cli::options {

inline constexpr auto kMcp = std::to_array<Option>({
    headed("What calls may touch",
           {.name = "allow", .argument = "DIR", .help = "directory that calls may read and write", .repeatable = true}),
    {.name = "allow-read", .argument = "DIR", .help = "directory that calls may only read", .repeatable = true},
    {.name = "program", .argument = "NAME", .help = "program that calls may run [every one]", .repeatable = true},
    headed(kSigned, kKey),
    kSigner,
    {.name = "trust", .argument = "FILE", .help = "public key that verify trusts [that of --key]", .repeatable = true},
    kAccept,
    headed("Limits and walls", {.name = "timeout", .argument = "TIME", .help = "deadline of a whole call [5m]"}),
    {.name = "calls", .argument = "N", .help = "calls at the same time, 1 to 64; others wait [4]"},
    {.name = "output-limit", .argument = "SIZE", .help = "most bytes of a printed stream in an answer [64KiB]"},
    {.name = "profile", .argument = "NAME|FILE", .help = "profile of every run [chosen for the program]"},
    kAudit,
    kNoConfig,
    kVenue,
    kRuntime,
});

}  // namespace immure::cli::options
