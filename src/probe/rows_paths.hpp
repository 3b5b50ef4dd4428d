/// Rows of the catalogue (probe/catalogue.hpp): more names of the host that must lead nowhere (test 31).
#pragma once

#include "probe/rows.hpp"

#include <fcntl.h>

namespace immure::probe::paths {

constexpr Row absent(std::string_view id, const char* path, Words words) {
  return with({.id = id,
               .boundary = Boundary::kFilesystem,
               .test = 31,
               .syscall = "openat",
               .args = {num(AT_FDCWD), text(path), num(O_RDONLY), num(0)},
               .cell = {ENOENT},
               .walls = {ENOENT},
               .flags = kFixture | kHarmless,
               .run = open_and_read},
              words);
}

/// A path of a fixed file: either nothing is there, or exactly the file that the plan states.
constexpr Row fixed(std::string_view id, const char* path, Words words, Run run = fixed_file) {
  Row row = absent(id, path, words);
  row.cell = row.walls = {Answers::kOk, ENOENT};
  row.flags |= kFixed;
  row.run = run;
  row.edition = 6;
  return row;
}

inline constexpr Row kRows[] = {
    absent("filesystem/proc-kcore", "/proc/kcore", {"the machine's memory", "proc(5)"}),
    absent("filesystem/proc-kallsyms", "/proc/kallsyms", {"addresses of the kernel", "proc(5)"}),
    absent("filesystem/proc-sysrq", "/proc/sysrq-trigger", {"SysRq: reboot, crash, kill all", "proc(5)"}),
    absent("filesystem/proc-core-pattern", "/proc/sys/kernel/core_pattern",
           {"the program that the host runs as root on a crash", "core(5)"}),
    absent("filesystem/proc-self-mem", "/proc/self/mem", {"own memory, also where it is read-only", "CVE-2016-5195"}),
    gone_after(5, absent("filesystem/proc-self-exe", "/proc/self/exe",
                         {"the program that started this one", "CVE-2019-5736"})),
    absent("filesystem/proc-init-root", "/proc/1/root", {"the root of another process", "proc(5)"}),
    absent("filesystem/sys-debug", "/sys/kernel/debug", {"debugfs", "The kernel's debugfs documentation"}),
    absent("filesystem/cgroup-release-agent", "/sys/fs/cgroup/rdma/release_agent",
           {"a program that the host runs as root when a group is empty", "CVE-2022-0492"}),
    absent("filesystem/dev-kmsg", "/dev/kmsg", {"the kernel's log", "syslog(2)"}),
    absent("filesystem/dev-fuse", "/dev/fuse", {"file systems served by a program", "fuse(4)"}),
    absent("filesystem/dev-tun", "/dev/net/tun",
           {"network interfaces made by a program", "The kernel's tuntap documentation"}),
    absent("filesystem/dev-kvm", "/dev/kvm", {"virtual machines", "The kernel's KVM documentation"}),
    absent("filesystem/dev-ptmx", "/dev/ptmx", {"new terminals", "pts(4)"}),
    absent("filesystem/dbus-socket", "/run/dbus/system_bus_socket", {"services of the host, by D-Bus"}),
    absent("filesystem/systemd-socket", "/run/systemd/private", {"systemd, which starts anything", "systemd(1)"}),
    absent("filesystem/containerd-socket", "/run/containerd/containerd.sock", {"containers of the host"}),
    absent("filesystem/x11-socket", "/tmp/.X11-unix/X0", {"keys and screen of the person at the machine"}),
    absent("filesystem/ssh-agent", "/run/user/1000/keyring/ssh", {"keys of the person at the machine", "ssh-agent(1)"}),
    absent("filesystem/aws-credentials", "/root/.aws/credentials", {"keys to a cloud"}),
    gone_after(5, absent("filesystem/machine-id", "/etc/machine-id", {"which machine this is", "machine-id(5)"})),
    fixed("filesystem/fixed-dev-null", "/dev/null", {"the null device: only an empty file", "null(4)"}),
    fixed("filesystem/fixed-group", "/etc/group", {"groups: only the cell's own", "group(5)"}),
    fixed("filesystem/fixed-hosts", "/etc/hosts", {"names of machines: only localhost", "hosts(5)"}),
    fixed("filesystem/fixed-machine-id", "/etc/machine-id", {"which machine this is: only zeros", "machine-id(5)"}),
    fixed("filesystem/fixed-nsswitch", "/etc/nsswitch.conf",
          {"where names are looked up: only files", "nsswitch.conf(5)"}),
    fixed("filesystem/fixed-passwd", "/etc/passwd", {"users: only the cell's own", "passwd(5)"}),
    fixed("filesystem/fixed-cpuinfo", "/proc/cpuinfo", {"processors: only their number", "proc(5)"}),
    fixed("filesystem/fixed-meminfo", "/proc/meminfo", {"memory: only the plan's limit", "proc(5)"}),
    fixed("filesystem/fixed-self-exe", "/proc/self/exe",
          {"the running program: only the image's file", "CVE-2019-5736"}, link_to_program),
    fixed("filesystem/fixed-stat", "/proc/stat", {"processors: their number, and no times", "proc(5)"}),
    fixed("filesystem/fixed-cpu-online", "/sys/devices/system/cpu/online",
          {"processors: only their number", "sysfs(5)"}),
    fixed("filesystem/fixed-cpu-possible", "/sys/devices/system/cpu/possible",
          {"processors: only their number", "sysfs(5)"}),
};

}  // namespace immure::probe::paths
