#include "attest/doctor/engine_facts.hpp"

#include <algorithm>
#include <cerrno>
#include <span>

#include "attest/host/proc_text.hpp"
#include "judge/text.hpp"
#include "text/list.hpp"

namespace immure::attest {
namespace {

std::string install(std::string_view package) { return "apt-get install " + std::string(package); }

Requirement from_facts(std::string name, std::string needs) {
  return {.name = std::move(name), .needs = std::move(needs), .found = {}, .remedy = {}, .basis = Basis::kFacts};
}

Requirement missing(Requirement requirement, std::string found, std::string remedy) {
  requirement.presence = Presence::kMissing;
  requirement.found = std::move(found);
  requirement.remedy = std::move(remedy);
  return requirement;
}

Requirement there(Requirement requirement, std::string found) {
  requirement.found = std::move(found);
  return requirement;
}

constexpr std::string_view kNotInPath = "not in PATH";

}  // namespace

User user_of(std::uint32_t id, std::string_view passwd) {
  const std::string number = std::to_string(id);
  while (!passwd.empty()) {
    std::string_view line = take(passwd, '\n');
    const std::string_view name = take(line, ':');
    take(line, ':');
    if (take(line, ':') == number) return {std::string(name), id};
  }
  return {number, id};
}

Requirement program_requirement(const std::string& name, std::string needs, std::string_view package,
                                const std::optional<std::string>& path, const Result<std::string>& version) {
  Requirement result = from_facts(name, std::move(needs));
  if (!path) return missing(std::move(result), std::string(kNotInPath), install(package));
  if (!version)
    return missing(std::move(result), to_text(version.error()), install("--reinstall " + std::string(package)));
  return there(std::move(result), *path + ", " + version->substr(0, version->find('\n')));
}

Requirement runtime_requirement(const std::vector<std::string>& paths) {
  Requirement result = from_facts("runtime", "an OCI runtime: crun or runc");
  if (paths.empty()) return missing(std::move(result), "neither is in PATH", install("crun"));
  std::string found;
  for (const std::string& path : paths) text::append_item(found, path);
  return there(std::move(result), std::move(found));
}

Requirement id_mapper_requirement(const std::optional<std::string>& path) {
  Requirement result = from_facts("newuidmap", "newuidmap, which writes the map of subordinate ids");
  if (!path) return missing(std::move(result), std::string(kNotInPath), install("uidmap"));
  return there(std::move(result), *path);
}

Requirement id_range_requirement(const std::string& name, const User& user, std::string_view table) {
  Requirement result = from_facts(name, "a range of subordinate ids of this user in /etc/" + name);
  while (!table.empty()) {
    const std::string_view line = take(table, '\n');
    const std::string_view owner = line.substr(0, line.find(':'));
    if (owner == user.name || owner == std::to_string(user.id)) return there(std::move(result), std::string(line));
  }
  const std::string option = name == "subuid" ? "--add-subuids" : "--add-subgids";
  return missing(std::move(result), "none", "usermod " + option + " 100000-165535 " + user.name);
}

Requirement docker_requirement(std::string_view address, int connect_errno, const User& user) {
  Requirement result{
      .name = "socket", .needs = "a Docker daemon of this host that lets this user in", .found = {}, .remedy = {}};
  const std::string found(address);
  if (!address.starts_with(kLocalSocket))
    return missing(std::move(result), found,
                   "unset DOCKER_HOST: immure cannot observe the cell in an engine on another machine");
  if (connect_errno == 0 || connect_errno == EPROTOTYPE) return there(std::move(result), found);
  const bool refused = connect_errno == EACCES || connect_errno == EPERM;
  return missing(
      std::move(result), found + ": " + judge::errno_text(connect_errno),
      refused ? "usermod -aG docker " + user.name + ", and log in again (a member of this group is as powerful as root)"
              : "systemctl start docker");
}

Requirement group_version_requirement(GroupVersion version) {
  Requirement result =
      from_facts("control-groups", "control groups v1 or v2, not both side by side, which crun refuses");
  if (version == GroupVersion::kBoth)
    return missing(std::move(result), "both: /sys/fs/cgroup/unified",
                   "use --runtime runc, or boot with systemd.unified_cgroup_hierarchy=1");
  return there(std::move(result), version == GroupVersion::kSecond ? "v2" : "v1");
}

bool is_startable(const std::vector<Requirement>& requirements, std::size_t essential) {
  return std::ranges::none_of(std::span(requirements).first(essential), [](const Requirement& requirement) {
    return requirement.presence == Presence::kMissing;
  });
}

}  // namespace immure::attest
