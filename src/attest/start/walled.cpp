#include "attest/start/walled.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/deadline.hpp"
#include "attest/host/cleanup.hpp"
#include "attest/host/proc_text.hpp"
#include "attest/mutation.hpp"
#include "attest/start/enter.hpp"
#include "attest/start/shared_world.hpp"
#include "attest/witness.hpp"
#include "plan/image/file_digest.hpp"
#include "sys/channel.hpp"
#include "sys/clock.hpp"
#include "sys/libc.hpp"
#include "sys/process.hpp"

namespace immure::attest {
namespace {

// This is long, because a container engine may have to unpack its image first.
constexpr int kConnectMilliseconds = 120'000;
constexpr int kLeaveMilliseconds = 20'000;
/// If the entrypoint never connected, the program has nothing to clean up, so do not wait for long.
constexpr int kHangingMilliseconds = 1'000;

/// The outer walls of one run, for as long as its cell lives.
struct Walls {
  const OuterSandbox* outer;
  Enclosure enclosure;
  sys::Fd launcher;
  std::optional<TemporaryDirectory> directory;
  std::optional<Program> program;
  bool started = false;  ///< the program was started and may have left something
  sys::Fd socket;
  std::shared_ptr<Prepared> prepared;

  Walls() = default;
  Walls(const Walls&) = delete;
  Walls& operator=(const Walls&) = delete;
  ~Walls() {
    const bool connected = static_cast<bool>(socket);
    // Close the socket. The entrypoint then ends, and the walls with it.
    socket.reset();
    if (program) program->wait(connected ? kLeaveMilliseconds : kHangingMilliseconds);
    enclosure.go_on = {};
    if (outer->clean_up != nullptr && (started || enclosure.throwaway)) outer->clean_up(enclosure);
  }
};

/// A directory for this run alone. The entrypoint's user may pass through this directory; if root starts the run, this
/// user is not the caller. Only the entrypoint's user can reach the socket, so that no other user of this host can
/// connect before the entrypoint does.
Result<void> make_directories(Walls& walls) {
  constexpr unsigned kPassThrough = 0711, kOwn = 0700;
  std::vector<std::string> entries = {"socket", "socket/socket"};
  entries.insert(entries.end(), walls.outer->files.begin(), walls.outer->files.end());
  TRY(TemporaryDirectory made,
      TemporaryDirectory::create(entries, walls.enclosure.ids.privileged ? kPassThrough : kOwn));
  walls.directory.emplace(std::move(made));
  Enclosure& enclosure = walls.enclosure;
  enclosure.directory = walls.directory->path();
  enclosure.held = walls.directory->held();
  enclosure.socket_directory = walls.directory->at("socket");
  int failure = sys::error_of(::mkdir, enclosure.socket_directory.c_str(), kOwn);
  if (failure == 0) failure = sys::error_of(::chmod, enclosure.socket_directory.c_str(), kOwn);
  if (failure != 0) return fail(Code::kSystem, enclosure.socket_directory, "cannot be made", {}, failure);
  return {};
}

/// A socket that only the entrypoint's user can reach. The directory gets its new owner last, so that nobody else can
/// enter it before.
Result<sys::Fd> listen_for_entrypoint(const Enclosure& enclosure) {
  const std::string path = enclosure.socket_directory + "/socket";
  if (path.size() > sys::kMaxSocketPath)
    return fail(Code::kBadInput, "TMPDIR", "is too long for a socket below it, whose path may have 107 bytes: " + path,
                "Set TMPDIR to a shorter path, such as /tmp.");
  TRY(sys::Fd listener, or_system_error(sys::listen_at(path), path, "cannot be made a listening socket"));
  const OuterIds& ids = enclosure.ids;
  if (!ids.privileged) return listener;
  if (const int failure = sys::error_of(::lchown, enclosure.socket_directory.c_str(), ids.uid, ids.gid); failure != 0)
    return fail(Code::kSystem, enclosure.socket_directory, "cannot be given to the entrypoint's user", {}, failure);
  return listener;
}

Error wall_error(const Walls& walls, std::string_view what, std::string_view hint = {}, int number = 0) {
  return Error{Code::kUnsupported, std::string(walls.outer->name), std::string(what), std::string(hint), number};
}

/// Checks that the process that connected is this very program, on this host, running as the entrypoint's user.
Result<evidence::OuterWalls> check_entrypoint(const Walls& walls, const sys::Fd& socket) {
  TRY(sys::Peer peer, or_system_error(sys::peer(socket.get()), "entrypoint", "cannot be identified"));
  mutate_peer(peer, walls.enclosure.ids.uid);
  if (peer.uid != walls.enclosure.ids.uid) {
    return fail(Code::kBlocked, walls.outer->name,
                "the entrypoint runs as user " + std::to_string(peer.uid) + " of this host, not as " +
                    std::to_string(walls.enclosure.ids.uid));
  }
  if (peer.pid <= 0) {
    return fail(Code::kBlocked, walls.outer->name, "immure cannot see the entrypoint's process",
                "The outside witness needs an engine that runs on this host, in its pid namespace.");
  }
  TRY(const std::string own, plan::file_digest("/proc/self/exe"));
  TRY(const std::string theirs, plan::file_digest("/proc/" + std::to_string(peer.pid) + "/exe"));
  if (own == theirs) return look_at_walls(peer.pid);
  return fail(Code::kBlocked, walls.outer->name, "the entrypoint is not this program",
              "Its digest is " + theirs + ", ours is " + own + ".");
}

/// Waits as Program::wait_beside does. Errors: those of Deadline::check().
Result<int> wait_for_program(Walls& walls, int other, int milliseconds, Deadline& deadline) {
  constexpr int kSlice = 200;
  for (int left = milliseconds;; left -= kSlice) {
    const int which = walls.program->wait_beside(other, std::clamp(left, 0, kSlice));
    CHECK_OK(deadline.check());
    if (which != 0 || left <= kSlice) return which;
  }
}

Error ended_early(Walls& walls) {
  const int code = walls.program->wait(0);
  const std::string complaint = walls.program->complaint();
  walls.program.reset();
  return wall_error(walls, "cannot build its walls: it ended with " + std::to_string(code) +
                               (complaint.empty() ? "" : ": " + complaint));
}

// Waits until the venue's program has built its walls and started the entrypoint, and the entrypoint has connected; or
// until the program fails and says why. The function disconnects any other process at once. If the entrypoint never
// connects, the error names the last process that was disconnected.
Result<evidence::OuterWalls> await_entrypoint(Walls& walls, const sys::Fd& listener, Deadline& deadline) {
  const std::int64_t end = sys::monotonic_ms() + kConnectMilliseconds;
  std::optional<Error> sent_away;
  while (true) {
    const auto left = static_cast<int>(std::max<std::int64_t>(end - sys::monotonic_ms(), 0));
    TRY(const int which, wait_for_program(walls, listener.get(), left, deadline));
    if (which == 2) {
      const Error ended = ended_early(walls);
      return std::unexpected(sent_away.value_or(ended));
    }
    if (which == 0 || left == 0)
      return std::unexpected(sent_away.value_or(wall_error(walls, "did not start the entrypoint in time")));
    TRY(sys::Fd socket, or_system_error(sys::accept_from(listener.get()), "entrypoint", "cannot be connected"));
    auto seen = check_entrypoint(walls, socket);
    if (seen) {
      walls.socket = std::move(socket);
      return seen;
    }
    sent_away = seen.error();
  }
}

Result<void> say_hello(Walls& walls, const SharedWorld& shared, std::uint32_t stage) {
  const cell::Spec& spec = *shared.world->spec;
  Hello hello{.shared_bytes = kSharedBytes, .stage = stage};
  std::strncpy(hello.version.data(), IMMURE_VERSION, hello.version.size() - 1);
  std::vector<int> passed = {shared.memory.get(),  spec.standard_input, spec.standard_output, spec.standard_error,
                             spec.from_supervisor, spec.to_supervisor,  spec.host_proc};
  if (spec.image.detached >= 0) {
    hello.detached_image = 1;
    passed.push_back(spec.image.detached);
  }
  if (spec.input.detached >= 0) {
    hello.detached_input = 1;
    passed.push_back(spec.input.detached);
  }
  return or_system_error(sys::send_message(walls.socket.get(), std::as_bytes(std::span(&hello, 1)), passed),
                         "the entrypoint", "cannot be reached: its process has probably ended");
}

std::string_view describe(EntryStep step) {
  switch (step) {
    case EntryStep::kMade: return "could not make a cell";
    case EntryStep::kVersion: return "is of another version of immure";
    case EntryStep::kMemory: return "cannot map the shared memory";
    case EntryStep::kNamespaces: return "cannot make the cell's namespaces in these walls";
    case EntryStep::kMaps: return "cannot write the id maps of the cell";
  }
  return "sent an answer that immure does not understand";
}

/// The number that the process of a pidfd has in our pid namespace; 0 if the process has no number there.
int process_of(const sys::Fd& process) {
  const std::string path = "/proc/self/fdinfo/" + std::to_string(process.get());
  const auto file = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  std::array<char, 512> text{};
  const auto count = file ? sys::read_some(file->get(), std::as_writable_bytes(std::span(text))) : 0;
  for (std::string_view rest(text.data(), count.value_or(0)); !rest.empty();) {
    std::string_view line = take(rest, '\n');
    if (take(line, ':') == "Pid") return std::max(0, number<int>(collapsed(line)));
  }
  return 0;
}

Result<void> take_cell(Walls& walls, Cell& cell, Deadline& deadline) {
  constexpr int kAnswerMilliseconds = 30'000;
  TRY(const int which, wait_for_program(walls, walls.socket.get(), kAnswerMilliseconds, deadline));
  if (which == 0) return fail(Code::kBlocked, walls.outer->name, "the entrypoint does not answer");
  Answer answer;
  auto passed = sys::receive_message(walls.socket.get(), std::as_writable_bytes(std::span(&answer, 1)));
  if (!passed) return fail(Code::kBlocked, walls.outer->name, "the entrypoint is gone", {}, passed.error().value);
  if (answer.step != 0 || passed->size() != 1) {
    return std::unexpected(wall_error(walls,
                                      "the entrypoint " + std::string(describe(static_cast<EntryStep>(answer.step))),
                                      "`immure doctor` tells which venue holds here.", answer.errno_value));
  }
  TRY(const sys::Peer peer, or_system_error(sys::peer(walls.socket.get()), "entrypoint", "cannot be identified"));
  TRY(cell.filters_around, filters_on(std::to_string(peer.pid)));
  cell.init = std::move(passed->front());
  cell.init_pid = process_of(cell.init);
  if (cell.init_pid > 0) return {};
  return fail(Code::kBlocked, walls.outer->name, "immure cannot see the cell's process",
              "The outside witness needs an engine that runs on this host, in its pid namespace.");
}

Result<evidence::OuterWalls> open_walls(Walls& walls, const plan::Plan& plan, const OpenInput& input,
                                        Deadline& deadline) {
  Enclosure& enclosure = walls.enclosure;
  TRY(const std::string random, random_hex(16));
  enclosure.name = "immure-" + random;
  TRY(walls.launcher, or_system_error(sys::open_at(AT_FDCWD, "/proc/self/exe", O_RDONLY), "/proc/self/exe",
                                      "this program cannot be read"));
  enclosure.launcher = walls.launcher.get();
  // While the payload waits, it holds descriptors with numbers above its own limit.
  constexpr std::uint32_t kAbove = 16;
  enclosure.files = plan.profile.limits.files + kAbove;
  enclosure.processes = plan.profile.limits.processes + kAbove;
  constexpr std::uint64_t kRoomToBuild = 64U << 20;
  enclosure.memory_bytes = plan.profile.limits.memory_bytes + kRoomToBuild;
  if (!enclosure.ids.privileged) {
    enclosure.image = plan.image.directory;
    if (!input.staged) enclosure.input = plan.input_path;
  }
  CHECK_OK(make_directories(walls));
  TRY(const sys::Fd listener, listen_for_entrypoint(enclosure));
  TRY(Command command, walls.outer->command(enclosure));
  mutate_outer(command.argv);
  TRY(Program program, Program::start(command));
  walls.program.emplace(std::move(program));
  walls.started = true;
  TRY(evidence::OuterWalls seen, await_entrypoint(walls, listener, deadline));
  seen.command = std::move(command.argv);
  return seen;
}

}  // namespace

Result<Cell> start_walled(const OuterSandbox& outer, const Choice& choice, const plan::Plan& plan,
                          const OpenInput& input, Deadline& deadline) {
  TRY(Cell cell, new_cell());
  TRY(SharedWorld shared, new_shared_world(plan.stage));
  cell.world = {shared.world, {kSharedBytes}};
  const auto walls = std::make_shared<Walls>();
  walls->outer = &outer;
  walls->enclosure.runtime = choice.runtime;
  walls->enclosure.throwaway = choice.throwaway;
  walls->enclosure.go_on = deadline.go_on();
  TRY(walls->enclosure.ids, outer_ids());
  const OuterIds& ids = walls->enclosure.ids;
  walls->prepared = std::make_shared<Prepared>();
  Prepared& prepared = *walls->prepared;
  cell.prepared = walls;
  CHECK_OK(prepare(prepared, cell, plan, input, ids));
  if (!ids.privileged) {
    prepared.spec.image.path = kEntryImage;
    prepared.spec.input.path = kEntryInput;
  }
  prepared.spec.probes = true;
  CHECK_OK(place_spec(*shared.world, prepared.spec));
  TRY(cell.outer, open_walls(*walls, plan, input, deadline));
  CHECK_OK(say_hello(*walls, shared, plan.stage));
  CHECK_OK(take_cell(*walls, cell, deadline));
  keep_own_ends(cell, prepared);
  prepared.from_supervisor.read.reset();
  CHECK_OK(attend(cell, plan, input, ids, deadline));
  return cell;
}

}  // namespace immure::attest
