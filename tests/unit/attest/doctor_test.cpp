#include "attest/doctor/engine_facts.hpp"

#include <algorithm>
#include <cerrno>
#include <map>

#include <gtest/gtest.h>

#include "attest/doctor/native_facts.hpp"

namespace immure::attest {
namespace {

using Values = std::map<std::string, std::string>;

Settings settings(Values values) {
  return [values = std::move(values)](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

/// A host that has all that a native cell needs.
NativeFacts good_host() {
  return {.landlock_abi = 6,
          .seccomp = 0,
          .mount_setattr = -EBADF,
          .openat2 = -EINVAL,
          .pidfd_open = -EINVAL,
          .ptrace = -ESRCH,
          .mdwe = 0,
          .statmount = -EINVAL,
          .proc_self = "42",
          .pid = 42,
          .group_version = "cgroup2",
          .kernel_release = "6.12.1",
          .setting = settings({})};
}

Requirement requirement(const NativeFacts& facts, const std::string& name) {
  const auto all = native_requirements(facts);
  const auto found = std::ranges::find(all, name, &Requirement::name);
  return found == all.end() ? Requirement{} : *found;
}

struct Broken {
  std::string name;
  void (*breaks)(NativeFacts&);
  Presence presence;
  std::string found, remedy;  ///< the beginning of each
};

const Broken kBroken[] = {
    {"namespaces", [](NativeFacts& f) { f.namespaces_errno = EPERM; }, Presence::kMissing, "EPERM", "leave the chroot"},
    {"landlock", [](NativeFacts& f) { f.landlock_abi = std::unexpected(Errno{EOPNOTSUPP}); }, Presence::kMissing,
     "EOPNOTSUPP", "put landlock into the boot parameter lsm="},
    {"landlock", [](NativeFacts& f) { f.landlock_abi = std::unexpected(Errno{ENOSYS}); }, Presence::kMissing, "ENOSYS",
     "a kernel of at least 5.13"},
    {"landlock", [](NativeFacts& f) { f.landlock_abi = std::unexpected(Errno{EPERM}); }, Presence::kMissing, "EPERM",
     "leave the container"},
    {"seccomp", [](NativeFacts& f) { f.seccomp = -ENOSYS; }, Presence::kMissing, "ENOSYS", "a kernel with CONFIG_SECC"},
    {"seccomp", [](NativeFacts& f) { f.seccomp = -EOPNOTSUPP; }, Presence::kMissing, "EOPNOTSUPP",
     "a kernel of at least 4.14"},
    {"mount-setattr", [](NativeFacts& f) { f.mount_setattr = -ENOSYS; }, Presence::kMissing, "ENOSYS",
     "a kernel of at least 5.12; this kernel is 6.12.1"},
    {"openat2", [](NativeFacts& f) { f.openat2 = -EPERM; }, Presence::kMissing, "EPERM", "leave the container"},
    {"openat2",
     [](NativeFacts& f) {
       f.openat2 = -ENOSYS;
       f.kernel_release.reset();
     },
     Presence::kMissing, "ENOSYS", "a kernel of at least 5.6; this kernel does not say"},
    {"pidfd", [](NativeFacts& f) { f.pidfd_open = -ENOSYS; }, Presence::kMissing, "ENOSYS", "a kernel of at least 5.3"},
    {"ptrace", [](NativeFacts& f) { f.ptrace = -EPERM; }, Presence::kMissing, "EPERM", "leave the container"},
    {"ptrace", [](NativeFacts& f) { f.setting = settings({{"kernel/yama/ptrace_scope", "3"}}); }, Presence::kMissing,
     "kernel.yama.ptrace_scope = 3", "boot with kernel.yama.ptrace_scope=2"},
    {"proc", [](NativeFacts& f) { f.proc_self = "41, not 42"; }, Presence::kMissing, "/proc/self is 41, not 42",
     "mount -t proc proc /proc"},
    {"proc", [](NativeFacts& f) { f.proc_self = "ENOENT"; }, Presence::kMissing, "ENOENT", "mount -t proc proc /proc"},
    {"control-group", [](NativeFacts& f) { f.group_version.reset(); }, Presence::kDegraded, "none can be made",
     "with cgroup v2 and systemd"},
    {"control-group",
     [](NativeFacts& f) {
       f.group_version.reset();
       f.root = true;
     },
     Presence::kDegraded, "none can be made", "mount the memory and pids controllers"},
    {"mdwe", [](NativeFacts& f) { f.mdwe = -EINVAL; }, Presence::kDegraded, "EINVAL: then only the cell's filter",
     "a kernel of at least 6.3"},
    {"mdwe", [](NativeFacts& f) { f.mdwe = -EPERM; }, Presence::kDegraded, "EPERM: then only the cell's filter",
     "leave the container"},
    {"statmount", [](NativeFacts& f) { f.statmount = -ENOSYS; }, Presence::kDegraded, "ENOSYS",
     "a kernel of at least 6.8"},
};

TEST(Doctor, FindsNothingMissingOnAGoodHost) {
  for (const Requirement& one : native_requirements(good_host())) {
    EXPECT_EQ(one.presence, Presence::kThere) << one.name << ": " << one.found;
    EXPECT_EQ(one.remedy, "") << one.name;
    EXPECT_NE(one.found, "") << one.name;
  }
}

TEST(Doctor, NamesWhatIsMissingAndNothingElse) {
  for (const Broken& broken : kBroken) {
    NativeFacts facts = good_host();
    broken.breaks(facts);
    const Requirement named = requirement(facts, broken.name);
    EXPECT_EQ(named.presence, broken.presence) << broken.name;
    EXPECT_TRUE(named.found.starts_with(broken.found)) << broken.name << ": " << named.found;
    EXPECT_TRUE(named.remedy.starts_with(broken.remedy)) << broken.name << ": " << named.remedy;
    for (const Requirement& one : native_requirements(facts))
      EXPECT_TRUE(one.name == broken.name || one.presence == Presence::kThere) << broken.name << ": " << one.name;
  }
}

// A security profile or a filter that confines immure may still allow a cell. Only a trial can tell, so doctor reports
// neither as missing.
TEST(Doctor, ConfinementIsToldAndNotJudged) {
  NativeFacts facts = good_host();
  facts.profile = "immure (enforce)";
  facts.filtered = true;
  EXPECT_EQ(requirement(facts, "confinement").found, "immure (enforce)");
  EXPECT_EQ(requirement(facts, "filter").found, "a container or sandbox around immure has attached a filter");
  for (const Requirement& one : native_requirements(facts)) EXPECT_EQ(one.presence, Presence::kThere) << one.name;
}

TEST(Doctor, NamesTheSettingThatForbidsNamespaces) {
  const struct {
    int error;
    bool filtered;
    Values values;
    std::string remedy;  ///< its beginning
  } cases[] = {
      {ENOSYS, true, {}, "leave the container"},
      {ENOSYS, false, {}, "a kernel of at least 5.13"},
      {EINVAL, true, {}, "a kernel of at least 5.13"},
      {ENOSPC, false, {{"user/max_net_namespaces", "0"}}, "sysctl -w user.max_net_namespaces=10000"},
      {ENOSPC, false, {{"user/max_net_namespaces", "100"}}, "raise the sysctls"},
      {EUSERS, false, {}, "raise the sysctls"},
      {EPERM, false, {{"kernel/unprivileged_userns_clone", "0"}}, "sysctl -w kernel.unprivileged_userns_clone=1"},
      {EACCES,
       false,
       {{"kernel/apparmor_restrict_unprivileged_userns", "1"}},
       "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
      {EAGAIN, false, {}, "ulimit -u unlimited"},
      {ENOMEM, false, {}, "give the machine"},
      {EMFILE, false, {}, "ulimit -n 1024"},
      {EPERM, true, {}, "leave the container"},
      {EPERM, false, {}, "leave the chroot"},
  };
  for (const auto& one : cases) {
    const std::string remedy = namespace_remedy(one.error, one.filtered, settings(one.values));
    EXPECT_TRUE(remedy.starts_with(one.remedy)) << one.error << ": " << remedy;
  }
}

TEST(DoctorEngines, AProgramIsThereWhenItSaysItsVersion) {
  const auto podman = [](const std::optional<std::string>& path, const Result<std::string>& version) {
    return program_requirement("podman", "podman 4 or newer", "podman", path, version);
  };
  EXPECT_EQ(podman("/usr/bin/podman", "podman version 4.3.1\nmore").found, "/usr/bin/podman, podman version 4.3.1");
  EXPECT_EQ(podman("/usr/bin/podman", "podman version 4.3.1").presence, Presence::kThere);
  EXPECT_EQ(podman(std::nullopt, "").presence, Presence::kMissing);
  EXPECT_EQ(podman(std::nullopt, "").remedy, "apt-get install podman");
  const Requirement broken = podman("/usr/bin/podman", fail(Code::kUnsupported, "podman", "ended with 127"));
  EXPECT_EQ(broken.presence, Presence::kMissing);
  EXPECT_EQ(broken.remedy, "apt-get install --reinstall podman");
}

TEST(DoctorEngines, OneRuntimeIsEnough) {
  EXPECT_EQ(runtime_requirement({"/usr/bin/crun", "/usr/sbin/runc"}).found, "/usr/bin/crun, /usr/sbin/runc");
  EXPECT_EQ(runtime_requirement({"/usr/sbin/runc"}).presence, Presence::kThere);
  EXPECT_EQ(runtime_requirement({}).presence, Presence::kMissing);
  EXPECT_EQ(id_mapper_requirement(std::nullopt).remedy, "apt-get install uidmap");
  EXPECT_EQ(id_mapper_requirement("/usr/bin/newuidmap").presence, Presence::kThere);
}

TEST(DoctorEngines, ARangeOfIdsIsOfThisUser) {
  const User anna = user_of(1000, "root:x:0:0::/root:/bin/sh\nanna:x:1000:1000::/home/anna:/bin/sh\n");
  EXPECT_EQ(anna.name, "anna");
  EXPECT_EQ(user_of(7, "anna:x:1000:1000::/home/anna:/bin/sh").name, "7");
  EXPECT_EQ(id_range_requirement("subuid", anna, "bert:1:2\nanna:100000:65536\n").found, "anna:100000:65536");
  EXPECT_EQ(id_range_requirement("subuid", anna, "1000:100000:65536").presence, Presence::kThere);
  for (const char* others : {"", "bert:1:2\n", "annabel:100000:65536\n", "10000:1:2"}) {
    const Requirement none = id_range_requirement("subgid", anna, others);
    EXPECT_EQ(none.presence, Presence::kMissing) << others;
    EXPECT_EQ(none.remedy, "usermod --add-subgids 100000-165535 anna");
  }
}

TEST(DoctorEngines, ADaemonLetsThisUserIn) {
  const User anna{"anna", 1000};
  EXPECT_EQ(docker_requirement("unix:///run/docker.sock", EPROTOTYPE, anna).presence, Presence::kThere);
  EXPECT_EQ(docker_requirement("unix:///run/docker.sock", EACCES, anna).remedy,
            "usermod -aG docker anna, and log in again (a member of this group is as powerful as root)");
  EXPECT_EQ(docker_requirement("unix:///run/docker.sock", ENOENT, anna).remedy, "systemctl start docker");
  EXPECT_EQ(docker_requirement("unix:///run/docker.sock", ENOENT, anna).found, "unix:///run/docker.sock: ENOENT");
  EXPECT_EQ(docker_requirement("tcp://elsewhere", 0, anna).presence, Presence::kMissing);
}

TEST(DoctorEngines, CrunWantsOneVersionOfControlGroups) {
  EXPECT_EQ(group_version_requirement(GroupVersion::kFirst).found, "v1");
  EXPECT_EQ(group_version_requirement(GroupVersion::kSecond).presence, Presence::kThere);
  EXPECT_EQ(group_version_requirement(GroupVersion::kBoth).presence, Presence::kMissing);
}

TEST(DoctorEngines, OnlyWhatIsEssentialKeepsAVenueFromBeingTried) {
  const Requirement there = runtime_requirement({"/usr/bin/crun"}), missing = runtime_requirement({});
  EXPECT_TRUE(is_startable({there, missing}, 1));
  EXPECT_FALSE(is_startable({there, missing}, 2));
  EXPECT_FALSE(is_startable({missing, there}, 1));
}

}  // namespace
}  // namespace immure::attest
