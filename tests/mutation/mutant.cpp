/// The test program's choice of one layer to leave out, by the variable IMMURE_OMIT; linked into immure-mutant alone.
/// `call-N` has the filter let one system call through, whatever its arguments.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "attest/mutation.hpp"
#include "cell/omission.hpp"
#include "sys/filter.hpp"

namespace immure {
namespace {

using cell::Omission;

struct Name {
  std::string_view text;
  Omission omission;
};

constexpr std::array kNames = {
    Name{"nothing", Omission::kNothing},
    Name{"network-namespace", Omission::kNetworkNamespace},
    Name{"pid-namespace", Omission::kPidNamespace},
    Name{"ipc-namespace", Omission::kIpcNamespace},
    Name{"uts-namespace", Omission::kUtsNamespace},
    Name{"cgroup-namespace", Omission::kCgroupNamespace},
    Name{"control-group", Omission::kControlGroup},
    Name{"oom-score", Omission::kOomScore},
    Name{"input-read-only", Omission::kInputReadOnly},
    Name{"input-noexec", Omission::kInputNoExec},
    Name{"input-nosuid", Omission::kInputNoSuid},
    Name{"input-nodev", Omission::kInputNoDevices},
    Name{"submount-read-only", Omission::kSubmountReadOnly},
    Name{"root-read-only", Omission::kRootReadOnly},
    Name{"root-nosuid", Omission::kRootNoSuid},
    Name{"root-nodev", Omission::kRootNoDevices},
    Name{"output-noexec", Omission::kOutputNoExec},
    Name{"output-nosuid", Omission::kOutputNoSuid},
    Name{"output-nodev", Omission::kOutputNoDevices},
    Name{"third-mount", Omission::kThirdMount},
    Name{"stacked-input", Omission::kStackedInput},
    Name{"capabilities", Omission::kCapabilities},
    Name{"securebits", Omission::kSecurebits},
    Name{"session-keyring", Omission::kSessionKeyring},
    Name{"close-descriptors", Omission::kCloseDescriptors},
    Name{"close-on-exec", Omission::kCloseOnExec},
    Name{"environment-scrub", Omission::kEnvironmentScrub},
    Name{"descriptor-limit", Omission::kDescriptorLimit},
    Name{"memory-limit", Omission::kMemoryLimit},
    Name{"shared-memory", Omission::kSharedMemory},
    Name{"output-limit", Omission::kOutputLimit},
    Name{"process-limit", Omission::kProcessLimit},
    Name{"core-limit", Omission::kCoreLimit},
    Name{"core-filter", Omission::kCoreFilter},
    Name{"personality", Omission::kPersonality},
    Name{"signals", Omission::kSignals},
    Name{"groups", Omission::kGroups},
    Name{"landlock", Omission::kLandlock},
    Name{"landlock-output", Omission::kLandlockOutput},
    Name{"filter", Omission::kFilter},
    Name{"filter-network", Omission::kFilterNetwork},
    Name{"filter-exec", Omission::kFilterExec},
    Name{"filter-ptrace", Omission::kFilterPtrace},
    Name{"filter-surface", Omission::kFilterSurface},
    Name{"filter-set-uid", Omission::kFilterSetUid},
    Name{"standard-input", Omission::kStandardInput},
    Name{"secret-comes-back", Omission::kSecretComesBack},
    Name{"inside-witness", Omission::kInsideWitness},
    Name{"outside-witness", Omission::kOutsideWitness},
    Name{"probes-cut-short", Omission::kProbesCutShort},
    Name{"image-second-look", Omission::kImageSecondLook},
    Name{"entrypoint-owner", Omission::kEntrypointOwner},
    Name{"neighbour-namespaces", Omission::kNeighbourNamespaces},
};

constexpr std::string_view kCall = "call-";

Omission chosen() {
  const char* wanted = std::getenv("IMMURE_OMIT");
  if (wanted == nullptr) return Omission::kNothing;
  if (std::string_view(wanted).starts_with(kCall)) return Omission::kFilterCall;
  for (const Name& name : kNames) {
    if (name.text == wanted) return name.omission;
  }
  std::fprintf(stderr, "immure-mutant: IMMURE_OMIT: there is no layer %s\n", wanted);
  std::exit(64);
}

}  // namespace

const Omission cell::omission = chosen();

namespace attest {

void mutate_filter(std::vector<sys::Instruction>& filter) {
  long let_through = -1;
  if (cell::omitted(Omission::kFilterNetwork)) let_through = __NR_socket;
  if (cell::omitted(Omission::kFilterExec)) let_through = __NR_execve;
  if (cell::omitted(Omission::kFilterPtrace)) let_through = __NR_ptrace;
  if (cell::omitted(Omission::kFilterSurface)) let_through = __NR_bpf;
  if (cell::omitted(Omission::kFilterSetUid)) let_through = __NR_fchmod;
  if (cell::omitted(Omission::kFilterCall)) let_through = std::atol(std::getenv("IMMURE_OMIT") + kCall.size());
  if (let_through < 0) return;
  // Load the number, compare, allow; then the filter as it was. Jumps are relative, so nothing else changes.
  namespace seccomp = sys::seccomp;
  const sys::Instruction allow[] = {seccomp::load(offsetof(seccomp_data, nr)),
                                    seccomp::jump(BPF_JEQ, static_cast<std::uint32_t>(let_through), 0, 1),
                                    seccomp::finish(seccomp::kAllow)};
  filter.insert(filter.begin(), std::begin(allow), std::end(allow));
}

void mutate_outer(std::vector<std::string>& command) {
  const char* wanted = std::getenv("IMMURE_OMIT");
  if (wanted == nullptr) return;
  // The entrypoint is this program too, and builds the cell; its environment is what its walls say.
  const auto bubblewrap = std::ranges::find(command, "--clearenv");
  if (bubblewrap != command.end()) command.insert(bubblewrap + 1, {"--setenv", "IMMURE_OMIT", wanted});
  const auto engine = std::ranges::find(command, "--rm");
  if (engine != command.end()) command.insert(engine + 1, "--env=IMMURE_OMIT=" + std::string(wanted));
}

}  // namespace attest
}  // namespace immure
