#include "attest/start/prepare.hpp"

#include <algorithm>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/deadline.hpp"
#include "attest/host/proc_text.hpp"
#include "attest/host/surroundings.hpp"
#include "attest/input_parts.hpp"
#include "attest/mutation.hpp"
#include "attest/observe/notifying_filter.hpp"
#include "attest/room.hpp"
#include "attest/stage.hpp"
#include "attest/start/undeclared.hpp"
#include "cell/filters.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "plan/filter/filter.hpp"
#include "sys/credentials.hpp"
#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/landlock.hpp"
#include "sys/libc.hpp"
#include "sys/memory.hpp"
#include "sys/process.hpp"
#include "sys/syscall.hpp"
#include "text/hex.hpp"

namespace immure::attest {
namespace {

// The ids on the host of cells that root starts. The range is far from system, login and container ranges (systemd's
// UIDS-GIDS). Each run draws a random id, so that two cells are different users on the host as well.
constexpr std::uint32_t kFirstOuterId = 0x7fe00000;
constexpr std::uint32_t kOuterIds = 0x10000;

/// True for root of the initial user namespace, which maps every id to itself.
bool is_root_of_host() {
  const auto map = file::read_whole("/proc/self/uid_map", 4096);
  return map && words(*map) == std::vector<std::string_view>{"0", "0", "4294967295\n"};
}

/// The names at the top of the image, except links and the two mount points.
Result<std::vector<std::string>> readable_names(const sys::Fd& image, const std::string& path) {
  TRY(const std::vector<std::string> found,
      or_system_error(file::names_in(image.get()), path, "cannot list the image"));
  std::vector<std::string> names;
  for (const std::string& name : found) {
    if (name == "in" || name == "out") continue;
    struct stat status{};
    if (const int failure = sys::error_of(::fstatat, image.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW);
        failure != 0)
      return fail(Code::kSystem, path + "/" + name, "its status cannot be read", {}, failure);
    const bool is_directory = S_ISDIR(status.st_mode);
    if (is_directory || S_ISREG(status.st_mode)) names.push_back("/" + name + (is_directory ? "/" : ""));
  }
  return names;
}

/// The directories below the input that are mounts, with their paths in the cell.
std::vector<std::string> input_mount_points(const OpenInput& input) {
  std::vector<std::string> points;
  if (input.staged) return points;
  for (const file::Entry& entry : input.entries) {
    if (entry.mount_point && entry.kind == file::Kind::kDirectory) points.push_back("/in/" + entry.path);
  }
  return points;
}

std::vector<const char*> pointers(const std::vector<std::string>& texts, bool terminated) {
  std::vector<const char*> result;
  result.reserve(texts.size() + 1);
  for (const std::string& text : texts) result.push_back(text.c_str());
  if (terminated) result.push_back(nullptr);
  return result;
}

Result<cell::Source> source_of(const sys::Fd& directory, const std::string& path) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, directory.get(), &status); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  return cell::Source{.path = path.c_str(), .device = status.st_dev, .inode = status.st_ino};
}

/// Error kBadInput for an entry that neither belongs to the owner of the input directory nor is readable for everybody.
/// `owner_reads`: the owner's own rights count too.
Result<void> check_readable_by_owner(const OpenInput& input, const std::string& name, bool owner_reads) {
  for (const file::Entry& entry : input.entries) {
    const OpenPart* part = place_in_part(input.parts, entry.path).part;
    const std::uint32_t owner = part != nullptr ? part->owner : input.entries.front().uid;
    if (part != nullptr && owner == 0) continue;
    const bool owned = owner_reads && entry.uid == owner;
    const unsigned needed = entry.kind == file::Kind::kDirectory ? 05U : 04U;
    if (owned || entry.kind == file::Kind::kLink || (entry.mode & needed) == needed) continue;
    return fail(
        Code::kBadInput, name + "/" + entry.path, "may not be read by the owner of the input directory",
        "It belongs to another user than that directory, and its mode keeps others out: chmod o+rX it, or take it "
        "out of the input.");
  }
  return {};
}

