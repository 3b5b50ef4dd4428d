/// A workload as Kubernetes objects.
#pragma once

#include <optional>
#include <string>

#include "cli/export/workload.hpp"

namespace immure::cli {

struct Cluster {
  std::string name = "immure";                 ///< of the namespace and all that is in it
  std::string image;                           ///< made of an exported bundle's rootfs
  std::optional<std::string> runtime_class{};  ///< of the nodes' own
};

/// A namespace under the restricted pod security standard, a network policy that lets nothing in or out, and a Job
/// without a service account's token, as YAML.
[[nodiscard]] std::string kubernetes_yaml(const Workload& workload, const Cluster& cluster);

}  // namespace immure::cli
