#include "attest/host/neighbours.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <span>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/host/container_search.hpp"
#include "attest/host/mount_places.hpp"
#include "cell/spec.hpp"
#include "plan/image/file_digest.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/namespaces.hpp"
#include "sys/process.hpp"
#include "text/visible.hpp"

namespace immure::attest {
namespace {

using evidence::Container;

/// True if process `pid` is another cell of immure. Such a cell holds its input read-only and writes nowhere, so two
/// cells may share an input. Anybody can choose a process's name, so the process must run this very program.
bool is_cell(int pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  const auto command = read_text(process + "/cmdline");
  if (!command || command->value_or("") != std::string_view("/immure\0enter\0", 14)) return false;
  // Open each program once, because a process may start another program between two looks.
  const std::string own_path = "/proc/self/exe", their_path = process + "/exe";
  const auto own_file = sys::open_at(AT_FDCWD, own_path.c_str(), O_RDONLY);
  const auto their_file = sys::open_at(AT_FDCWD, their_path.c_str(), O_RDONLY);
  if (!own_file || !their_file) return false;
  // Digest the other program only if it has the same size: a process may run a file with terabytes of holes.
  struct stat own_status{}, their_status{};
  if (::fstat(own_file->get(), &own_status) != 0 || ::fstat(their_file->get(), &their_status) != 0 ||
      own_status.st_size != their_status.st_size)
    return false;
  const auto own = plan::file_digest(*own_file, own_path), theirs = plan::file_digest(*their_file, their_path);
  return own && theirs && *own == *theirs;
}

struct Source {
  std::string_view what;
  std::string path;
  std::optional<MountPlace> place;
};

/// The present path of an open directory. The path under which it was opened may lead to another directory by now.
Result<std::string> present_path(const sys::Fd& directory, const std::string& shown) {
  const std::string link = "/proc/self/fd/" + std::to_string(directory.get());
  auto path = sys::link_target(AT_FDCWD, link.c_str());
  if (path && path->starts_with('/')) return *std::move(path);
  return fail(Code::kBlocked, shown, "cannot be found among the mounts, and a container beside the cell might share it",
              "Is /proc mounted?", sys::error_of(path));
}

Result<std::vector<Source>> input_sources(const plan::Plan& plan, const OpenInput& input) {
  std::vector<Source> sources;
  if (input.parts.empty()) {
    TRY(std::string path, present_path(input.directory, plan.input_path));
    sources.push_back({"input", std::move(path), {}});
  }
  for (const OpenPart& part : input.parts) {
    TRY(std::string path, present_path(part.opened, part.path));
    sources.push_back({"input", std::move(path), {}});
  }
  return sources;
}

std::unexpected<Error> refused(const Source& source, const std::string& id) {
  constexpr std::size_t kShort = 12;
  return fail(Code::kBadInput, source.path,
              "the " + std::string(source.what) + " is shared with the running container " + id.substr(0, kShort),
              "Copy the files that you need to another directory. immure does not touch files that a container uses.");
}

/// True if the container has a mount in which the source lies, or that lies in the source.
bool shares(const Source& source, const std::vector<MountPlace>& mounts, const MountPlace& host) {
  return source.place && std::ranges::any_of(mounts, [&](const MountPlace& mount) {
           return mount != host && (lies_in(*source.place, mount) || lies_in(mount, *source.place));
         });
}

/// Refuses an input or output in the storage of an engine: images, layers, volumes, and files of containers that run or
/// do not run.
Result<void> refuse_storage(const Source& source) {
  constexpr auto kStorage = std::to_array<std::string_view>(
      {"/var/lib/docker", "/var/lib/containers/storage", "/var/lib/containerd", "/run/containers/storage"});
  constexpr auto kOfUsers =
      std::to_array<std::string_view>({"/.local/share/containers/storage", "/.local/share/docker"});
  const std::string path = std::string(source.path) + "/";
  const auto below = [&](std::string_view root) { return path.starts_with(std::string(root) + "/"); };
  const auto of_user = [&](std::string_view part) { return path.find(std::string(part) + "/") != std::string::npos; };
  if (std::ranges::none_of(kStorage, below) && std::ranges::none_of(kOfUsers, of_user)) return {};
  return fail(Code::kBadInput, source.path,
              "the " + std::string(source.what) + " lies in the storage of a container engine",
              "Copy the files that you need to another directory. immure does not touch files that a container uses.");
}

/// A container's first process, held by a descriptor, because the kernel may reuse the number of a process that has
/// ended.
class HeldProcess {
 public:
  /// Returns nothing if the process has ended.
  static Result<std::optional<HeldProcess>> hold(int pid) {
    TRY(const std::uint64_t before, start_of(pid));
    auto process = sys::open_process(pid);
    TRY(const std::uint64_t after, start_of(pid));
    if (before == 0 || after != before || (!process && process.error().value == ESRCH))
      return std::optional<HeldProcess>();
    if (!process)
      return fail(Code::kSystem, "container", "cannot open a pidfd of its process", {}, process.error().value);
    return std::optional(HeldProcess(pid, *std::move(process)));
  }
  [[nodiscard]] bool has_ended(int milliseconds) const {
    return sys::wait_for_either(process_.get(), -1, milliseconds).value_or(1) != 0;
  }
  [[nodiscard]] std::string file(const std::string& name) const { return "/proc/" + std::to_string(pid_) + "/" + name; }

