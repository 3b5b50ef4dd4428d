/// The only list of what the mutation tests leave out of a cell or weaken in a cell. The enum, the names that
/// IMMURE_OMIT takes, and the list that mutation_test.sh reads all come from this list.
#pragma once

#include <cstdint>

/// X(enumerator, name, where it can be noticed, numbers of the acceptance tests that must notice it)
///
/// `always`: in every run; `group`: if a control group can be made; `root`: if root starts the run; `ordinary`: if an
/// ordinary user does; `submount`: if something is mounted below the input; `beside`: if something happens beside the
/// run (beside_test.sh); `explain`: in a run of `immure explain`; `scratch`, `back`, `pairs`, `helpers`: in a run with
/// --tmp, --read-back, --socket-pairs or --exec; `pipeline`: in a pipeline.
#define IMMURE_OMISSIONS(X)                                       \
  X(kNetworkNamespace, "network-namespace", "always", "24 37")    \
  X(kPidNamespace, "pid-namespace", "always", "34")               \
  X(kIpcNamespace, "ipc-namespace", "always", "37")               \
  X(kUtsNamespace, "uts-namespace", "always", "37")               \
  X(kCgroupNamespace, "cgroup-namespace", "always", "37")         \
  X(kControlGroup, "control-group", "group", "37")                \
  X(kOomScore, "oom-score", "always", "37")                       \
  X(kInputReadOnly, "input-read-only", "always", "26 30")         \
  X(kInputNoExec, "input-noexec", "always", "27")                 \
  X(kInputNoSuid, "input-nosuid", "always", "27")                 \
  X(kInputNoDevices, "input-nodev", "always", "27")               \
  X(kSubmountReadOnly, "submount-read-only", "submount", "26 30") \
  X(kRootReadOnly, "root-read-only", "always", "28 30")           \
  X(kRootNoSuid, "root-nosuid", "always", "30")                   \
  X(kRootNoDevices, "root-nodev", "always", "30")                 \
  X(kOutputNoExec, "output-noexec", "always", "29")               \
  X(kOutputNoSuid, "output-nosuid", "always", "29")               \
  X(kOutputNoDevices, "output-nodev", "always", "29")             \
  X(kThirdMount, "third-mount", "always", "30")                   \
  X(kStackedInput, "stacked-input", "always", "30")               \
  X(kCapabilities, "capabilities", "always", "35")                \
  X(kSecurebits, "securebits", "always", "35")                    \
  X(kSessionKeyring, "session-keyring", "always", "32")           \
  X(kCloseDescriptors, "close-descriptors", "always", "37")       \
  X(kCloseOnExec, "close-on-exec", "always", "37")                \
  X(kEnvironmentScrub, "environment-scrub", "always", "32")       \
  X(kDescriptorLimit, "descriptor-limit", "always", "37")         \
  X(kMemoryLimit, "memory-limit", "always", "37")                 \
  X(kSharedMemory, "shared-memory", "ordinary", "37")             \
  X(kOutputLimit, "output-unlimited", "always", "37")             \
  X(kProcessLimit, "process-limit", "always", "37")               \
  X(kPendingSignals, "queued-signals", "always", "37")            \
  X(kCoreLimit, "core-limit", "always", "37")                     \
  X(kCoreFilter, "core-filter", "always", "37")                   \
  X(kPersonality, "personality", "always", "33")                  \
  X(kSignals, "signals", "always", "37")                          \
  X(kGroups, "groups", "root", "35")                              \
  X(kLandlock, "landlock", "always", "29 31")                     \
  X(kLandlockOutput, "landlock-output", "always", "29")           \
  X(kFilter, "filter", "always", "25 33 34 36")                   \
  X(kFilterNetwork, "filter-network", "always", "25")             \
  X(kFilterExec, "filter-exec", "always", "33")                   \
  X(kFilterPtrace, "filter-ptrace", "always", "34")               \
  X(kFilterSurface, "filter-surface", "always", "36")             \
  X(kFilterSetUid, "filter-set-uid", "always", "29")              \
  X(kObserver, "observer-left-out", "always", "36")               \
  X(kObserverDenies, "observer-denies", "always", "36")           \
  X(kObserverSpoofs, "observer-spoofs", "always", "36")           \
  X(kObserverDeaf, "observer-deaf", "always", "36")               \
  X(kExplainAllows, "explain-allows", "explain", "25 34 36")      \
  X(kNullWritable, "null-writable", "always", "28")               \
  X(kNullElsewhere, "null-elsewhere", "always", "36")             \
  X(kListenerKept, "listener-kept", "always", "37")               \
  X(kHostPasswd, "host-passwd", "always", "31")                   \
  X(kOtherHosts, "other-hosts", "always", "31")                   \
  X(kExtraFile, "extra-file", "always", "31")                     \
  X(kSelfElsewhere, "self-elsewhere", "always", "31")             \
  X(kFixedLink, "fixed-link", "always", "31")                     \
  X(kBlessedPasswd, "blessed-passwd", "always", "31")             \
  X(kStandardInput, "standard-input", "always", "37")             \
  X(kSecretComesBack, "secret-comes-back", "always", "29")        \
  X(kInsideWitness, "inside-witness", "always", "30")             \
  X(kOutsideWitness, "outside-witness", "always", "24")           \
  X(kProbesCutShort, "probes-cut-short", "always", "24 37")       \
  X(kUnclaimedScratch, "unclaimed-scratch", "always", "29")       \
  X(kUnclaimedReadBack, "unclaimed-read-back", "always", "29")    \
  X(kScratchFilled, "scratch-filled", "scratch", "47")            \
  X(kScratchExecutable, "scratch-executable", "scratch", "47")    \
  X(kScratchEverywhere, "scratch-everywhere", "scratch", "47")    \
  X(kScratchUnseen, "scratch-unseen", "scratch", "47")            \
  X(kOutputForeign, "output-filled", "back", "47")                \
  X(kOutputShared, "output-mounted-twice", "back", "47")          \
  X(kOutputExecutable, "output-executable", "back", "47")         \
  X(kSocketsToNames, "sockets-to-names", "pairs", "48")           \
  X(kOtherSockets, "other-sockets", "pairs", "48")                \
  X(kSocketMessages, "socket-messages", "pairs", "48")            \
  X(kStageShared, "stages-together", "pipeline", "37")            \
  X(kHelperWritable, "helper-writable", "helpers", "46")          \
  X(kHelperUndeclared, "helper-undeclared", "helpers", "46")      \
  X(kHelpersAll, "helpers-whole-image", "helpers", "46")          \
  X(kHelperByDescriptor, "helper-by-descriptor", "helpers", "46") \
  X(kHelperInOutput, "helper-in-output", "helpers", "46 29")      \
  X(kHelperInInput, "helper-in-input", "helpers", "46 27")        \
  X(kImageSecondLook, "image-second-look", "beside", "30")        \
  X(kEntrypointOwner, "entrypoint-owner", "beside", "24")         \
  X(kNeighbourNamespaces, "neighbour-namespaces", "beside", "37")

namespace immure::cell {

enum class Omission : std::uint8_t {
  kNothing,
#define X(enumerator, name, where, numbers) enumerator,
  IMMURE_OMISSIONS(X)
#undef X
      kFilterCall,  ///< `call-N`: the filter lets one system call through, by number, whatever its arguments
};

/// The one thing that this program leaves out.
extern const Omission omission;
/// False while the supervisor works on a stage of a pipeline that IMMURE_OMIT_STAGE does not name.
extern bool stage_is_weak;
inline bool omitted(Omission layer) { return stage_is_weak && omission == layer; }

}  // namespace immure::cell