/// Prepares the trees that only root can prepare: /in with its owners mapped, and the image. Root's cell runs under an
/// id that may be unable to reach either of them by its path.
Result<void> detach_trees(Prepared& prepared, const plan::Plan& plan, const OpenInput& input, const OuterIds& ids) {
  TRY(prepared.image_tree,
      or_system_error(sys::clone_tree(prepared.image.get(), ""), plan.image.directory, "cannot be cloned"));
  prepared.spec.image.detached = prepared.image_tree.get();
  // If root runs immure, the copy gets only what the owner of the input can read too. The owner decides what lies in
  // the input, and can force a copy.
  if (input.staged && input.parts.empty() && input.entries.front().uid == 0) return {};
  if (input.staged) return check_readable_by_owner(input, plan.input_name, true);
  TRY(prepared.input_tree,
      or_system_error(sys::clone_tree(input.directory.get(), ""), plan.input_path, "cannot be cloned"));
  prepared.spec.input.detached = prepared.input_tree.get();
  const file::Entry& top = input.entries.front();
  auto owners = sys::OwnerMap::create(top.uid, ids.uid, top.gid, ids.gid);
  if (!owners)
    return std::unexpected(system_error("user namespace", "cannot be made for the input's owners", owners.error(),
                                        "To fix this: " + namespace_remedy(owners.error().value) + "."));
  prepared.owners = *std::move(owners);
  const sys::Fd map = prepared.owners.take();
  const auto mapped = sys::map_owners(prepared.input_tree.get(), map.get());
  // EINVAL means that the file system has no idmapped mounts. Then the modes alone decide, and they must let everybody
  // read.
  if (!mapped && mapped.error().value != EINVAL)
    return std::unexpected(system_error(plan.input_path, "its owners cannot be mapped", mapped.error()));
  return check_readable_by_owner(input, plan.input_name, mapped.has_value());
}

/// Touches the pages that every run uses: the record page, the buffers, and the upper end of each stack, where it
/// begins.
void populate(cell::World& world) {
  constexpr std::size_t kUsual = 8 << 10;
  const std::span<std::byte> stacks[] = {world.init_stack,     world.payload_stack,   world.control_stack,
                                         world.wall_stack,     world.probe_stacks[0], world.probe_stacks[1],
                                         world.probe_stacks[2]};
  sys::populate_for_writing({reinterpret_cast<std::byte*>(&world), world.init_stack});
  for (const std::span<std::byte> stack : stacks) sys::populate_for_writing(stack.last(kUsual));
  sys::populate_for_writing({world.buffers[0], sizeof world.buffers});
}

Result<void> open_channels(Prepared& prepared, bool has_input) {
  constexpr std::string_view kNoDescriptors = "cannot be made";
  TRY(prepared.output, or_system_error(sys::make_pipe(), "pipe", kNoDescriptors));
  TRY(prepared.error, or_system_error(sys::make_pipe(), "pipe", kNoDescriptors));
  TRY(prepared.from_supervisor, or_system_error(sys::make_pipe(), "pipe", kNoDescriptors));
  TRY(prepared.to_supervisor, or_system_error(sys::make_pipe(), "pipe", kNoDescriptors));
  TRY(prepared.null, or_system_error(sys::open_at(AT_FDCWD, "/dev/null", O_RDONLY), "/dev/null", "cannot be opened"));
  TRY(prepared.proc,
      or_system_error(sys::open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY), "/proc", "cannot be opened"));
  cell::Spec& spec = prepared.spec;
  spec.standard_input = prepared.null.get();
  spec.null_input = !has_input;
  if (has_input) {
    TRY(prepared.input_pipe, or_system_error(sys::make_pipe(), "pipe", kNoDescriptors));
    spec.standard_input = prepared.input_pipe.read.get();
  }
  spec.standard_output = prepared.output.write.get();
  spec.standard_error = prepared.error.write.get();
  spec.from_supervisor = prepared.from_supervisor.read.get();
  spec.supervisors_end = prepared.from_supervisor.write.get();
  spec.to_supervisor = prepared.to_supervisor.write.get();
  spec.host_proc = prepared.proc.get();
  mutate_spec(spec);
  return {};
}