 private:
  HeldProcess(int pid, sys::Fd process) : pid_(pid), process_(std::move(process)) {}
  int pid_;
  sys::Fd process_;
};

/// Raises the soft limit of descriptors: there may be many containers, and each has seven namespaces. The soft limit
/// only protects programs that use select(2).
bool raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return false;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/// Opens the namespaces of a container and holds them. Leaves out namespaces that the caller may not see.
Result<void> hold_namespaces(const HeldProcess& process, Container& container, std::vector<sys::Fd>& held) {
  for (const char* name : sys::kNamespaceNames) {
    const std::string path = process.file("ns/" + std::string(name));
    auto opened = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
    if (!opened && opened.error().value == EMFILE && raise_descriptor_limit())
      opened = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
    if (!opened && (opened.error().value == EMFILE || opened.error().value == ENFILE))
      return fail(Code::kSystem, path, "cannot be opened beside the namespaces of the other containers",
                  "Raise the hard limit of open files: ulimit -Hn 65536.", opened.error().value);
    struct stat info{};
    if (!opened || ::fstat(opened->get(), &info) != 0) continue;
    container.namespaces[name] = info.st_ino;
    held.push_back(*std::move(opened));
  }
  return {};
}

/// Returns nothing if the container has ended in the meantime.
Result<std::optional<Container>> look_at(const std::string& id, const FirstProcess& first,
                                         std::span<const Source> sources, const MountPlace& host,
                                         Neighbourhood& neighbourhood) {
  TRY(const auto process, HeldProcess::hold(first.pid));
  if (!process) return std::optional<Container>();
  Container container{.id = id, .mounts = 0, .namespaces = {}};
  TRY(const auto text, read_text(process->file("mountinfo")));
  const std::vector<MountPlace> mounts = mount_places(text.value_or(""));
  // A user who only claims a container can unmount everything in the process, so missing mounts prove nothing.
  if (first.claimed_by && mounts.empty()) return std::optional<Container>();
  // If the mounts of a running container are hidden from this caller, nothing can be compared; the judge says so.
  container.mounts = static_cast<std::uint32_t>(mounts.size());
  CHECK_OK(hold_namespaces(*process, container, neighbourhood.held));
  const bool cell = is_cell(first.pid);
  // Milliseconds to wait for the end of a process that is exiting: such a process gives up its mounts before it has
  // ended.
  constexpr int kOnItsWayOut = 200;
  if (process->has_ended(text && mounts.empty() ? kOnItsWayOut : 0)) return std::optional<Container>();
  container.whole_host = !cell && std::ranges::find(mounts, host) != mounts.end();
  for (const Source& source : sources) {
    if (cell || !shares(source, mounts, host)) continue;
    if (!first.claimed_by) return refused(source, id);
    neighbourhood.seen.looked.push_back("container of " + text::visible(id) + ": shares the " +
                                        std::string(source.what));
  }
  return std::optional(std::move(container));
}

}  // namespace

Result<Neighbourhood> look_at_neighbours(const plan::Plan& plan, const OpenInput& input, const sys::Fd& output,
                                         const file::GoOn& go_on) {
  TRY(std::vector<Source> sources, input_sources(plan, input));
  TRY(std::string output_path, present_path(output, plan.output_path));
  TRY(std::string image_path, present_path(*plan.image.held, plan.image.directory));
  sources.push_back({"output", std::move(output_path), {}});
  for (const Source& source : sources) CHECK_OK(refuse_storage(source));
  sources.push_back({"image", std::move(image_path), {}});
  Neighbourhood neighbourhood;
  TRY(const Processes processes, find_containers(neighbourhood.seen, go_on));
  if (processes.empty()) return neighbourhood;
  TRY(const auto own_mounts, read_text("/proc/self/mountinfo"));
  const std::vector<MountPlace> own = mount_places(own_mounts.value_or(""));
  if (own.empty()) return fail(Code::kSystem, "/proc/self/mountinfo", "has no mounts to compare with containers'");
  for (Source& source : sources) source.place = place_of(own, source.path);
  const MountPlace host = place_of(own, "/").value_or(MountPlace{});
  for (const auto& [id, first] : processes) {
    CHECK_OK(file::may_go_on(go_on));
    TRY(auto container, look_at(id, first, sources, host, neighbourhood));
    if (container) neighbourhood.seen.containers.push_back(*std::move(container));
  }
  return neighbourhood;
}

}  // namespace immure::attest
