#include "cell/spec.hpp"

#include <algorithm>

namespace immure::cell {

void forget_answers(Page& page) {
  for (const std::span<probe::Answer> answers :
       {std::span(page.control), std::span(page.walls), std::span(page.cell), std::span(page.attribution)}) {
    std::ranges::fill(answers, probe::Answer{.ret = -1, .errno_value = 0, .effect = probe::kNotRun});
  }
}

StepText describe(Step step) {
  constexpr const char* kReport = "This is a fault of immure; please report it with the errno.";
  switch (step) {
    case Step::kStart:
    case Step::kInheritance:
    case Step::kParentDeath:
    case Step::kWaitForMaps: return {"starting the cell's first process", kReport};
    case Step::kNamespaces: return {"reading /proc/self/ns", "Mount /proc on the host."};
    case Step::kIdentity: return {"taking the cell's unprivileged ids", kReport};
    case Step::kControls:
    case Step::kControlsDone:
      return {"running the positive controls in a scratch root", "Needs tmpfs in a user namespace."};
    case Step::kStage:
      return {"staging the input", "Needs tmpfs in a user namespace, and memory for a copy of the input."};
    case Step::kNullDevice:
      return {"mounting /dev/null read-only", "Needs the null device at /dev/null, for the program."};
    case Step::kImage: return {"mounting the read-only root image", "Needs Linux 5.12 (mount_setattr) or newer."};
    case Step::kInput:
      return {
          "mounting /in read-only",
          "EBUSY: somebody writes there through a mount of its own; ESTALE: the directory was exchanged meanwhile."};
    case Step::kOutput: return {"making the size-limited /out", "Needs tmpfs in a user namespace."};
    case Step::kPivot:
      return {"leaving the host's root", "The root of the host must be a mount of its own, not an initramfs."};
    case Step::kHostName: return {"setting the cell's host name", kReport};
    case Step::kPrivilege: return {"giving up capabilities", kReport};
    case Step::kKeyring: return {"joining a fresh session keyring", "The key quota may be used up (keyrings(7))."};
    case Step::kSession: return {"starting a new session", kReport};
    case Step::kGroup: return {"entering the control group", kReport};
    case Step::kSpawn: return {"starting the payload's task", "The limit of processes may be reached."};
    case Step::kHostPid: return {"reading /proc/self", "Mount /proc on the host."};
    case Step::kRuleset: return {"making the Landlock ruleset", "A directory of the image may be missing or a link."};
    case Step::kDescriptors:
    case Step::kCloseOthers:
      return {"arranging descriptors",
              "The program may be missing in the image, or the descriptor limit too low (ulimit -n)."};
    case Step::kLimits:
      return {"setting resource limits",
              "The caller's own hard limits may be lower than the profile's (ulimit -H -a)."};
    case Step::kWorkdir:
      return {"entering the working directory", "Name a directory of the input or of the image with --workdir."};
    case Step::kWallProbes: return {"probing the walls", kReport};
    case Step::kLook: return {"looking at the cell from inside", kReport};
    case Step::kLandlock:
      return {"restricting the payload by Landlock", "Needs Landlock among the active LSMs (lsm= at boot)."};
    case Step::kWritableCode: return {"denying writable code (PR_SET_MDWE)", kReport};
    case Step::kObserver:
      return {"loading the observer's filter",
              "EBUSY: another program listens to immure's own calls (seccomp_unotify(2)); --no-observer leaves the "
              "observer out."};
    case Step::kSharedMemory:
    case Step::kFilter: return {"loading the seccomp filter", "Needs CONFIG_SECCOMP_FILTER."};
    case Step::kCellProbes: return {"probing the finished cell", kReport};
    case Step::kReady: return {"waiting for the gate", kReport};
    case Step::kExec:
    case Step::kRunning:
      return {"executing the payload",
              "ENOENT: its ELF interpreter is missing in the image; EACCES: it is not executable."};
    case Step::kEnded: return {"running the payload", ""};
  }
  return {"an unknown step", kReport};
}

}  // namespace immure::cell