Result<void> bind_filter(Prepared& prepared, Cell& cell, const plan::Plan& plan) {
  TRY(const std::string random, random_bytes(12));
  plan::ExecCookie cookie{.high = 0, .descriptor = static_cast<std::uint32_t>(plan.profile.limits.files), .tail = 0};
  std::copy_n(random.data(), 4, reinterpret_cast<char*>(&cookie.high));
  std::copy_n(random.data() + 4, 8, reinterpret_cast<char*>(&cookie.tail));
  TRY(prepared.filter, plan::bind_cookie(plan.filter, cookie));
  mutate_filter(prepared.filter);
  prepared.attribution = plan::with_denial_errno(prepared.filter, probe::kFilterAnswer);
  cell.denials = plan.explains ? prepared.filter : std::vector<sys::Instruction>();
  if (plan.explains) {
    TRY(prepared.filter, notifying_filter(prepared.filter, cell::kObserveLookups));
    prepared.spec.filter_notifies = true;
  }
  prepared.spec.filter = prepared.filter;
  prepared.spec.attribution = prepared.attribution;
  prepared.spec.cookie_first = std::uint64_t{cookie.high} << 32 | cookie.descriptor;
  prepared.spec.cookie_last = cookie.tail;
  return {};
}

Result<void> fill_stage(Cell& cell, const plan::Plan& plan, const OpenInput& input, const OuterIds& ids,
                        Deadline& deadline) {
  CHECK_OK(await_byte(cell, 'S', deadline));
  deadline.enter("the input was staged");
  const std::string path = "/proc/" + std::to_string(cell.init_pid) + "/fd/" + std::to_string(cell.page().stage);
  TRY(const sys::Fd stage,
      or_system_error(sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY), path, "cannot be opened"));
  // A file that grows while it is copied must not fill the host's memory.
  TRY(const Room room, room_of(stage, "/in"));
  const StageSize planned = stage_size(input, plan.profile.limits.memory_bytes);
  if (!is_within(room, planned.bytes, planned.inodes))
    return fail(Code::kBlocked, "/in", "its copy may grow beyond the input");
  TRY(cell.input_digests, copy_input(input, stage,
                                     {.name = plan.input_name,
                                      .uid = ids.uid,
                                      .gid = ids.gid,
                                      .digests_wanted = input.digests_wanted,
                                      .go_on = deadline.go_on()}));
  return or_system_error(sys::write_all(cell.gate.get(), "S"), "cell",
                         "does not read from its pipe; the cell has probably ended");
}

}  // namespace

Error system_error(std::string_view where, std::string_view what, Errno error, std::string_view hint) {
  return Error{Code::kSystem, std::string(where), std::string(what), std::string(hint), error.value};
}

Result<std::string> random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  if (const auto filled = sys::fill_with_random(std::as_writable_bytes(std::span(bytes))); !filled)
    return fail(Code::kSystem, "getrandom", "the kernel gives no random bytes", {}, filled.error().value);
  return bytes;
}

Result<std::string> random_hex(std::size_t bytes) {
  TRY(const std::string random, random_bytes(bytes));
  return text::hex(random);
}

