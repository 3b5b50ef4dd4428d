/// Rows of the catalogue (probe/catalogue.hpp): files.
#pragma once

#include "probe/rows.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "sys/numbers.hpp"

namespace immure::probe::files {

inline constexpr Boundary kIn = Boundary::kInput, kOut = Boundary::kOutput, kFs = Boundary::kFilesystem,
                          kMnt = Boundary::kMounts;
inline constexpr Arg kCwd = num(AT_FDCWD);

constexpr Row opening(std::string_view id, Boundary boundary, SandboxTest test, const char* path, int flags, int mode,
                      Answers cell, Answers walls, Run run, Flags row_flags = kPlain) {
  return {.id = id,
          .boundary = boundary,
          .test = test,
          .syscall = "openat",
          .args = {kCwd, text(path), num(flags), num(mode)},
          .cell = cell,
          .walls = walls,
          .flags = row_flags,
          .run = run};
}

// A call on a path below the read-only /in. The mount answers EROFS before the kernel looks at permissions.
constexpr Row on_input(std::string_view id, std::string_view syscall, long nr, std::array<Arg, 6> args, Run run) {
  return {.id = id,
          .boundary = kIn,
          .test = 26,
          .syscall = syscall,
          .nr = nr,
          .args = args,
          .cell = {EROFS, EPERM},
          .walls = {EROFS},
          .reach = {EROFS},
          .run = run};
}

constexpr Row on_input(std::string_view id, std::string_view syscall, long nr, std::array<Arg, 6> args) {
  Row row = on_input(id, syscall, nr, args, nullptr);
  row.flags = kHarmless;
  return row;
}

constexpr Row absent(std::string_view id, const char* path, int flags = O_RDONLY) {
  return opening(id, kFs, 31, path, flags, 0, {ENOENT}, {ENOENT}, open_and_read, kFixture | kHarmless);
}

constexpr Row unwritable(std::string_view id, const char* path, Answers cell, Answers walls) {
  return opening(id, kFs, 28, path, O_WRONLY | O_CREAT | O_EXCL, 0600, cell, walls, create_and_remove,
                 kFixture | kHarmless);
}

// A call that makes a name in /out that is no regular file. Landlock refuses the name, and the filter denies the call.
constexpr Row special(std::string_view id, std::string_view syscall, long nr, std::array<Arg, 6> args) {
  return {.id = id,
          .boundary = kOut,
          .test = 29,
          .syscall = syscall,
          .nr = nr,
          .args = args,
          .cell = {EPERM, EACCES},
          .run = make_and_remove};
}

// The answers for a path that leads to the directory for temporary files or does not exist: not every image has such
// links. Two stages may make the same name at one time.
inline constexpr Answers kScratchOrNone{Answers::kOk, EEXIST, ENOENT};

inline constexpr int kExclusive = O_CREAT | O_EXCL;

inline constexpr Row kRows[] = {
    // Test 26: nothing below /in can be changed. The rows use names that do not exist, or set values that are already
    // set, so that a hole is seen but does no harm.
    opening("input/create", kIn, 26, "/in/.immure-probe", O_WRONLY | kExclusive, 0600, {EROFS}, {EROFS},
            create_in_submounts),
    opening("input/tmpfile", kIn, 26, "/in", O_WRONLY | O_TMPFILE, 0600, {EROFS}, {EROFS}, open_and_read, kHarmless),
    on_input("input/unlink", SYS(unlinkat), {kCwd, text("/in/.immure-none"), num(0)}),
    on_input("input/rmdir", SYS(unlinkat), {kCwd, text("/in/.immure-none"), num(AT_REMOVEDIR)}),
    on_input("input/rename", SYS(renameat2), {kCwd, text("/in/.immure-none"), kCwd, text("/in/.immure-none2"), num(0)}),
    on_input("input/mkdir", SYS(mkdirat), {kCwd, text("/in/.immure-probe-d"), num(0700)}, make_and_remove),
    on_input("input/symlink", SYS(symlinkat), {text("x"), kCwd, text("/in/.immure-probe-l")}, make_and_remove),
    on_input("input/mkfifo", SYS(mknodat), {kCwd, text("/in/.immure-probe-f"), num(S_IFIFO | 0600), num(0)},
             make_and_remove),
    on_input("input/chmod", SYS(fchmodat), {kCwd, text("/in")}, chmod_to_same),
    on_input("input/utimens", SYS(utimensat), {kCwd, text("/in")}, utimens_to_same),
    feigned({EOPNOTSUPP}, on_input("input/removexattr", SYS(removexattr), {text("/in"), text("user.immure.none")})),
    on_input("input/chown", SYS(fchownat), {kCwd, text("/in"), num(-1), num(-1), num(0)}),
    feigned({Answers::kOk}, denied("input/flock", kIn, 26, SYS(flock), {num(0), num(4)})),
    uncontrolled("kernels before 6.11 deny it in every user namespace but the first",
                 denied("input/open-by-handle", kIn, 26, SYS(open_by_handle_at), {num(-1), kNil, num(0)})),
    denied("input/name-to-handle", kIn, 26, SYS(name_to_handle_at), {kCwd, text("/in"), kNil, kNil, num(0)}),
    // Test 27: nothing below /in can be executed.
    opening("input/map-executable", kIn, 27, "/in", O_RDONLY | O_DIRECTORY, 0, {EPERM}, {EPERM}, map_executable,
            kHarmless),
    // Test 28: no place but /out takes a file.
    unwritable("filesystem/write-root", "/.immure-probe", {EROFS}, {EROFS}),
    given_scratch(kScratchOrNone, unwritable("filesystem/write-tmp", "/tmp/.immure-probe", {ENOENT}, {ENOENT})),
    given_scratch(kScratchOrNone, unwritable("filesystem/write-var-tmp", "/var/tmp/.immure-probe", {ENOENT}, {ENOENT})),
    given_scratch(kScratchOrNone, unwritable("filesystem/write-dev-shm", "/dev/shm/.immure-probe", {ENOENT}, {ENOENT})),
    unwritable("filesystem/write-run", "/run/.immure-probe", {ENOENT}, {ENOENT}),
    gone_after(5, unwritable("filesystem/write-proc", "/proc/.immure-probe", {ENOENT}, {ENOENT})),
    came_with(6, unwritable("filesystem/write-proc", "/proc/.immure-probe", {EROFS, ENOENT}, {EROFS, ENOENT})),
    // Test 29: /out takes files, and no file there can be read back.
    {.id = "output/write-control",
     .boundary = kOut,
     .test = 29,
     .tries = "the allowed way: create and write",
     .syscall = "openat",
     .args = {kCwd, text("/out/.immure-control"), num(O_WRONLY | O_CREAT | O_TRUNC), num(0600)},
     .cell = {Answers::kOk},
     .walls = {Answers::kOk},
     .flags = kNoControl,
     .forbidden = kRead,
     .no_control = kSucceeds,
     .run = write_control},
    // If the program may read back what it wrote to /out, the cell puts no secret there.
    given_back({ENOENT},
               opening("output/read", kOut, 29, "/out/.immure-secret", O_RDONLY, 0, {EACCES}, {}, open_and_read)),
    given_back({ENOENT},
               opening("output/read-write", kOut, 29, "/out/.immure-secret", O_RDWR, 0, {EACCES}, {}, open_and_read)),
    given_back({Answers::kOk}, opening("output/list", kOut, 29, "/out", O_RDONLY | O_DIRECTORY, 0, {EACCES}, {},
                                       open_and_read, kHarmless)),
    given_back({Answers::kOk}, {.id = "output/create-read-write",
                                .boundary = kOut,
                                .test = 29,
                                .tries = "O_CREAT|O_RDWR: refused after the file is made",
                                .syscall = "openat",
                                .args = {kCwd, text("/out/.immure-rw"), num(O_RDWR | kExclusive), num(0600)},
                                .cell = {EACCES},
                                .forbidden = kRead,
                                .run = create_and_remove}),
    given_back({Answers::kOk}, opening("output/tmpfile-read-write", kOut, 29, "/out", O_RDWR | O_TMPFILE, 0600,
                                       {EACCES}, {}, open_and_read, kHarmless)),
    {.id = "output/openat2",
     .boundary = kOut,
     .test = 29,
     .tries = "openat2, whose mode the filter cannot see",
     .syscall = "openat2",
     .nr = kByName,
     .args = {kCwd, text("/out/.immure-secret"), kBuf, num(24)},
     .cell = {ENOSYS, EPERM},
     .flags = kOpens | kHarmless},
    // The kernel reads from no descriptor that was opened for writing alone.
    given_back({ENOENT},
               harmless(behind({EBADF, EINVAL}, opening("output/copy-from-write-only", kOut, 29, "/out/.immure-secret",
                                                        O_WRONLY, 0, {EPERM}, {}, read_back_by_copy)))),
    harmless(denied("output/sendfile", kOut, 29, SYS(sendfile), {num(-1), num(-1), kNil, num(1)})),
    denied("output/splice", kOut, 29, SYS(splice), {num(-1), kNil, num(-1), kNil, num(1), num(0)}),
    // The name is empty, so the control's own answer is ERANGE on every file system.
    denied("output/getxattr", kOut, 29, SYS(getxattr), {text("/out/.immure-secret"), text(""), kBuf, num(16)}, kPlain,
           {EPERM, EOPNOTSUPP}),
    denied("output/listxattr", kOut, 29, SYS(listxattr), {text("/out/.immure-secret"), kBuf, num(4096)}, kPlain,
           {EPERM, EOPNOTSUPP}),
    denied("output/inotify", kOut, 29, SYS(inotify_init1), {num(0x80000)}, kOpens),
    special("output/symlink", SYS(symlinkat), {text("/etc/passwd"), kCwd, text("/out/.immure-l")}),
    special("output/mkfifo", SYS(mknodat), {kCwd, text("/out/.immure-f"), num(S_IFIFO | 0600), num(0)}),
    special("output/mksock", SYS(mknodat), {kCwd, text("/out/.immure-s"), num(S_IFSOCK | 0600), num(0)}),
    special("output/whiteout", SYS(mknodat), {kCwd, text("/out/.immure-w"), num(S_IFCHR | 0600), num(0)}),
    denied("output/rename-whiteout", kOut, 29, SYS(renameat2),
           {kCwd, text("/out/.immure-none"), kCwd, text("/out/.immure-none2"), num(4)}),
    denied("output/link", kOut, 29, SYS(linkat),
           {kCwd, text("/out/.immure-none"), kCwd, text("/out/.immure-none2"), num(0)}),
    opening("output/set-uid-create", kOut, 29, "/out/.immure-u", O_WRONLY | kExclusive, 06755, {EPERM}, {},
            create_and_remove),
    // The older calls have their mode in another argument. No file has an empty name, so the calls create nothing.
    came_with(3, x86_only(denied("output/set-uid-open", kOut, 29, SYS(open),
                                 {text(""), num(O_WRONLY | O_CREAT), num(06755)}))),
    came_with(3, x86_only(denied("output/set-uid-creat", kOut, 29, SYS(creat), {text(""), num(06755)}))),
    came_with(3, x86_only(denied("output/set-uid-mkdir", kOut, 29, SYS(mkdir), {text(""), num(02755)}))),
    {.id = "output/set-uid-fchmod",
     .boundary = kOut,
     .test = 29,
     .syscall = "fchmod",
     .args = {kCwd, text("/out/.immure-v"), num(O_WRONLY | O_CREAT), num(0600)},
     .cell = kDenied,
     .run = fchmod_set_uid},
    // Test 30: the mounts cannot be changed. The call uses the flags that the mount already has: the kernel checks the
    // permission first, and if the caller has it, nothing changes.
    inside_only(denied(
        "mounts/remount-input", kMnt, 30, SYS(mount),
        {kNil, text("/in"), kNil, num(MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC), kNil},
        kPlain, kDenied, kDenied)),
    denied("mounts/setattr", kMnt, 30, SYS(mount_setattr), {num(-1), text(""), num(0), kNil, num(0)}),
    denied("mounts/umount", kMnt, 30, SYS(umount2), {text("/in/.immure-none"), num(MNT_DETACH)}),
    denied("mounts/move", kMnt, 30, SYS(move_mount), {num(-1), text(""), num(-1), text(""), num(0)}),
    // Test 31: no name leads to a file of the host.
    gone_after(5, absent("filesystem/etc-passwd", "/etc/passwd")),
    absent("filesystem/etc-shadow", "/etc/shadow"),
    absent("filesystem/etc-hostname", "/etc/hostname"),
    absent("filesystem/etc-resolv-conf", "/etc/resolv.conf"),
    absent("filesystem/home", "/home/user/.profile"),
    absent("filesystem/root-ssh", "/root/.ssh/id_ed25519"),
    absent("filesystem/proc-self", "/proc/self/status"),
    absent("filesystem/proc-environ", "/proc/1/environ"),
    absent("filesystem/sys-kernel", "/sys/kernel/security/lsm"),
    absent("filesystem/cgroup", "/sys/fs/cgroup/cgroup.procs"),
    gone_after(5, absent("filesystem/dev-null", "/dev/null")),
    absent("filesystem/dev-mem", "/dev/mem"),
    absent("filesystem/dev-tty", "/dev/tty"),
    given_scratch(kScratchOrNone, absent("filesystem/tmp", "/tmp", O_RDONLY | O_DIRECTORY)),
    absent("filesystem/var-log", "/var/log/syslog"),
    absent("filesystem/boot", "/boot/vmlinuz"),
    absent("filesystem/docker-socket", "/run/docker.sock"),
    absent("filesystem/docker-environment", "/.dockerenv"),
    absent("filesystem/podman-environment", "/run/.containerenv"),
    absent("filesystem/run-secrets", "/run/secrets/token"),
    absent("filesystem/kubernetes-token", "/var/run/secrets/kubernetes.io/serviceaccount/token"),
    opening("filesystem/list-root", kFs, 31, "/", O_RDONLY | O_DIRECTORY, 0, {EACCES}, {}, open_and_read, kHarmless),
    {.id = "filesystem/root-is-top",
     .boundary = kFs,
     .test = 31,
     .tries = "`/../../..` is `/`",
     .syscall = "newfstatat",
     .args = {kCwd, text("/../../..")},
     .cell = {Answers::kOk},
     .walls = {Answers::kOk},
     .flags = kNoControl | kHarmless,
     .source = "path_resolution(7)",
     .no_control = kSucceeds,
     .run = same_root_above},
    denied("filesystem/chroot", kFs, 31, SYS(chroot), {text("/in")}),
};

}  // namespace immure::probe::files
