/// What the venues with an outer sandbox need, from facts that the doctor observed. The functions are pure, so a test
/// can give them the facts of any host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attest/doctor/requirement.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// The user who would start the engine.
struct User {
  std::string name;  ///< as /etc/passwd has it, or the number if the file does not name the user
  std::uint32_t id = 0;
};
/// `passwd`: the text of /etc/passwd.
[[nodiscard]] User user_of(std::uint32_t id, std::string_view passwd);

/// A program that a venue needs. `path`: where PATH has the program, or nothing. `version`: what `--version` printed.
[[nodiscard]] Requirement program_requirement(const std::string& name, std::string needs, std::string_view package,
                                              const std::optional<std::string>& path,
                                              const Result<std::string>& version);
/// At least one OCI runtime. `paths`: where PATH has runtimes.
[[nodiscard]] Requirement runtime_requirement(const std::vector<std::string>& paths);
/// newuidmap. `path`: where PATH has the program, or nothing.
[[nodiscard]] Requirement id_mapper_requirement(const std::optional<std::string>& path);
/// A range of ids for this user (subuid(5)), to which rootless podman maps a container's ids. `name`: `subuid` or
/// `subgid`. `table`: the text of that file.
[[nodiscard]] Requirement id_range_requirement(const std::string& name, const User& user, std::string_view table);

inline constexpr std::string_view kLocalSocket = "unix://";
/// A Docker daemon. `address`: with its scheme, for example `unix:///var/run/docker.sock`. `connect_errno`: errno of a
/// connection with another type of socket than the daemon has, or 0. EPROTOTYPE then means that a daemon is bound there
/// and lets this user in.
[[nodiscard]] Requirement docker_requirement(std::string_view address, int connect_errno, const User& user);

/// How control groups are mounted below /sys/fs/cgroup.
enum class GroupVersion : std::uint8_t { kFirst, kSecond, kBoth };
/// crun starts nothing if v1 and v2 hierarchies are mounted side by side.
[[nodiscard]] Requirement group_version_requirement(GroupVersion version);

/// True if something can be started: none of the first `essential` requirements is missing.
[[nodiscard]] bool is_startable(const std::vector<Requirement>& requirements, std::size_t essential);

}  // namespace immure::attest
