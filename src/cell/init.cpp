/// The cell's first process: builds the walls, starts the payload's task, and waits for it.
#include <charconv>
#include <csignal>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "cell/filters.hpp"
#include "cell/payload.hpp"
#include "cell/spec.hpp"
#include "cell/step.hpp"
#include "cell/walls.hpp"
#include "probe/calls.hpp"
#include "probe/runner.hpp"
#include "sys/clone.hpp"
#include "sys/credentials.hpp"
#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/process.hpp"
#include "sys/seccomp.hpp"
#include "sys/syscall.hpp"

namespace immure::cell {
namespace {

using sys::checked;
using sys::raw;

SysResult<void> die_with_supervisor() {
  CHECK_OK(checked(raw(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)));
  return {};
}

// The supervisor may have ended while PR_SET_PDEATHSIG was not set. The kernel closes the files of a process before it
// sends this signal (do_exit() in exit.c), so the pipe then has no writer any more.
SysResult<void> supervisor_lives(const Spec& spec) {
  TRY(const bool gone, sys::has_no_writer(spec.from_supervisor));
  if (gone) return std::unexpected(Errno{EPIPE});
  return {};
}

// Waits for one byte from the supervisor. End of file means that the supervisor is gone. The supervisor may have ended
// before die_with_supervisor() was called.
SysResult<void> await_supervisor(const Spec& spec) {
  std::byte byte{};
  TRY(const std::size_t count, sys::read_some(spec.from_supervisor, {&byte, 1}));
  if (count == 0) return std::unexpected(Errno{EPIPE});
  return {};
}

SysResult<void> look_at_namespaces(const Spec& spec, Look& look) {
  char path[32] = "self/ns/";
  constexpr std::size_t kPrefix = 8;
  for (std::size_t i = 0; i < sys::kNamespaceCount; ++i) {
    std::size_t length = kPrefix;
    for (const char* c = sys::kNamespaceNames[i]; *c != '\0'; ++c) path[length++] = *c;
    path[length] = '\0';
    struct stat status{};
    CHECK_OK(checked(raw(__NR_newfstatat, spec.host_proc, path, &status, 0)));
    look.namespaces[i] = status.st_ino;
  }
  return {};
}

// ---- positive controls ----

void report_controls(World& world, Controls state) {
  sys::change_and_wake(world.page.controls, static_cast<std::uint32_t>(state));
}

SysResult<void> try_in_scratch(World& world) {
  constexpr std::uint64_t kScratchBytes = 4 << 20;
  TRY(const sys::Fd scratch, sys::new_tmpfs(kScratchBytes, 512, 0755, 0));
  CHECK_OK(probe::make_fixtures(scratch.get(), world.spec->secret));
  CHECK_OK(checked(raw(__NR_fchdir, scratch.get())));
  CHECK_OK(checked(raw(__NR_chroot, ".")));
  probe::Context context = probe_context(world, probe::Stage::kControl);
  context.early_done = [](void* argument) { report_controls(*static_cast<World*>(argument), Controls::kMemoryDone); };
  context.early_argument = &world;
  probe::run_all(context, world.page.control);
  // Report before the scratch root is unmounted, because the kernel takes time for that.
  report_controls(world, Controls::kDone);
  return {};
}

int control_main(void* argument) {
  World& world = *static_cast<World*>(argument);
  if (!try_in_scratch(world)) report_controls(world, Controls::kFailed);
  return 0;
}

// Makes the calls of the probes where they are allowed: in these new namespaces, with every capability, in a scratch
// root that holds all fixtures, and before any wall stands. A child makes the calls while this task builds the walls.
// Whatever the calls change ends with the child.
SysResult<int> start_controls(World& world) {
  return sys::clone_sharing_memory(control_main, &world, world.control_stack, false);
}

// Makes a file system of the cell's own, which disappears with the cell however the cell ends. The supervisor fills the
// file system through /proc.
SysResult<sys::Fd> open_stage(const Spec& spec, Page& page) {
  TRY(sys::Fd stage, sys::new_tmpfs(spec.stage_bytes, spec.stage_inodes, 0755, sys::kNoSuid | sys::kNoDev));
  page.stage = stage.get();
  CHECK_OK(sys::write_all(spec.to_supervisor, "S"));
  CHECK_OK(await_supervisor(spec));
  return stage;
}

// Takes the null device through a read-only mount. A program may set the times of a file that everybody may write, and
// /dev/null is such a file; through this mount the kernel answers EROFS. The mount has no name and no place in a tree.
SysResult<void> take_null_device(const Spec& spec, Page& page) {
  TRY(const sys::Fd tree, sys::clone_tree(AT_FDCWD, "/dev/null"));
  CHECK_OK(sys::restrict_tree(tree.get(), null_device_flags(), false));
  struct stat status{};
  CHECK_OK(checked(raw(__NR_newfstatat, tree.get(), "", &status, AT_EMPTY_PATH)));
  if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)) return std::unexpected(Errno{ENODEV});
  // A descriptor of a tree can neither read nor write. The name of the descriptor in /proc opens the device itself.
  char path[32] = "self/fd/";
  constexpr std::size_t kPrefix = 8;
  *std::to_chars(path + kPrefix, path + sizeof path - 1, tree.get()).ptr = '\0';
  TRY(sys::Fd device, sys::open_at(spec.host_proc, path, O_RDONLY));
  page.null_device = device.release();
  return {};
}

// Without a new session keyring, the payload could read the keyring of the user who started immure (keyctl(2)). ENOSYS
// means that the kernel has no keyrings.
SysResult<void> join_fresh_keyring() {
  const sys::Raw ret = raw(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr, 0, 0, 0);
  if (ret == -ENOSYS) return {};
  CHECK_OK(checked(ret));
  return {};
}

