/// What immure-mutant changes in the supervisor, and the lies that it has the supervisor tell (attest/mutation.hpp).
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <sys/ioctl.h>

#include "attest/mutation.hpp"
#include "mutation/omissions.hpp"
#include "probe/fixed_files.hpp"
#include "sys/file.hpp"
#include "sys/filter.hpp"
#include "sys/kernel.hpp"

namespace immure::attest {
namespace {

using cell::Omission;
using cell::omitted;

constexpr std::string_view kCall = "call-";

[[noreturn]] void give_up(const char* what) {
  [[maybe_unused]] const auto told = sys::write_all(2, "immure-mutant: " + std::string(what) + " failed\n");
  std::_Exit(70);
}

void write_to(const std::string& path, std::string_view text) {
  const auto file = sys::open_at(AT_FDCWD, path.c_str(), O_WRONLY);
  if (!file || !sys::write_all(file->get(), text)) give_up(path.c_str());
}

/// The shell command that changes a copy of the image, from inside the copy.
const char* image_change() {
  if (omitted(Omission::kHostPasswd) || omitted(Omission::kBlessedPasswd)) return "cat /etc/passwd > etc/passwd";
  if (omitted(Omission::kOtherHosts)) return "echo 10.0.0.1 intranet >> etc/hosts";
  if (omitted(Omission::kExtraFile)) return "cat /proc/version > proc/version";
  if (omitted(Omission::kSelfElsewhere)) return "ln -sfn /in proc/self/exe";
  if (omitted(Omission::kFixedLink)) return "mv etc/passwd other && ln -s ../other etc/passwd";
  return nullptr;
}

std::string host_passwd() {
  const auto file = sys::open_at(AT_FDCWD, "/etc/passwd", O_RDONLY);
  std::string text(1 << 16, '\0');
  const auto size = file ? sys::read_some(file->get(), std::as_writable_bytes(std::span(text))) : 0;
  if (size.value_or(0) == 0) give_up("reading /etc/passwd");
  text.resize(*size);
  return text;
}

}  // namespace

void mutate_image(sys::Fd& image, std::string& path) {
  const char* change = image_change();
  if (change == nullptr) return;
  // Put the copy beside the image in the cache, because the test removes the cache.
  const std::string copy = path + "-changed";
  const std::string command = "rm -rf '" + copy + "' && cp -a '" + path + "' '" + copy + "' && cd '" + copy +
                              "' && chmod -R u+w . && { " + change + "; }";
  if (std::system(command.c_str()) != 0) give_up("changing the image");
  auto opened = sys::open_at(AT_FDCWD, copy.c_str(), O_PATH | O_DIRECTORY);
  if (!opened) give_up("opening the changed image");
  image = std::move(*opened);
  path = copy;
}

void mutate_fixed_files(std::vector<probe::FixedFile>& files) {
  if (!omitted(Omission::kBlessedPasswd)) return;
  for (probe::FixedFile& file : files)
    if (file.path == "/etc/passwd") file.content = host_passwd();
}

void mutate_supervisor() {
  constexpr std::string_view kUsual = "0x33";
  if (omitted(Omission::kCoreFilter)) write_to("/proc/self/coredump_filter", kUsual);
}

void mutate_stage(std::uint32_t stage) {
  const char* weak = std::getenv("IMMURE_OMIT_STAGE");
  cell::stage_is_weak = weak == nullptr || std::to_string(stage) == weak;
}

void mutate_groups() {
  const gid_t kept = 0;
  if (omitted(Omission::kGroups) && ::setgroups(1, &kept) != 0) give_up("setgroups");
}

void mutate_group_limit(std::uint64_t& bytes) {
  if (omitted(Omission::kMemoryLimit)) bytes *= 2;
}

void mutate_neighbours(Neighbourhood& neighbours) {
  if (omitted(Omission::kNeighbourNamespaces)) neighbours.held.clear();
}

void mutate_environment(std::vector<std::string>& environment) {
  if (omitted(Omission::kEnvironmentScrub)) environment.emplace_back("AWS_SECRET_ACCESS_KEY=leaked");
}

void mutate_filter(std::vector<sys::Instruction>& filter) {
  long let_through = -1;
  if (omitted(Omission::kFilterNetwork)) let_through = __NR_socket;
  if (omitted(Omission::kFilterExec)) let_through = __NR_execve;
  if (omitted(Omission::kFilterPtrace)) let_through = __NR_ptrace;
  if (omitted(Omission::kFilterSurface)) let_through = __NR_bpf;
  if (omitted(Omission::kFilterSetUid)) let_through = __NR_fchmod;
  if (omitted(Omission::kSocketsToNames)) let_through = __NR_sendto;
  if (omitted(Omission::kHelperByDescriptor)) let_through = __NR_execveat;
  if (omitted(Omission::kOtherSockets)) let_through = __NR_socket;
  if (omitted(Omission::kSocketMessages)) let_through = __NR_sendmsg;
  if (omitted(Omission::kFilterCall)) let_through = std::atol(std::getenv("IMMURE_OMIT") + kCall.size());
  if (let_through < 0) return;
  // Load the number, compare it, and allow the call; the original filter follows. Jumps are relative, so nothing else
  // changes.
  namespace seccomp = sys::seccomp;
  const sys::Instruction allow[] = {seccomp::load(offsetof(seccomp_data, nr)),
                                    seccomp::jump(BPF_JEQ, static_cast<std::uint32_t>(let_through), 0, 1),
                                    seccomp::finish(seccomp::kAllow)};
  filter.insert(filter.begin(), std::begin(allow), std::end(allow));
}

void mutate_spec(cell::Spec& spec) {
  namespace seccomp = sys::seccomp;
  static constexpr auto kDenies = seccomp::filter(
      {seccomp::when(__NR_openat, 2, seccomp::none_of(O_WRONLY | O_RDWR), seccomp::kAllow),
       seccomp::answer(__NR_openat, seccomp::kNotify), seccomp::answer(__NR_mkdirat, seccomp::deny(EPERM))},
      seccomp::kAllow, seccomp::kAllow);
  if (omitted(Omission::kObserverDenies)) spec.observer = kDenies;
  if (omitted(Omission::kUnclaimedScratch)) spec.scratch = true;
  if (omitted(Omission::kUnclaimedReadBack)) spec.read_back = true;
  if (omitted(Omission::kHelpersAll)) spec.image_executes = true;
  // The fixture stands for a file that the plan does not name.
  static std::vector<const char*> executables;
  executables.assign(spec.executables.begin(), spec.executables.end());
  executables.push_back(probe::kUndeclared);
  if (omitted(Omission::kHelperUndeclared)) spec.executables = executables;
  if (omitted(Omission::kStandardInput)) {
    spec.standard_input = spec.from_supervisor;
    spec.null_input = false;
  }
}

void mutate_answer(const sys::Fd& listener, std::uint64_t id) {
  if (!omitted(Omission::kObserverSpoofs)) return;
  // Answer success from the supervisor, in place of the kernel.
  seccomp_notif_resp answer{};
  answer.id = id;
  if (::ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0) give_up("answering for the kernel");
}

void mutate_denial(int& error) {
  if (omitted(Omission::kExplainAllows)) error = 0;
}

void mutate_device(sys::Fd& device) {
  if (!omitted(Omission::kNullElsewhere) || !device) return;
  auto other = sys::open_at(AT_FDCWD, "/dev/zero", O_WRONLY);
  if (!other) give_up("opening /dev/zero");
  device = std::move(*other);
}

void mutate_start(std::uint64_t& namespaces, int& group, cell::Spec& spec) {
  if (omitted(Omission::kNetworkNamespace)) namespaces &= ~std::uint64_t{CLONE_NEWNET};
  if (omitted(Omission::kPidNamespace)) namespaces &= ~std::uint64_t{CLONE_NEWPID};
  if (omitted(Omission::kIpcNamespace)) namespaces &= ~std::uint64_t{CLONE_NEWIPC};
  if (omitted(Omission::kUtsNamespace)) namespaces &= ~std::uint64_t{CLONE_NEWUTS};
  if (omitted(Omission::kCgroupNamespace)) namespaces &= ~std::uint64_t{CLONE_NEWCGROUP};
  if (!omitted(Omission::kControlGroup)) return;
  group = -1;
  std::ranges::fill(spec.groups, -1);
}

void mutate_cell(int pid) {
  if (!omitted(Omission::kOomScore)) return;
  // Restore the value that the cell would have without the supervisor's call. An ordinary user may lower the value that
  // far.
  const auto own = sys::open_at(AT_FDCWD, "/proc/self/oom_score_adj", O_RDONLY);
  char text[16] = {};
  const auto size = own ? sys::read_some(own->get(), std::as_writable_bytes(std::span(text))) : 0;
  if (size.value_or(0) == 0) give_up("reading oom_score_adj");
  write_to("/proc/" + std::to_string(pid) + "/oom_score_adj", std::string_view(text, *size));
}

void mutate_outer(std::vector<std::string>& command) {
  const char* wanted = std::getenv("IMMURE_OMIT");
  if (wanted == nullptr) return;
  // The entrypoint is this program too, and builds the cell; the venue sets the environment of the entrypoint.
  const auto bubblewrap = std::ranges::find(command, "--clearenv");
  if (bubblewrap != command.end()) command.insert(bubblewrap + 1, {"--setenv", "IMMURE_OMIT", wanted});
  const auto engine = std::ranges::find(command, "--rm");
  if (engine != command.end()) command.insert(engine + 1, "--env=IMMURE_OMIT=" + std::string(wanted));
}

void mutate_peer(sys::Peer& peer, std::uint32_t expected_uid) {
  if (omitted(Omission::kEntrypointOwner)) peer.uid = expected_uid;
}

/// Claims that the later stages of a pipeline have a namespace of the first one.
void share_namespace(evidence::Evidence& evidence) {
  static std::uint64_t of_first = 0;
  if (!evidence.inside || evidence.outside.empty()) return;
  if (of_first == 0) of_first = evidence.inside->namespaces["uts"];
  evidence.inside->namespaces["uts"] = of_first;
  for (evidence::OutsideView& view : evidence.outside) view.namespaces["uts"] = of_first;
}

void mutate_evidence(evidence::Evidence& evidence) {
  if (omitted(Omission::kStageShared)) share_namespace(evidence);
  for (evidence::OutsideView& view : evidence.outside) {
    if (omitted(Omission::kScratchUnseen) && view.output) view.output->entries.clear();
    if (omitted(Omission::kOutputShared) && view.output) view.output->mounts_elsewhere = 1;
  }
  if (omitted(Omission::kSecretComesBack)) evidence.output.secret_came_back = true;
  if (omitted(Omission::kObserverDeaf) && evidence.observer) evidence.observer->heard = false;
  if (omitted(Omission::kInsideWitness)) evidence.inside.reset();
  if (omitted(Omission::kOutsideWitness)) evidence.outside.clear();
  if (omitted(Omission::kProbesCutShort)) evidence.probes.resize(evidence.probes.size() / 2);
  if (omitted(Omission::kImageSecondLook) && evidence.image_state) evidence.image_state->stat_after.clear();
}

}  // namespace immure::attest
