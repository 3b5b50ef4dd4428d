/// The cell's first process: builds the walls, starts the payload's task, and waits for it.
#include <csignal>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>
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

// One byte from the supervisor. End of file means that it is gone, which may have been before die_with_supervisor().
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
  // Before the scratch goes, for which the kernel waits.
  report_controls(world, Controls::kDone);
  return {};
}

int control_main(void* argument) {
  World& world = *static_cast<World*>(argument);
  if (!try_in_scratch(world)) report_controls(world, Controls::kFailed);
  return 0;
}

// The same calls where they are allowed: in these new namespaces with every capability, with a scratch root that holds
// all fixtures, before any wall stands. In a child that is thrown away with all that the calls changed, beside the
// building of the walls.
SysResult<int> start_controls(World& world) {
  return sys::clone_sharing_memory(control_main, &world, world.control_stack, false);
}

// A file system of the cell's own, which is gone with it however it ends; the supervisor fills it through /proc.
SysResult<sys::Fd> open_stage(const Spec& spec, Page& page) {
  TRY(sys::Fd stage, sys::new_tmpfs(spec.stage_bytes, spec.stage_inodes, 0755, sys::kNoSuid | sys::kNoDev));
  page.stage = stage.get();
  CHECK_OK(sys::write_all(spec.to_supervisor, "S"));
  CHECK_OK(await_supervisor(spec));
  return stage;
}

// The launcher's session keyring would otherwise be readable inside (keyctl(2)). ENOSYS: the kernel has no keyrings.
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

void wait_for_payload(World& world, int controls, int payload) {
  int status = 0;
  rusage usage{};
  while (true) {
    const sys::Raw pid = raw(__NR_wait4, -1, &status, __WALL, &usage);
    if (pid == -EINTR) continue;
    if (sys::failed(pid)) return;
    // The controls were killed, so the payload's task would wait for them in vain.
    if (pid == controls && world.page.controls.load() < static_cast<std::uint32_t>(Controls::kDone)) return;
    if (pid != payload) continue;  // the controls, or an orphan of the payload
    world.page.wait_status = status;
    world.page.usage = usage;
    if (world.page.step == Step::kRunning || world.page.step == Step::kExec) world.page.step = Step::kEnded;
    return;
  }
}

// Sheds what the cell inherited from the user who started the supervisor. This comes first: with a umask of 0777 not
// even the controls could write, and a task that ignores SIGCHLD cannot wait for its children.
SysResult<void> shed_inheritance() {
  raw(__NR_umask, 077);
  sys::default_all_signals();
  // `setarch -R` would leave every program of the cell without randomised addresses (personality(2)).
  raw(__NR_personality, 0);
  return {};
}

// Our copy would keep the pipe open when the supervisor is gone, and we would wait for ever.
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

// The group accounts for every process that is started in it. The supervisor opened the descriptors and they carry its
// rights; the cell could not open them itself.
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
  // Changing ids cleared it (prctl(2), PR_SET_PDEATHSIG).
  STEP(kIdentity, die_with_supervisor());
  // Before the controls, which see the same name and shall see the same each time.
  STEP(kHostName, set_host_name());
  if (spec.probes) STEP(kControls, into(controls, start_controls(world)));
  if (spec.stage_inodes != 0) STEP(kStage, into(staged, open_stage(spec, page)));
  CHECK_OK(build_walls(spec, std::move(staged), page));
  STEP(kKeyring, join_fresh_keyring());
  // Process 1 of a new pid namespace leads no session yet.
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
  // Should this fail, the payload's task notices nothing and the supervisor nothing either; so it must end everything.
  if (!sys::close_between(0, ~0U) || !sys::install_filter(kInitFilter)) leave();
  wait_for_payload(world, *controls, *payload);
  leave();
}

}  // namespace immure::cell