Result<OuterIds> outer_ids() {
  if (::geteuid() != 0) return OuterIds{false, ::geteuid(), ::getegid()};
  if (!is_root_of_host()) {
    return fail(Code::kUnsupported, "user id 0",
                "is root only inside a user namespace, so immure cannot map file owners or switch to another user",
                "Run immure as an ordinary user, or as root of the host.");
  }
  constexpr std::uint64_t kNeeded = 1U << CAP_SYS_ADMIN | 1U << CAP_SETUID | 1U << CAP_SETGID;
  if (const auto own = sys::current_sets(); !own || (own->effective & kNeeded) != kNeeded) {
    return fail(Code::kUnsupported, "user id 0",
                "does not have all of root's capabilities (CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID), as in a container, "
                "so immure cannot map file owners or switch to another user",
                "Run immure as an ordinary user of that container (podman run --user 1000:1000), or on the host.");
  }
  std::uint32_t random = 0;
  TRY(const std::string bytes, random_bytes(sizeof random));
  std::memcpy(&random, bytes.data(), sizeof random);
  const std::uint32_t id = kFirstOuterId + random % kOuterIds;
  return OuterIds{true, id, id};
}

Result<Cell> new_cell() {
  Cell cell;
  const auto abi = sys::landlock_abi();
  if (!abi) {
    return fail(
        Code::kUnsupported, "Landlock", "is not available, so /out cannot be made write-only",
        "immure needs Linux 5.13 or newer with CONFIG_SECURITY_LANDLOCK, and `landlock` in the lsm= boot parameter.",
        abi.error().value);
  }
  cell.landlock_abi = *abi;
  const auto memory =
      sys::call(::mmap, nullptr, sizeof(cell::World), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!memory) return fail(Code::kSystem, "the cell", "no memory can be allocated for it", {}, memory.error().value);
  // No constructor runs, so every member starts as zero. Zero is right for all members except the answers, which
  // forget_answers() marks below, and Page::stage, which the cell sets before the supervisor reads it.
  cell.world.reset(static_cast<cell::World*>(*memory));
  populate(*cell.world);
  cell::forget_answers(cell.world->page);
  return cell;
}

