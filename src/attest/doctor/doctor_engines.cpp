/// What the venues need that use another program's walls. The checks start no walls.
#include <cerrno>
#include <cstdlib>
#include <span>

#include <sys/vfs.h>
#include <unistd.h>

#include "attest/doctor/doctor.hpp"
#include "attest/engine/outer_sandbox.hpp"
#include "attest/engine/program.hpp"
#include "attest/host/proc_text.hpp"
#include "file/io.hpp"
#include "judge/text.hpp"
#include "sys/channel.hpp"
#include "text/list.hpp"

namespace immure::attest {
namespace {

bool is_root() { return ::geteuid() == 0; }

constexpr std::uint64_t kMaxTable = 1 << 20;

// Reads /etc/passwd itself, because a static program has no other name services.
std::string user_name() {
  const std::string number = std::to_string(::geteuid());
  const auto text = file::read_whole("/etc/passwd", kMaxTable);
  for (std::string_view rest = text ? std::string_view(*text) : std::string_view{}; !rest.empty();) {
    std::string_view line = take(rest, '\n');
    const std::string_view name = take(line, ':');
    take(line, ':');
    if (take(line, ':') == number) return std::string(name);
  }
  return number;
}

std::string install(std::string_view package) { return "apt-get install " + std::string(package); }

/// A program in PATH, with the first line that it prints for --version.
Requirement program(const std::string& name, std::string needs, std::string_view package) {
  Requirement result{.name = name, .needs = std::move(needs), .found = {}, .remedy = {}, .basis = Basis::kFacts};
  const auto path = find_program(name);
  if (!path) {
    result.finding = Finding::kMissing;
    result.found = "not in PATH";
    result.remedy = install(package);
    return result;
  }
  const auto version = run_program({.argv = {*path, "--version"}, .as = {}, .inherited = {}}, {});
  if (!version) {
    result.finding = Finding::kMissing;
    result.found = to_text(version.error());
    result.remedy = install("--reinstall " + std::string(package));
    return result;
  }
  result.found = *path + ", " + version->substr(0, version->find('\n'));
  return result;
}

Requirement any_runtime() {
  Requirement result{
      .name = "runtime", .needs = "an OCI runtime: crun or runc", .found = {}, .remedy = {}, .basis = Basis::kFacts};
  for (const char* name : {"crun", "runc"}) {
    if (const auto path = find_program(name)) text::append_item(result.found, *path);
  }
  if (!result.found.empty()) return result;
  result.finding = Finding::kMissing;
  result.found = "neither is in PATH";
  result.remedy = install("crun");
  return result;
}

/// A range of ids for this user in /etc/subuid or /etc/subgid (subuid(5)). Rootless podman maps a container's ids to
/// this range.
Requirement id_range(const std::string& name) {
  const std::string path = "/etc/" + name;
  Requirement result{.name = name,
                     .needs = "a range of subordinate ids of this user in " + path,
                     .found = {},
                     .remedy = {},
                     .basis = Basis::kFacts};
  const std::string user = user_name(), number = std::to_string(::geteuid());
  const auto text = file::read_whole(path, kMaxTable);
  for (std::string_view rest = text ? std::string_view(*text) : std::string_view{}; !rest.empty();) {
    const std::string_view line = take(rest, '\n');
    const std::string_view owner = line.substr(0, line.find(':'));
    if (owner == user || owner == number) {
      result.found = line;
      return result;
    }
  }
  result.finding = Finding::kMissing;
  result.found = "none";
  result.remedy =
      std::string("usermod ") + (name == "subuid" ? "--add-subuids" : "--add-subgids") + " 100000-165535 " + user;
  return result;
}

/// Checks only that newuidmap exists, because it has no --version.
Requirement id_mapper() {
  Requirement result{.name = "newuidmap",
                     .needs = "newuidmap, which writes the map of subordinate ids",
                     .found = {},
                     .remedy = {},
                     .basis = Basis::kFacts};
  const auto path = find_program("newuidmap");
  if (path) {
    result.found = *path;
    return result;
  }
  result.finding = Finding::kMissing;
  result.found = "not in PATH";
  result.remedy = install("uidmap");
  return result;
}

/// Checks whether a daemon listens at Docker's socket and lets this user in.
Requirement docker_socket() {
  Requirement result{
      .name = "socket", .needs = "a Docker daemon of this host that lets this user in", .found = {}, .remedy = {}};
  const char* variable = std::getenv("DOCKER_HOST");
  std::string_view address = variable != nullptr && *variable != '\0' ? variable : "unix:///var/run/docker.sock";
  constexpr std::string_view kLocal = "unix://";
  result.found = address;
  if (!address.starts_with(kLocal)) {
    result.finding = Finding::kMissing;
    result.remedy = "unset DOCKER_HOST: an engine elsewhere is out of the outside witness's reach";
    return result;
  }
  address.remove_prefix(kLocal.size());
  // Connect with another type of socket than the daemon has. EPROTOTYPE then means that a daemon is bound there and
  // lets this user in, and the daemon notices nothing.
  const auto connected = sys::connect_to(std::string(address));
  if (connected || connected.error().value == EPROTOTYPE) return result;
  result.finding = Finding::kMissing;
  result.found += ": " + judge::errno_text(connected.error().value);
  const bool refused = connected.error().value == EACCES || connected.error().value == EPERM;
  result.remedy = refused ? "usermod -aG docker " + user_name() + ", and log in anew (that group is as good as root)"
                          : "systemctl start docker";
  return result;
}

/// Checks the mix of control groups: crun starts nothing if v1 and v2 hierarchies are mounted side by side.
Requirement control_groups() {
  Requirement result{.name = "control-groups",
                     .needs = "control groups v1 or v2, not both side by side, which crun refuses",
                     .found = {},
                     .remedy = {},
                     .basis = Basis::kFacts};
  constexpr long kVersion2 = 0x63677270;  // CGROUP2_SUPER_MAGIC
  struct statfs info{};
  if (::statfs("/sys/fs/cgroup/unified", &info) == 0 && info.f_type == kVersion2) {
    result.finding = Finding::kMissing;
    result.found = "both: /sys/fs/cgroup/unified";
    result.remedy = "use --runtime runc, or boot with systemd.unified_cgroup_hierarchy=1";
    return result;
  }
  const bool second = ::statfs("/sys/fs/cgroup", &info) == 0 && info.f_type == kVersion2;
  result.found = second ? "v2" : "v1";
  return result;
}

bool missing(const Requirement& requirement) { return requirement.finding == Finding::kMissing; }

/// Makes a candidate. Without one of the first `essential` requirements there is nothing to start.
Candidate candidate(std::string_view name, std::string runtime, std::vector<Requirement> requirements,
                    std::size_t essential) {
  Candidate result{.venue = std::string(name), .runtime = std::move(runtime), .requirements = {}};
  for (const Requirement& requirement : std::span(requirements).first(essential))
    result.startable = result.startable && !missing(requirement);
  result.requirements = std::move(requirements);
  return result;
}

Requirement oci_runtime(const std::string& name) { return program(name, "the OCI runtime " + name, name); }

Candidate podman(const std::string& runtime) {
  std::vector<Requirement> needs{program("podman", "podman 4 or newer", "podman"),
                                 runtime.empty() ? any_runtime() : oci_runtime(runtime)};
  if (!is_root()) {
    needs.push_back(id_mapper());
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
  if (runtime == "crun") needs.push_back(control_groups());
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
