#include "cell/payload.hpp"

#include <algorithm>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "cell/filters.hpp"
#include "cell/look.hpp"
#include "cell/step.hpp"
#include "cell/walls.hpp"
#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/landlock.hpp"
#include "sys/process.hpp"
#include "sys/seccomp.hpp"
#include "sys/syscall.hpp"

namespace immure::cell {
namespace {

using sys::checked;
using sys::raw;

// The numbers of the descriptors that the waiting payload still needs. The numbers lie above `files`, the payload's
// limit, so the payload's task can use them but cannot duplicate or reopen them. All of them are close-on-exec.
struct Numbers {
  int program, from_supervisor, to_supervisor, ruleset, null, listener;
  explicit Numbers(const Spec& spec)
      : program(static_cast<int>(spec.limits.files)),
        from_supervisor(program + 1),
        to_supervisor(program + 2),
        ruleset(program + 3),
        null(program + kNullAbove),
        listener(null + 1) {}
};

// The process id of this task as the host sees it. A proc file system resolves `self` in the pid namespace in which it
// was mounted, and spec.host_proc was mounted in the host's.
SysResult<int> host_pid(const Spec& spec) {
  char text[16] = {};
  CHECK_OK(checked(raw(__NR_readlinkat, spec.host_proc, "self", text, sizeof text - 1)));
  int pid = 0;
  for (const char* digit = text; *digit >= '0' && *digit <= '9'; ++digit) pid = pid * 10 + (*digit - '0');
  return pid;
}

// Copies a descriptor to a number above all of Numbers, so that no later copy to one of Numbers closes a descriptor
// that is still needed. The supervisor may hold so many files of the input that a descriptor can have any number.
SysResult<sys::Fd> out_of_the_way(int descriptor, const Numbers& numbers) {
  const sys::Raw moved = raw(__NR_fcntl, descriptor, F_DUPFD_CLOEXEC, numbers.null + 1);
  // EINVAL: the number is beyond the caller's limit of open files (fcntl(2)).
  if (moved == -EINVAL) return std::unexpected(Errno{EMFILE});
  TRY(const long made, checked(moved));
  return sys::Fd(static_cast<int>(made));
}

SysResult<void> arrange_descriptors(const Spec& spec, int null_device, sys::Fd ruleset) {
  const Numbers numbers(spec);
  TRY(sys::Fd opened, sys::open_at(AT_FDCWD, spec.payload, O_PATH | O_NOFOLLOW));
  TRY(const sys::Fd program, out_of_the_way(opened.get(), numbers));
  TRY(const sys::Fd from_supervisor, out_of_the_way(spec.from_supervisor, numbers));
  TRY(const sys::Fd to_supervisor, out_of_the_way(spec.to_supervisor, numbers));
  TRY(const sys::Fd rules, out_of_the_way(ruleset.get(), numbers));
  TRY(const sys::Fd null, out_of_the_way(null_device, numbers));
  TRY(const sys::Fd input, out_of_the_way(spec.null_input ? null_device : spec.standard_input, numbers));
  TRY(const sys::Fd output, out_of_the_way(spec.standard_output, numbers));
  TRY(const sys::Fd error, out_of_the_way(spec.standard_error, numbers));
  // Close these now. At the end of the function their numbers may belong to copies.
  opened.reset();
  ruleset.reset();
  CHECK_OK(sys::duplicate_onto(program.get(), numbers.program, true));
  CHECK_OK(sys::duplicate_onto(from_supervisor.get(), numbers.from_supervisor, true));
  CHECK_OK(sys::duplicate_onto(to_supervisor.get(), numbers.to_supervisor, true));
  CHECK_OK(sys::duplicate_onto(rules.get(), numbers.ruleset, true));
  CHECK_OK(sys::duplicate_onto(null.get(), numbers.null, true));
  CHECK_OK(sys::duplicate_onto(input.get(), 0, false));
  CHECK_OK(sys::duplicate_onto(output.get(), 1, false));
  return sys::duplicate_onto(error.get(), 2, false);
}

// Closes all descriptors but 0 to 2 and those of Numbers. No other descriptor may be used afterwards.
SysResult<void> close_others(const Spec& spec) {
  const Numbers numbers(spec);
  CHECK_OK(sys::close_between(3, static_cast<unsigned>(numbers.program) - 1));
  return sys::close_between(static_cast<unsigned>(numbers.null) + 1, ~0U);
}

SysResult<void> limit(int resource, std::uint64_t soft, std::uint64_t hard) {
  const rlimit64 both{soft, hard};
  CHECK_OK(checked(raw(__NR_prlimit64, 0, resource, &both, nullptr)));
  return {};
}

// True if the hard limit, which only a privileged caller can raise, is below `wanted` already.
SysResult<bool> has_lower_limit(int resource, std::uint64_t wanted) {
  rlimit64 present{};
  CHECK_OK(checked(raw(__NR_prlimit64, 0, resource, nullptr, &present)));
  return present.rlim_max < wanted;
}

// The limit is 1, not 0, because the kernel runs the program of a core_pattern that names a pipe even for a limit of 0
// (core(5)). EPERM means that the hard limit is 0, which only the host's administrator can raise. Then 0 is enough if
// the pattern names a file; the judge decides, since the evidence has the first character of the pattern.
SysResult<void> limit_core_dumps(const probe::ResourceLimit& wanted) {
  const auto done = limit(RLIMIT_CORE, wanted.soft, wanted.hard);
  if (!done && done.error().value == EPERM) return limit(RLIMIT_CORE, 0, 0);
  return done;
}

/// The hard limit of descriptors is higher by this number until the observer's listener has its place above the limit.
constexpr std::uint64_t kSpareNumbers = 8;

SysResult<void> set_limits(const Spec& spec) {
  for (const probe::LimitRow& row : probe::kLimits) {
    const auto wanted = resource_limit(row, value_of(row, spec.limits), spec.limits.by_group);
    if (!wanted.set || leaves_out_limit(row.resource)) continue;
    if (row.lower_stays) {
      TRY(const bool is_lower, has_lower_limit(row.resource, wanted.hard));
      if (is_lower) continue;
    }
    const std::uint64_t spare = row.resource == RLIMIT_NOFILE && !spec.observer.empty() ? kSpareNumbers : 0;
    CHECK_OK(row.resource == RLIMIT_CORE ? limit_core_dumps(wanted)
                                         : limit(row.resource, wanted.soft, wanted.hard + spare));
  }
  return {};
}

// Finds out which layer answers a call. This task adds Landlock and the payload's filter, but with an errno that only a
// filter can give.
SysResult<void> attribute(World& world) {
  const Spec& spec = *world.spec;
  BESIDE(kLandlock, sys::restrict_self(Numbers(spec).ruleset, sys::log_only_after_exec(spec.landlock_abi)));
  BESIDE(kFilter, sys::install_filter(spec.attribution));
  probe::Context context = probe_context(world, probe::Stage::kAttribution);
  probe::run_all(context, world.page.attribution);
  return {};
}

int wall_probes_main(void* argument) {
  World& world = *static_cast<World*>(argument);
  probe::Context context = probe_context(world, probe::Stage::kWalls);
  probe::run_all(context, world.page.walls);
  return attribute(world) ? 0 : 1;
}

// Starts a child that tries what mounts, ids and limits deny alone, and then what the filter denies. The calls need a
// child, because the filter will deny some calls that still succeed here. The child runs while this task goes on.
SysResult<int> start_wall_probes(World& world) {
  return sys::clone_sharing_memory(wall_probes_main, &world, world.wall_stack, false);
}

SysResult<void> finish_wall_probes(int pid) {
  int status = 0;
  CHECK_OK(checked(raw(__NR_wait4, pid, &status, __WALL, nullptr)));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::unexpected(Errno{ECHILD});
  return {};
}

// Lets no call make memory executable that was writable (PR_SET_MDWE(2const)). EINVAL means that the kernel is older
// than Linux 6.3; then only the filter denies such calls.
SysResult<void> deny_writable_code(const Spec& spec) {
  if (!spec.deny_writable_code) return {};
  const sys::Raw ret = raw(__NR_prctl, PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
  if (ret == -EINVAL) return {};
  CHECK_OK(checked(ret));
  return {};
}

SysResult<void> await_controls(Page& page, Controls passed) {
  CHECK_OK(sys::wait_while_equal(page.controls, static_cast<std::uint32_t>(passed)));
  if (page.controls.load() == static_cast<std::uint32_t>(Controls::kFailed)) return std::unexpected(Errno{ECHILD});
  return {};
}

SysResult<void> tell_and_wait(const Spec& spec) {
  const Numbers numbers(spec);
  CHECK_OK(sys::write_all(numbers.to_supervisor, "R"));
  std::byte byte{};
  TRY(const std::size_t count, sys::read_some(numbers.from_supervisor, {&byte, 1}));
  if (count == 0) return std::unexpected(Errno{EPIPE});
  return {};
}

SysResult<void> execute(const Spec& spec, Page& page) {
  const std::uint64_t no_signals = 0;
  CHECK_OK(checked(raw(__NR_rt_sigprocmask, SIG_SETMASK, &no_signals, nullptr, sizeof no_signals)));
  page.step = Step::kRunning;
  const sys::Raw ret = sys::raw_words(__NR_execveat, spec.cookie_first, sys::as_word(""), sys::as_word(spec.arguments),
                                      sys::as_word(spec.environment), AT_EMPTY_PATH, spec.cookie_last);
  page.step = Step::kExec;
  return std::unexpected(Errno{static_cast<int>(-ret)});
}

SysResult<void> close_ruleset(const Numbers& numbers) {
  CHECK_OK(checked(raw(__NR_close, numbers.ruleset)));
  return {};
}

// The kernel gives the listener a low number. The function moves the listener above the limit of descriptors, to the
// other descriptors of the waiting task, and then sets the limit to its final value. The supervisor takes a copy of the
// listener when it hears that the plan's filter is loaded.
SysResult<void> load_observer(const Spec& spec, Page& page) {
  if (spec.observer.empty()) return {};
  const int place = Numbers(spec).listener;
  const bool limited = !leaves_out_limit(RLIMIT_NOFILE);
  const std::uint64_t files = spec.limits.files;
  TRY(const int number, sys::install_listening_filter(spec.observer));
  const sys::Fd listener(number);
  if (limited) CHECK_OK(limit(RLIMIT_NOFILE, files + kSpareNumbers, files + kSpareNumbers));
  CHECK_OK(sys::duplicate_onto(listener.get(), place, true));
  if (limited) CHECK_OK(limit(RLIMIT_NOFILE, files, files));
  page.listener = place;
  return {};
}

// The errno of an attempt to set the times of an open file to now, or 0.
std::int32_t change_times(int file) {
  const sys::Raw changed = raw(__NR_utimensat, file, nullptr, nullptr, 0);
  return sys::failed(changed) ? static_cast<std::int32_t>(-changed) : 0;
}

// Records what the observer hands out for /dev/null.
SysResult<void> try_null_device(Look& look) {
  const sys::Raw opened = raw(__NR_openat, AT_FDCWD, "/dev/null", O_WRONLY | O_CLOEXEC);
  look.null_answer = sys::failed(opened) ? static_cast<std::int32_t>(-opened) : 0;
  if (sys::failed(opened)) return {};
  const sys::Fd device(static_cast<int>(opened));
  struct stat status{};
  CHECK_OK(checked(raw(__NR_fstat, device.get(), &status)));
  look.null_major = S_ISCHR(status.st_mode) ? major(status.st_rdev) : 0;
  look.null_minor = S_ISCHR(status.st_mode) ? minor(status.st_rdev) : 0;
  return {};
}

// Makes a call that the observer must hear of, and then gives up the task's own copy of the listener. The call returns
// only when the supervisor has answered, so the supervisor has its copy by then. No file has this name, so the kernel's
// own answer is ENOENT.
SysResult<void> try_observer(const Spec& spec, Page& page) {
  if (page.listener == 0) return {};
  char path[64] = "/";
  if (spec.control_bytes.size() + 2 > sizeof path) return std::unexpected(Errno{ENAMETOOLONG});
  std::ranges::copy(spec.control_bytes, path + 1);
  const sys::Raw opened = raw(__NR_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  page.look.observed = sys::failed(opened) ? static_cast<std::int32_t>(-opened) : 0;
  if (!sys::failed(opened)) raw(__NR_close, opened);
  CHECK_OK(try_null_device(page.look));
  CHECK_OK(checked(raw(__NR_close, page.listener)));
  return {};
}

// Loads the plan's filter. If this filter notifies, the listener stays at the low number that the kernel gives, because
// the filter already denies what load_observer() does to move a listener. The probes must not find a descriptor there,
// so the function returns only when the supervisor has a copy, and the number is closed.
SysResult<void> load_filter(const Spec& spec, Page& page) {
  if (!spec.filter_notifies) return sys::install_filter(spec.filter);
  TRY(const int number, sys::install_listening_filter(spec.filter));
  page.listener = number;
  CHECK_OK(sys::write_all(Numbers(spec).to_supervisor, "L"));
  CHECK_OK(try_observer(spec, page));
  page.listener = 0;
  return {};
}

SysResult<void> probe_finished_cell(World& world) {
  probe::Context context = probe_context(world, probe::Stage::kCell);
  probe::run_all(context, world.page.cell);
  return {};
}

// This step comes before Landlock and the filter, so that the probes of the finished cell run where the program will
// run.
SysResult<void> enter_workdir(const Spec& spec) {
  if (std::string_view(spec.workdir) == "/") return {};
  // O_PATH is needed because the payload may enter /out, but may not list it.
  TRY(const sys::Fd directory, sys::open_at(AT_FDCWD, spec.workdir, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  CHECK_OK(checked(raw(__NR_fchdir, directory.get())));
  return {};
}

SysResult<void> restrict_and_probe(World& world) {
  const Spec& spec = *world.spec;
  Page& page = world.page;
  const Numbers numbers(spec);
  sys::Fd ruleset;
  int wall_probes = -1;
  STEP(kHostPid, into(page.payload_pid, host_pid(spec)));
  STEP(kRuleset, into(ruleset, payload_ruleset(spec)));
  STEP(kLook, look_at_mounts(spec, page.look));
  STEP(kDescriptors, arrange_descriptors(spec, page.null_device, std::move(ruleset)));
  STEP(kCloseOthers, close_others(spec));
  STEP(kLimits, set_limits(spec));
  page.look.null_changed = change_times(numbers.null);
  STEP(kWorkdir, enter_workdir(spec));
  if (spec.probes) STEP(kWallProbes, into(wall_probes, start_wall_probes(world)));
  // The probes are denied much, and a host's log should hold only what the program was denied.
  STEP(kLandlock, sys::restrict_self(numbers.ruleset, sys::log_only_after_exec(spec.landlock_abi)));
  STEP(kDescriptors, close_ruleset(numbers));
  // Wait for the controls, because they share the memory that deny_writable_code() changes.
  if (spec.probes) STEP(kControlsDone, await_controls(page, Controls::kRunning));
  STEP(kWritableCode, deny_writable_code(spec));
  STEP(kObserver, load_observer(spec, page));
  STEP(kLook, look_before_filter(page.look));
  // Load the filters last, because then the task can make only the calls that the payload may make.
  if (spec.deny_shared_memory) STEP(kSharedMemory, sys::install_filter(kNoSharedMemory));
  STEP(kFilter, load_filter(spec, page));
  // From here the cell's externally visible state no longer changes, so the supervisor can inspect it while the probes
  // run.
  STEP(kCellProbes, sys::write_all(numbers.to_supervisor, "F"));
  if (spec.probes) {
    STEP(kCellProbes, probe_finished_cell(world));
    STEP(kWallProbes, finish_wall_probes(wall_probes));
    STEP(kControls, await_controls(page, Controls::kMemoryDone));
  }
  STEP(kObserver, try_observer(spec, page));
  STEP(kLook, look_under_filter(spec, page.look));
  return {};
}

}  // namespace

probe::Context probe_context(World& world, probe::Stage stage) {
  const Spec& spec = *world.spec;
  const auto index = static_cast<std::size_t>(stage == probe::Stage::kAttribution ? probe::Stage::kWalls : stage);
  return {.stage = stage,
          .secret = spec.secret,
          .control_bytes = spec.control_bytes,
          .input_mounts = spec.input_mounts,
          .fixed_paths = spec.fixed_paths,
          .fixed_contents = spec.fixed_contents,
          .program = spec.payload,
          .undeclared = spec.undeclared,
          .output_bytes = spec.limits.output_bytes,
          .memory_bytes = spec.limits.memory_bytes,
          .files = static_cast<std::uint32_t>(spec.limits.files),
          .host_keyring = spec.host_keyring,
          .host_pid = spec.host_pid,
          .child_stacks = world.probe_stacks[index],
          .buffer = world.buffers[index]};
}

int payload_main(void* argument) {
  World& world = *static_cast<World*>(argument);
  const Spec& spec = *world.spec;
  auto done = restrict_and_probe(world);
  if (done) {
    world.page.step = Step::kReady;
    done = tell_and_wait(spec);
  }
  if (done) done = execute(spec, world.page);
  world.page.errno_value = done.error().value;
  return 1;
}

}  // namespace immure::cell
