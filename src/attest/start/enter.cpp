#include "attest/start/enter.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <span>

#include <unistd.h>

#include "attest/host/core_dumps.hpp"
#include "attest/start/shared_world.hpp"
#include "sys/channel.hpp"
#include "sys/clone.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"
#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

struct Failure {
  EntryStep step;
  int errno_value;
};

constexpr std::size_t kAlwaysPassed = 7;

// Replaces the descriptor numbers in the Spec. The Spec lies in shared memory and has the supervisor's numbers, but
// this process received its descriptors under other numbers.
bool take_descriptors(cell::Spec& spec, const Hello& hello, const std::vector<sys::Fd>& passed) {
  const std::size_t wanted = kAlwaysPassed + hello.detached_image + hello.detached_input;
  if (hello.detached_image > 1 || hello.detached_input > 1 || passed.size() != wanted) return false;
  int* const places[kAlwaysPassed] = {nullptr,
                                      &spec.standard_input,
                                      &spec.standard_output,
                                      &spec.standard_error,
                                      &spec.from_supervisor,
                                      &spec.to_supervisor,
                                      &spec.host_proc};
  for (std::size_t i = 1; i < kAlwaysPassed; ++i) *places[i] = passed[i].get();
  std::size_t next = kAlwaysPassed;
  spec.image.detached = hello.detached_image != 0 ? passed[next++].get() : -1;
  spec.input.detached = hello.detached_input != 0 ? passed[next].get() : -1;
  spec.supervisors_end = -1;
  return true;
}

std::expected<sys::NamespacedChild, Failure> start(const Hello& hello, const std::vector<sys::Fd>& passed) {
  if (std::strncmp(hello.version.data(), IMMURE_VERSION, hello.version.size()) != 0 ||
      hello.shared_bytes != kSharedBytes || passed.empty())
    return std::unexpected(Failure{EntryStep::kVersion, 0});
  const auto world = map_shared_world(passed.front().get(), hello.stage);
  if (!world) return std::unexpected(Failure{EntryStep::kMemory, world.error().value});
  auto* spec = const_cast<cell::Spec*>((*world)->spec);
  if (!take_descriptors(*spec, hello, passed)) return std::unexpected(Failure{EntryStep::kVersion, EBADMSG});
  auto child = sys::clone_into_namespaces(cell::init_main, *world, (*world)->init_stack, sys::kCellNamespaces, -1);
  if (!child) return std::unexpected(Failure{EntryStep::kNamespaces, child.error().value});
  const auto mapped = sys::write_id_maps(child->pid, cell::kInnerUid, ::geteuid(), cell::kInnerUid, ::getegid());
  if (!mapped) return std::unexpected(Failure{EntryStep::kMaps, mapped.error().value});
  return std::move(*child);
}

}  // namespace

int enter() {
  // Block all signals, because the supervisor handles them. The cell inherits the signal mask, and the payload unblocks
  // the signals.
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  // An engine with a daemon starts this process with the daemon's core dump setting, not with the supervisor's.
  keep_memory_out_of_core_dumps();
  const auto socket = sys::connect_to(kEntrySocket);
  if (!socket) {
    // The venue's program passes this text on to the supervisor, which has no other way to learn the reason.
    const Error error{Code::kBlocked, "the entrypoint", "cannot reach the supervisor's socket",
                      "It must run as the user of this host that it was started for.", socket.error().value};
    [[maybe_unused]] const auto told = sys::write_all(STDERR_FILENO, to_text(error) + "\n");
    return 1;
  }
  Hello hello;
  auto passed = sys::receive_message(socket->get(), std::as_writable_bytes(std::span(&hello, 1)));
  if (!passed) return 1;
  const auto child = start(hello, *passed);
  Answer answer;
  if (!child) answer = {static_cast<std::uint32_t>(child.error().step), child.error().errno_value};
  // Close our copies of the channels. Otherwise the channels would stay open after the cell's end.
  passed->clear();
  const int pidfd = child ? child->pidfd.get() : -1;
  const auto sent = sys::send_message(socket->get(), std::as_bytes(std::span(&answer, 1)),
                                      child ? std::span(&pidfd, 1) : std::span<const int>());
  if (!child || !sent) return 1;
  // From here on, a byte from the supervisor, or the end of the connection because the supervisor died, means: end the
  // cell.
  constexpr int kDay = 86'400'000;
  SysResult<int> which = 0;
  do {
    which = sys::wait_for_either(socket->get(), pidfd, kDay);
  } while (which && *which == 0);
  [[maybe_unused]] const auto killed = sys::send_signal(child->pidfd, SIGKILL);
  sys::raw(__NR_wait4, child->pid, nullptr, __WALL, nullptr);
  return 0;
}

}  // namespace immure::attest
