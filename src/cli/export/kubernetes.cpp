#include "cli/export/kubernetes.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/print.hpp"
#include "text/json_writer.hpp"

namespace immure::cli {
namespace {

// The id of the user nobody, on Debian and in most images.
constexpr std::string_view kUser = "65534";

std::string environment(const Workload& workload) {
  std::string text;
  for (const std::string& entry : workload.environment) {
    const std::size_t equals = entry.find('=');
    text += "            - {name: " + text::to_json(entry.substr(0, equals)) +
            ", value: " + text::to_json(entry.substr(equals + 1)) + "}\n";
  }
  return text;
}

std::string head(const Cluster& cluster) {
  return "# Before it is applied:\n"
         "# - on each node, `immure export seccomp` as /var/lib/kubelet/seccomp/immure.json: the runtime's own "
         "profile\n"
         "#   denies the namespaces that the cell is made of. Where AppArmor confines pods, a profile that allows "
         "mount.\n"
         "# - the image: the rootfs of `immure export oci`, as " +
         cluster.image +
         ".\n"
         "# - the claims " +
         cluster.name + "-in and " + cluster.name + "-report, and the secret " + cluster.name +
         "-key with host.key, made by `immure keygen`.\n"
         "# The evidence is written to the report claim; `immure verify` it elsewhere, with host.pub.\n";
}

std::string namespace_yaml(const Cluster& cluster) {
  return "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: " + text::to_json(cluster.name) +
         "\n  labels: {pod-security.kubernetes.io/enforce: restricted}\n";
}

std::string policy_yaml(const Cluster& cluster) {
  return "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny-all, namespace: " +
         text::to_json(cluster.name) + "}\nspec:\n  podSelector: {}\n  policyTypes: [Ingress, Egress]\n";
}

/// Escapes an argument: the kubelet replaces $(NAME), and turns $$ into one dollar sign (Kubernetes API,
/// Container.args).
std::string as_it_stands(std::string_view argument) {
  std::string text;
  for (const char c : argument) text.append(c == '$' ? 2 : 1, c);
  return text;
}

std::vector<std::string> arguments_of(const Workload& workload) {
  std::vector<std::string> list;
  for (const std::string& argument : std::span(workload.command).subspan(1)) list.push_back(as_it_stands(argument));
  return list;
}

std::string container_yaml(const Workload& workload, const Cluster& cluster) {
  // Allow the cell's own limit, and what the processes around the cell need.
  const std::uint64_t mebibytes = (workload.profile.limits.memory_bytes + workload.profile.limits.output_bytes) >> 20U;
  constexpr std::uint64_t kAround = 128;
  return "        - name: immure\n          image: " + text::to_json(cluster.image) +
         "\n          command: " + text::to_json(std::vector<std::string>{workload.command.front()}) +
         "\n          args: " + text::to_json(arguments_of(workload)) + "\n          env:\n" + environment(workload) +
         "          securityContext:\n"
         "            allowPrivilegeEscalation: false\n"
         "            privileged: false\n"
         "            readOnlyRootFilesystem: true\n"
         "            capabilities: {drop: [ALL]}\n"
         "          resources:\n"
         "            limits: {cpu: \"1\", memory: " +
         std::to_string(mebibytes + kAround) +
         "Mi}\n"
         "          volumeMounts:\n"
         "            - {name: in, mountPath: /in, readOnly: true}\n"
         "            - {name: report, mountPath: /report}\n"
         "            - {name: key, mountPath: /key/host.key, subPath: host.key, readOnly: true}\n"
         "            - {name: tmp, mountPath: /tmp}\n";
}

std::string job_yaml(const Workload& workload, const Cluster& cluster) {
  // Allow time for the work before and after the program.
  constexpr std::uint64_t kAround = 60;
  const std::uint64_t seconds = workload.profile.limits.wall_ms / 1000 + kAround;
  const std::string user(kUser);
  return "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: " + text::to_json(cluster.name) +
         ", namespace: " + text::to_json(cluster.name) +
         "}\nspec:\n  backoffLimit: 0\n  activeDeadlineSeconds: " + std::to_string(seconds) +
         "\n  template:\n    spec:\n      restartPolicy: Never\n      automountServiceAccountToken: false\n"
         "      enableServiceLinks: false\n" +
         (cluster.runtime_class ? "      runtimeClassName: " + text::to_json(*cluster.runtime_class) + "\n" : "") +
         "      securityContext:\n        runAsNonRoot: true\n        runAsUser: " + user +
         "\n        runAsGroup: " + user + "\n        fsGroup: " + user +
         "\n        seccompProfile: {type: Localhost, localhostProfile: immure.json}\n      containers:\n" +
         container_yaml(workload, cluster) +
         "      volumes:\n"
         "        - {name: in, persistentVolumeClaim: {claimName: " +
         text::to_json(cluster.name + "-in") +
         ", readOnly: true}}\n"
         "        - {name: report, persistentVolumeClaim: {claimName: " +
         text::to_json(cluster.name + "-report") +
         "}}\n"
         "        - {name: key, secret: {secretName: " +
         text::to_json(cluster.name + "-key") +
         ", defaultMode: 0440}}\n"
         "        - {name: tmp, emptyDir: {medium: Memory, sizeLimit: 512Mi}}\n";
}

}  // namespace

std::string kubernetes_yaml(const Workload& workload, const Cluster& cluster) {
  return head(cluster) + namespace_yaml(cluster) + policy_yaml(cluster) + job_yaml(workload, cluster);
}

}  // namespace immure::cli