Result<void> prepare(Prepared& prepared, Cell& cell, const plan::Plan& plan, const OpenInput& input,
                     const OuterIds& ids) {
  // Use the descriptor of the directory that was digested, because its path may lead elsewhere by now.
  TRY(prepared.image, or_system_error(sys::open_at(plan.image.held->get(), ".", O_PATH | O_DIRECTORY),
                                      plan.image.directory, "cannot be opened"));
  prepared.image_path = plan.image.directory;
  mutate_image(prepared.image, prepared.image_path);
  CHECK_OK(check_executable(prepared.image, plan.image.directory));
  TRY(prepared.readable, readable_names(prepared.image, plan.image.directory));
  prepared.executables = plan.program.loaders;
  prepared.executables.push_back(plan.program.inner_path);
  if (!plan.profile.unsafe_exec.empty()) {
    for (const plan::Helper& helper : plan.helpers) prepared.executables.push_back(helper.path);
    for (const char* fixture : {probe::kDeclared, probe::kDeclaredScript}) prepared.executables.emplace_back(fixture);
    if (!plan.profile.executes_image()) prepared.undeclared = undeclared_programs(prepared.image, prepared.executables);
  }
  prepared.mounts = input_mount_points(input);
  prepared.arguments = plan.program.argv;
  TRY(cell.secret, random_hex(16));
  TRY(cell.control_bytes, random_hex(16));
  for (const auto& [name, value] : plan.environment) cell.environment.push_back(name + "=" + value);
  mutate_environment(cell.environment);
  prepared.fixed = plan::fixed_files(plan);
  mutate_fixed_files(prepared.fixed);
  for (const probe::FixedFile& file : prepared.fixed) {
    prepared.fixed_paths.push_back(file.path.c_str());
    prepared.fixed_contents.push_back(file.content.c_str());
  }
  prepared.readable_pointers = pointers(prepared.readable, false);
  prepared.executable_pointers = pointers(prepared.executables, false);
  prepared.undeclared_pointers = pointers(prepared.undeclared, false);
  prepared.mount_pointers = pointers(prepared.mounts, false);
  prepared.argument_pointers = pointers(prepared.arguments, true);
  prepared.environment_pointers = pointers(cell.environment, true);

  cell::Spec& spec = prepared.spec;
  TRY(spec.image, source_of(prepared.image, prepared.image_path));
  // A cell that gets a copy mounts no directory of the host on /in, and ignores this directory.
  TRY(spec.input, source_of(input.parts.empty() ? input.directory : input.parts.front().opened, plan.input_path));
  spec.readable = prepared.readable_pointers;
  spec.executables = prepared.executable_pointers;
  spec.undeclared = prepared.undeclared_pointers;
  spec.image_executes = plan.profile.executes_image();
  spec.input_mounts = prepared.mount_pointers;
  spec.fixed_paths = prepared.fixed_paths;
  spec.fixed_contents = prepared.fixed_contents;
  spec.payload = plan.program.inner_path.c_str();
  spec.workdir = plan.workdir.c_str();
  spec.arguments = prepared.argument_pointers.data();
  spec.environment = prepared.environment_pointers.data();
  spec.limits = {plan.profile.limits, cell.cgroup != nullptr};
  spec.read_back = plan.profile.read_back;
  spec.scratch = plan.profile.scratch_bytes != 0;
  spec.limits.output_bytes += plan.profile.scratch_bytes;
  if (spec.scratch) spec.limits.output_files += probe::kScratchFiles + 1;
  spec.deny_shared_memory = !cell.cgroup;
  raise_own_limits(spec.limits);
  CHECK_OK(check_data_limit(spec.limits));
  if (input.staged) {
    const StageSize size = stage_size(input, plan.profile.limits.memory_bytes);
    spec.stage_bytes = size.bytes;
    spec.stage_inodes = size.inodes;
  }
  spec.deny_writable_code = plan.deny_writable_code;
  if (plan.observer && !plan.explains) spec.observer = cell::kObserveWrites;
  spec.landlock_abi = cell.landlock_abi;
  spec.secret = cell.secret;
  spec.control_bytes = cell.control_bytes;
  spec.host_keyring = std::max(0L, sys::raw(__NR_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
  spec.host_pid = ::getpid();
  CHECK_OK(open_channels(prepared, plan.reads_pipe()));
  CHECK_OK(bind_filter(prepared, cell, plan));
  if (ids.privileged) CHECK_OK(detach_trees(prepared, plan, input, ids));
  return {};
}

Result<void> attend(Cell& cell, const plan::Plan& plan, const OpenInput& input, const OuterIds& ids,
                    Deadline& deadline) {
  // Set this before the cell does anything, so that every process of the cell inherits it.
  CHECK_OK(or_system_error(sys::offer_to_oom_killer(cell.init_pid), "/proc/PID/oom_score_adj", "cannot be written",
                           "Mount /proc writable, since the kernel must end the cell first when memory runs out."));
  mutate_cell(cell.init_pid);
  CHECK_OK(or_system_error(sys::write_all(cell.gate.get(), "M"), "cell",
                           "does not read from its pipe; the cell has probably ended"));
  return input.staged ? fill_stage(cell, plan, input, ids, deadline) : Result<void>();
}

void keep_own_ends(Cell& cell, Prepared& prepared) {
  cell.gate = std::move(prepared.from_supervisor.write);
  cell.ready = std::move(prepared.to_supervisor.read);
  cell.standard_input = std::move(prepared.input_pipe);
  cell.standard_output = std::move(prepared.output.read);
  cell.standard_error = std::move(prepared.error.read);
  prepared.to_supervisor.write.reset();
  prepared.output.write.reset();
  prepared.error.write.reset();
  // Reap the process that held the owner map. The process exited long ago, and would otherwise stay visible as a
  // zombie.
  prepared.owners = {};
}

}  // namespace immure::attest
