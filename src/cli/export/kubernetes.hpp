/// Writes a workload as Kubernetes objects.
#pragma once

#include <optional>
#include <string>

#include "cli/export/workload.hpp"

namespace immure::cli {

struct Cluster {
  std::string name = "immure";                 ///< name of the namespace and of all objects in it
  std::string image;                           ///< the image made from the rootfs of an exported bundle
  std::optional<std::string> runtime_class{};  ///< the name of a RuntimeClass that the nodes have
};

/// Writes, as YAML, a namespace under the restricted pod security standard, a network policy that lets nothing in or
/// out, and a Job without a service account's token.
[[nodiscard]] std::string kubernetes_yaml(const Workload& workload, const Cluster& cluster);

}  // namespace immure::cli
