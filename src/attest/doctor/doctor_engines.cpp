/// Finds out whether this host has what the venues with an outer sandbox need. Starts none of these sandboxes.
#include <cerrno>
#include <cstdlib>

#include <sys/vfs.h>
#include <unistd.h>

#include "attest/doctor/doctor.hpp"
#include "attest/doctor/engine_facts.hpp"
#include "attest/engine/outer_sandbox.hpp"
#include "attest/engine/program.hpp"
#include "file/io.hpp"
#include "sys/channel.hpp"

namespace immure::attest {
namespace {

bool is_root() { return ::geteuid() == 0; }

std::string table_text(const std::string& path) {
  constexpr std::uint64_t kMaxTable = 1 << 20;
  return file::read_whole(path, kMaxTable).value_or("");
}

/// Reads /etc/passwd itself, because a static program has no other name services.
User this_user() { return user_of(::geteuid(), table_text("/etc/passwd")); }

/// A program in PATH, with the first line that it prints for --version.
Requirement program(const std::string& name, std::string needs, std::string_view package) {
  const auto path = find_program(name);
  Result<std::string> version;
  if (path) version = run_program({.argv = {*path, "--version"}, .as = {}, .inherited = {}}, {});
  return program_requirement(name, std::move(needs), package, path, version);
}

Requirement any_runtime() {
  std::vector<std::string> paths;
  for (const char* name : {"crun", "runc"}) {
    if (const auto path = find_program(name)) paths.push_back(*path);
  }
  return runtime_requirement(paths);
}

Requirement id_range(const std::string& name) {
  return id_range_requirement(name, this_user(), table_text("/etc/" + name));
}

/// Connects to Docker's socket with another type of socket than the daemon has, so the daemon notices nothing.
Requirement docker_socket() {
  const char* variable = std::getenv("DOCKER_HOST");
  const std::string address = variable != nullptr && *variable != '\0' ? variable : "unix:///var/run/docker.sock";
  int connect_errno = 0;
  if (address.starts_with(kLocalSocket)) {
    const auto connected = sys::connect_to(address.substr(kLocalSocket.size()));
    if (!connected) connect_errno = connected.error().value;
  }
  return docker_requirement(address, connect_errno, this_user());
}

GroupVersion group_version() {
  constexpr long kVersion2 = 0x63677270;  // CGROUP2_SUPER_MAGIC
  struct statfs info{};
  if (::statfs("/sys/fs/cgroup/unified", &info) == 0 && info.f_type == kVersion2) return GroupVersion::kBoth;
  const bool second = ::statfs("/sys/fs/cgroup", &info) == 0 && info.f_type == kVersion2;
  return second ? GroupVersion::kSecond : GroupVersion::kFirst;
}

/// Makes a candidate. Without one of the first `essential` requirements there is nothing to start.
Candidate candidate(std::string_view name, std::string runtime, std::vector<Requirement> requirements,
                    std::size_t essential) {
  const bool startable = is_startable(requirements, essential);
  return {.venue = std::string(name),
          .runtime = std::move(runtime),
          .requirements = std::move(requirements),
          .startable = startable};
}

Requirement oci_runtime(const std::string& name) { return program(name, "the OCI runtime " + name, name); }

Candidate podman(const std::string& runtime) {
  std::vector<Requirement> needs{program("podman", "podman 4 or newer", "podman"),
                                 runtime.empty() ? any_runtime() : oci_runtime(runtime)};
  if (!is_root()) {
    needs.push_back(id_mapper_requirement(find_program("newuidmap")));
    needs.push_back(id_range("subuid"));
    needs.push_back(id_range("subgid"));
    needs.push_back(namespaces_requirement());
  }
  return candidate(venue::kPodman, runtime, std::move(needs), 2);
}

Candidate bubblewrap() {
  return candidate(venue::kBubblewrap, {},
                   {program("bwrap", "bubblewrap 0.8 or newer", "bubblewrap"), namespaces_requirement()}, 1);
}

Candidate docker(const std::string& runtime) {
  return candidate(venue::kDocker, runtime, {program("docker", "the Docker client", "docker.io"), docker_socket()}, 2);
}

Candidate oci(const std::string& runtime) {
  std::vector<Requirement> needs{oci_runtime(runtime)};
  if (runtime == "crun") needs.push_back(group_version_requirement(group_version()));
  if (!is_root()) needs.push_back(namespaces_requirement());
  return candidate(venue::kOci, runtime, std::move(needs), 1);
}

}  // namespace

std::vector<Candidate> candidates(const std::string& runtime, std::string_view venue) {
  const auto wanted = [venue](std::string_view name) {
    return venue.empty() || venue == venue::kAuto || venue == name;
  };
  std::vector<Candidate> result;
  if (wanted(venue::kNative))
    result.push_back({.venue = std::string(venue::kNative), .runtime = {}, .requirements = native_requirements()});
  if (wanted(venue::kBubblewrap)) result.push_back(bubblewrap());
  if (wanted(venue::kPodman)) result.push_back(podman(runtime));
  if (wanted(venue::kDocker)) result.push_back(docker(runtime));
  if (!wanted(venue::kOci)) return result;
  for (const std::string& name : runtime.empty() ? std::vector<std::string>{"runc", "crun"} : std::vector{runtime})
    result.push_back(oci(name));
  return result;
}

}  // namespace immure::attest
