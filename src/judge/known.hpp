/// Names and numbers that the judge knows and that no other table has. A test writes them into spec/constants.json, for
/// verifiers in other languages.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace immure::judge {

inline constexpr std::string_view kNative = "native";
/// The venues that this verifier knows.
inline constexpr std::array<std::string_view, 5> kVenues{kNative, "bubblewrap", "docker", "oci", "podman"};
/// The venue that has a filter only if its caller compiles one. The other venues load the profile that immure gives
/// them.
inline constexpr std::string_view kVenueWithoutFilter = "bubblewrap";

/// The keys with which a profile gives up a protection. The judge cannot know which protection an unknown key gives up.
inline constexpr std::array<std::string_view, 4> kUnsafe{"unsafe_exec", "unsafe_seccomp", "unsafe_syscalls",
                                                         "unsafe_writable_code"};

/// The place in which the cell makes a control: new namespaces, a root directory with all fixtures, and every
/// capability.
inline constexpr std::string_view kControlPlace = "scratch";

/// The probe of a limit of address space, which a cell does not have if a control group counts its memory.
inline constexpr std::string_view kAddressSpaceProbe = "resources/memory-limit";

/// The only line of /proc/net/dev of a network namespace whose loopback nobody has used.
inline constexpr std::string_view kQuietLoopback = "lo: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0";

/// The numbers of the null device.
inline constexpr std::string_view kNullDevice = "1:3";
/// The devices that the observer hands out.
inline constexpr std::array<std::string_view, 7> kDevices{
    "/dev/fd/1", "/dev/fd/2", "/dev/null", "/dev/stderr", "/dev/stdout", "/proc/self/fd/1", "/proc/self/fd/2"};

/// The host's ids of a cell that root started (attest/start/prepare.cpp).
inline constexpr std::uint32_t kFirstIdOfRoot = 0x7fe00000, kIdsOfRoot = 0x10000;

/// The highest value of proc_pid_oom_score_adj(5).
inline constexpr std::int32_t kFirstVictim = 1000;

}  // namespace immure::judge
