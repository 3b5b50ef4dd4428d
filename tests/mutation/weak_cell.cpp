/// What immure-mutant changes inside of the cell (cell/mutation.hpp).
#include <csignal>
#include <cstdint>

#include <fcntl.h>
#include <sys/resource.h>

#include "cell/mutation.hpp"
#include "cell/walls.hpp"
#include "mutation/omissions.hpp"
#include "sys/credentials.hpp"
#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/syscall.hpp"

namespace immure::cell {
namespace {

using sys::checked;
using sys::raw;

/// A step that immure-mutant leaves out entirely.
struct LeftOut {
  Omission omission;
  Step step;
};
constexpr LeftOut kLeftOut[] = {
    {Omission::kUtsNamespace, Step::kHostName},  // the host's name must stay
    {Omission::kPidNamespace, Step::kSession},   // without the namespace the process may lead a session already
    {Omission::kSessionKeyring, Step::kKeyring}, {Omission::kCapabilities, Step::kPrivilege},
    {Omission::kSecurebits, Step::kPrivilege},   {Omission::kCloseDescriptors, Step::kCloseOthers},
    {Omission::kLandlock, Step::kLandlock},      {Omission::kSharedMemory, Step::kSharedMemory},
    {Omission::kFilter, Step::kFilter},          {Omission::kObserver, Step::kObserver},
};

SysResult<void> inherit_something() {
  constexpr unsigned long kNoRandomisation = 0x0040000;
  if (omitted(Omission::kPersonality)) raw(__NR_personality, kNoRandomisation);
  constexpr std::uint64_t kIgnore[4] = {1};
  if (omitted(Omission::kSignals)) raw(__NR_rt_sigaction, SIGHUP, kIgnore, nullptr, sizeof(std::uint64_t));
  return {};
}

SysResult<void> keep_privilege() {
  if (!omitted(Omission::kCapabilities) && !omitted(Omission::kSecurebits)) return {};
  if (omitted(Omission::kSecurebits)) CHECK_OK(sys::empty_capabilities());
  CHECK_OK(checked(raw(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)));
  return {};
}

SysResult<void> add_mount(const char* target, std::uint64_t flags) {
  TRY(const sys::Fd root, sys::open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  TRY(const sys::Fd extra, sys::new_tmpfs(1 << 20, 16, 0755, flags));
  return sys::attach(extra.get(), root.get(), target);
}

SysResult<void> add_mounts() {
  if (omitted(Omission::kThirdMount)) CHECK_OK(add_mount("out", sys::kReadOnly));
  if (omitted(Omission::kStackedInput)) CHECK_OK(add_mount("in", kMountRules.input.flags));
  return {};
}

SysResult<void> keep_program_open(const Spec& spec) {
  if (omitted(Omission::kCloseOnExec)) CHECK_OK(checked(raw(__NR_fcntl, spec.limits.files, F_SETFD, 0)));
  return {};
}

// Makes a copy of the listener that the exec does not close. Once the task has closed its own listener, no listener is
// left to copy.
SysResult<void> keep_listener(const Spec& spec) {
  constexpr std::uint64_t kListenerAbove = 5;
  if (omitted(Omission::kListenerKept)) raw(__NR_fcntl, spec.limits.files + kListenerAbove, F_DUPFD, 3);
  return {};
}

}  // namespace

bool leaves_out(Step step) {
  for (const LeftOut& row : kLeftOut) {
    if (row.step == step && omitted(row.omission)) return true;
  }
  return false;
}

bool leaves_out_limit(int resource) {
  switch (resource) {
    case RLIMIT_AS: return omitted(Omission::kMemoryLimit);
    case RLIMIT_FSIZE: return omitted(Omission::kOutputLimit);
    case RLIMIT_NPROC: return omitted(Omission::kProcessLimit);
    case RLIMIT_NOFILE: return omitted(Omission::kDescriptorLimit);
    case RLIMIT_CORE: return omitted(Omission::kCoreLimit);
    case RLIMIT_SIGPENDING: return omitted(Omission::kPendingSignals);
    default: return false;
  }
}

SysResult<void> weaken_after(Step step, const Spec& spec) {
  if (step == Step::kInheritance) return inherit_something();
  if (step == Step::kPrivilege) return keep_privilege();
  if (step == Step::kPivot) return add_mounts();
  if (step == Step::kDescriptors) return keep_program_open(spec);
  if (step == Step::kObserver) return keep_listener(spec);
  return {};
}

SysResult<void> weaken_output(const Spec&, int tree) {
  const char* path = nullptr;
  if (omitted(Omission::kScratchFilled)) path = ".immure-scratch/left";
  if (omitted(Omission::kOutputForeign)) path = "somebody-elses";
  if (path == nullptr) return {};
  TRY(const sys::Fd made, sys::open_at(tree, path, O_WRONLY | O_CREAT | O_EXCL, 0600));
  return sys::write_all(made.get(), "not the program's\n");
}

std::uint64_t weakened_null(std::uint64_t flags) {
  return omitted(Omission::kNullWritable) ? flags & ~std::uint64_t{sys::kReadOnly} : flags;
}

MountRules weakened(MountRules rules) {
  struct Edit {
    Omission omission;
    MountRule MountRules::* rule;
    std::uint64_t flag;
  };
  constexpr Edit kEdits[] = {
      {Omission::kInputReadOnly, &MountRules::input, sys::kReadOnly},
      {Omission::kInputNoExec, &MountRules::input, sys::kNoExec},
      {Omission::kInputNoSuid, &MountRules::input, sys::kNoSuid},
      {Omission::kInputNoDevices, &MountRules::input, sys::kNoDev},
      {Omission::kRootReadOnly, &MountRules::image, sys::kReadOnly},
      {Omission::kHelperWritable, &MountRules::image, sys::kReadOnly},
      {Omission::kHelperInOutput, &MountRules::output, sys::kNoExec},
      {Omission::kHelperInInput, &MountRules::input, sys::kNoExec},
      {Omission::kRootNoSuid, &MountRules::image, sys::kNoSuid},
      {Omission::kRootNoDevices, &MountRules::image, sys::kNoDev},
      {Omission::kOutputNoExec, &MountRules::output, sys::kNoExec},
      {Omission::kOutputNoSuid, &MountRules::output, sys::kNoSuid},
      {Omission::kOutputNoDevices, &MountRules::output, sys::kNoDev},
  };
  for (const Edit& edit : kEdits) {
    if (omitted(edit.omission)) (rules.*edit.rule).flags &= ~edit.flag;
  }
  if (omitted(Omission::kScratchExecutable) || omitted(Omission::kOutputExecutable))
    rules.output.flags &= ~sys::kNoExec;
  if (omitted(Omission::kScratchEverywhere)) rules.output.rights |= rules.input.rights;
  if (omitted(Omission::kHelperInOutput)) rules.output.rights |= sys::access::kExecute;
  if (omitted(Omission::kHelperInInput)) rules.input.rights |= sys::access::kExecute;
  if (omitted(Omission::kSubmountReadOnly)) rules.input.with_submounts = false;
  if (omitted(Omission::kLandlockOutput)) rules.output.rights |= rules.input.rights;
  return rules;
}

}  // namespace immure::cell
