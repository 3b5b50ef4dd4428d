/// What a test may leave out of a cell, to see that its absence is noticed. Outside the test programs (IMMURE_MUTANTS)
/// every question is answered `false` by the compiler: no flag, variable or profile key leads here.
#pragma once

#include <cstdint>
#include <string_view>

namespace immure::cell {

enum class Omission : std::uint8_t {
  kNothing,
  kNetworkNamespace,
  kPidNamespace,
  kIpcNamespace,
  kUtsNamespace,
  kCgroupNamespace,
  kControlGroup,
  kOomScore,
  kInputReadOnly,
  kInputNoExec,
  kInputNoSuid,
  kInputNoDevices,
  kSubmountReadOnly,
  kRootReadOnly,
  kRootNoSuid,
  kRootNoDevices,
  kOutputNoExec,
  kOutputNoSuid,
  kOutputNoDevices,
  kThirdMount,
  kStackedInput,
  kCapabilities,
  kSecurebits,
  kSessionKeyring,
  kCloseDescriptors,
  kCloseOnExec,
  kEnvironmentScrub,
  kDescriptorLimit,
  kMemoryLimit,
  kSharedMemory,
  kOutputLimit,
  kProcessLimit,
  kCoreLimit,
  kCoreFilter,
  kPersonality,
  kSignals,
  kGroups,
  kLandlock,
  kLandlockOutput,
  kFilter,
  kFilterNetwork,
  kFilterExec,
  kFilterPtrace,
  kFilterSurface,
  kFilterSetUid,
  kFilterCall,
  kStandardInput,
  kSecretComesBack,
  kInsideWitness,
  kOutsideWitness,
  kProbesCutShort,
  kImageSecondLook,
  kEntrypointOwner,
  kNeighbourNamespaces,
};

#if defined(IMMURE_MUTANTS)
/// The one layer that this program leaves out.
extern const Omission omission;
inline bool omitted(Omission layer) { return omission == layer; }
#else
constexpr bool omitted(Omission) { return false; }
#endif

}  // namespace immure::cell
