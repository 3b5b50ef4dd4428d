/// Facts about the host that immure reads from /proc.
#pragma once

#include <optional>
#include <string>

namespace immure::attest {

/// The value of a kernel setting such as `user/max_net_namespaces`; nothing if this kernel does not have the setting.
[[nodiscard]] std::optional<std::string> setting(const std::string& name);

/// The AppArmor profile that confines this process, for example `immure (enforce)`; nothing if there is none.
[[nodiscard]] std::optional<std::string> confining_profile();

}  // namespace immure::attest