// ---- waiting ----

[[noreturn]] void leave() {
  while (true) raw(__NR_exit_group, 0);
}

// True if a child of this process still runs. If a process of the cell ends, its children become children of this
// process. The function reaps all children that have ended.
bool has_children_that_run() {
  while (true) {
    const sys::Raw pid = raw(__NR_wait4, -1, nullptr, __WALL | WNOHANG, nullptr);
    if (pid == 0) return true;
    if (sys::failed(pid) && pid != -EINTR) return false;
  }
}

// The controls are done long before the payload ends, but on a busy machine the kernel may not have taken down their
// scratch root yet. Their task is no process that the payload left running. If the payload stopped that task
// (SIGSTOP), WUNTRACED ends this wait, and the task then counts as left running.
void await_end_of_controls(int controls) {
  while (raw(__NR_wait4, controls, nullptr, __WALL | WUNTRACED, nullptr) == -EINTR) {
  }
}

void wait_for_payload(World& world, int controls, int payload) {
  int status = 0;
  rusage usage{};
  bool controls_ended = controls < 0;
  while (true) {
    const sys::Raw pid = raw(__NR_wait4, -1, &status, __WALL, &usage);
    if (pid == -EINTR) continue;
    if (sys::failed(pid)) return;
    // The control task was killed, so the payload's task would wait for it in vain.
    if (pid == controls && world.page.controls.load() < static_cast<std::uint32_t>(Controls::kDone)) return;
    controls_ended = controls_ended || pid == controls;
    if (pid != payload) continue;  // the control task, or an orphan of the payload
    world.page.wait_status = status;
    world.page.usage = usage;
    if (!controls_ended) await_end_of_controls(controls);
    world.page.left_running = has_children_that_run() ? 1 : 0;
    if (world.page.step == Step::kRunning || world.page.step == Step::kExec) world.page.step = Step::kEnded;
    return;
  }
}

// Sets what the cell inherited from the user who started the supervisor to known values. This step comes first: with a
// umask of 0777 not even the controls could write, and a task that ignores SIGCHLD cannot wait for its children.
SysResult<void> shed_inheritance() {
  raw(__NR_umask, 077);
  sys::default_all_signals();
  // If the user started immure by `setarch -R`, no program of the cell would get randomised addresses (personality(2)).
  raw(__NR_personality, 0);
  return {};
}

// If this process kept its copy of the pipe's write end, the pipe would stay open after the supervisor's end, and this
// process would wait for ever.
SysResult<void> close_supervisors_end(const Spec& spec) {
  if (spec.supervisors_end >= 0) CHECK_OK(checked(raw(__NR_close, spec.supervisors_end)));
  return {};
}

SysResult<void> set_host_name() {
  CHECK_OK(checked(raw(__NR_sethostname, probe::kHostName.data(), probe::kHostName.size())));
  return {};
}

SysResult<void> start_session() {
  CHECK_OK(checked(raw(__NR_setsid)));
  return {};
}

// A control group counts every process that starts in it. The supervisor opened these descriptors, and they carry the
// supervisor's rights; the cell could not open the files itself.
SysResult<void> enter_groups(const Spec& spec) {
  for (const int group : spec.groups) {
    if (group >= 0) CHECK_OK(sys::write_all(group, "0"));
  }
  return {};
}

SysResult<int> build(World& world) {
  const Spec& spec = *world.spec;
  Page& page = world.page;
  int controls = -1;
  sys::Fd staged;
  STEP(kInheritance, shed_inheritance());
  STEP(kParentDeath, die_with_supervisor());
  STEP(kParentDeath, close_supervisors_end(spec));
  STEP(kWaitForMaps, await_supervisor(spec));
  STEP(kNamespaces, look_at_namespaces(spec, page.look));
  STEP(kIdentity, sys::become(kInnerUid, kInnerUid));
  // The change of ids has cleared PR_SET_PDEATHSIG (prctl(2)), so set it again.
  STEP(kIdentity, die_with_supervisor());
  STEP(kIdentity, supervisor_lives(spec));
  // Set the name before the controls run, so that their probes of the name get the same answer in every run.
  STEP(kHostName, set_host_name());
  if (spec.probes) STEP(kControls, into(controls, start_controls(world)));
  if (spec.stage_inodes != 0) STEP(kStage, into(staged, open_stage(spec, page)));
  STEP(kNullDevice, take_null_device(spec, page));
  CHECK_OK(build_walls(spec, std::move(staged), page));
  STEP(kKeyring, join_fresh_keyring());
  // The first process of a new pid namespace does not lead a session yet.
  STEP(kSession, start_session());
  STEP(kPrivilege, sys::drop_privilege());
  STEP(kGroup, enter_groups(spec));
  page.step = Step::kSpawn;
  return controls;
}

}  // namespace

int init_main(void* argument) {
  World& world = *static_cast<World*>(argument);
  const auto controls = build(world);
  if (!controls) {
    world.page.errno_value = controls.error().value;
    return 1;
  }
  const auto payload = sys::clone_sharing_memory(payload_main, &world, world.payload_stack, false);
  if (!payload) {
    world.page.errno_value = payload.error().value;
    return 1;
  }
  // If a step here fails, neither the payload's task nor the supervisor notices the failure, so end the whole cell.
  if (!sys::close_between(0, ~0U) || !sys::install_filter(kInitFilter)) leave();
  wait_for_payload(world, *controls, *payload);
  leave();
}

}  // namespace immure::cell
