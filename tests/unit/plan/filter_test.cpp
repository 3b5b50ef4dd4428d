#include <gtest/gtest.h>

#include <asm/unistd.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <algorithm>

#include "file/io.hpp"
#include "file/sha256.hpp"
#include "filter_answers.hpp"
#include "plan/filter/constants.hpp"
#include "sys/machine.hpp"
#include "sys/numbers.hpp"

namespace immure::plan {
namespace {

using namespace sweep;

TEST(Filter, RefusesCallsOfForeignTablesAndArchitectures) {
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (std::uint32_t number = 0; number < kSwept; ++number) {
      for (const CallTable& foreign : kForeignTables)
        ASSERT_EQ(answer(filter, foreign.first | number, {}, foreign.architecture), kEperm) << profile << " " << number;
      for (const std::uint32_t architecture : {kArchX86_64, kArchI386, kArchAarch64, kArchArm}) {
        if (architecture == kNativeArch) continue;
        ASSERT_EQ(answer(filter, number, {}, architecture), kEperm) << profile << " " << number;
      }
    }
  }
}

TEST(Filter, AllowsNothingInTheX32RangeWithoutTheBit) {
  for (const std::string& profile : kProfiles)
    for (std::uint32_t number = 512; number < 548; ++number) ASSERT_EQ(answer(profile, number), kEnosys) << number;
}

// A C library that gets ENOSYS for a new call uses an older call instead, but takes EPERM for a failure.
TEST(Filter, YoungerCallsGetEnosys) {
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (std::uint32_t number = sys::nr::kLast + 1; number < 3000; ++number) {
      ASSERT_EQ(answer(filter, number), kEnosys) << number;
      ASSERT_EQ(answer(filter, number, {}, kNativeArch == kArchX86_64 ? kArchI386 : kArchArm), kEperm) << number;
    }
    // A boundary needs the last call that immure knows to be denied.
    ASSERT_EQ(answer(filter, sys::nr::kLast), kEperm);
    ASSERT_EQ(answer(filter, kX32Bit - 1), kEnosys);
    for (const std::uint32_t number : {kX32Bit, kX32Bit | 600U, 0x80000000U, 0xffffffffU})
      ASSERT_EQ(answer(filter, number), kEperm) << number;
  }
}

TEST(Filter, EveryProgramIsShortAndEndsInsideItself) {
  for (const std::string& profile : kProfiles) {
    const FilterProgram filter = filter_of(profile);
    EXPECT_LT(filter.instructions.size(), 540U) << profile;
    EXPECT_TRUE(file::is_sha256_hex(filter.sha256));
  }
}

TEST(Filter, RefusesWhatReachesOutsideTheCell) {
  const std::vector<const char*> denied = {"socket",
                                           "socketpair",
                                           "connect",
                                           "bind",
                                           "accept4",
                                           "sendmsg",
                                           "recvmsg",
                                           "io_uring_setup",
                                           "io_uring_enter",
                                           "io_uring_register",
                                           "ptrace",
                                           "bpf",
                                           "keyctl",
                                           "add_key",
                                           "request_key",
                                           "mount",
                                           "umount2",
                                           "fsopen",
                                           "fsmount",
                                           "open_tree",
                                           "move_mount",
                                           "mount_setattr",
                                           "pivot_root",
                                           "chroot",
                                           "userfaultfd",
                                           "memfd_create",
                                           "personality",
                                           "setns",
                                           "unshare",
                                           "shmget",
                                           "shmat",
                                           "inotify_init1",
                                           "fanotify_init",
                                           "splice",
                                           "tee",
                                           "vmsplice",
                                           "symlinkat",
                                           "linkat",
                                           "mknodat",
                                           "fchownat",
                                           "process_vm_readv",
                                           "process_vm_writev",
                                           "pidfd_open",
                                           "pidfd_getfd",
                                           "pidfd_send_signal",
                                           "kcmp",
                                           "perf_event_open",
                                           "execve",
                                           "setgroups",
                                           "capset",
                                           "pkey_mprotect",
                                           "remap_file_pages",
                                           "rt_tgsigqueueinfo",
                                           "quotactl",
                                           "name_to_handle_at",
                                           "open_by_handle_at",
                                           "modify_ldt",
                                           "seccomp"};
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const char* name : denied) {
      const int number = seccomp_syscall_resolve_name(name);
      ASSERT_NE(number, __NR_SCMP_ERROR) << name;
      if (number < 0) continue;
      EXPECT_EQ(answer(filter, static_cast<std::uint32_t>(number)), kEperm) << profile << " " << name;
    }
  }
}

TEST(Filter, ThreadsFallBackFromClone3AndOpenersFromOpenat2) {
  for (const std::string& profile : kProfiles) {
    EXPECT_EQ(answer(profile, __NR_clone3), kEnosys);
    EXPECT_EQ(answer(profile, __NR_openat2), kEnosys);
  }
}

TEST(Filter, ReadersOfExtendedAttributesAreToldThatThereAreNone) {
  for (const std::string& profile : kProfiles) {
    for (const int call :
         {__NR_getxattr, __NR_lgetxattr, __NR_fgetxattr, __NR_listxattr, __NR_llistxattr, __NR_flistxattr})
      EXPECT_EQ(answer(profile, static_cast<std::uint32_t>(call)), kRetErrno | EOPNOTSUPP) << profile << " " << call;
  }
}

// `install -m` and `cp -a` go on after EOPNOTSUPP, and stop at EPERM.
TEST(Filter, WritersOfExtendedAttributesAreToldThatThereAreNone) {
  for (const std::string& profile : kProfiles) {
    const bool for_inspector = profile == "inspect";
    for (const int call :
         {__NR_setxattr, __NR_lsetxattr, __NR_fsetxattr, __NR_removexattr, __NR_lremovexattr, __NR_fremovexattr})
      EXPECT_EQ(answer(profile, static_cast<std::uint32_t>(call)), kRetErrno | (for_inspector ? EPERM : EOPNOTSUPP))
          << profile << " " << call;
  }
}

TEST(Filter, AProgramsPriorityStays) {
  EXPECT_EQ(answer("dynamic", __NR_setpriority, {0, 0, 5}), kRetErrno | 0U);
  EXPECT_EQ(answer("dynamic", __NR_setpriority, {0, 1, 5}), kRetErrno | EPERM);
  EXPECT_EQ(answer("dynamic", __NR_setpriority, {1, 0, 5}), kRetErrno | EPERM);
}

TEST(Filter, CloneMakesNoNamespaceAndNoTracedOrForeignChild) {
  constexpr std::uint64_t kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                                    CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    EXPECT_EQ(answer(filter, __NR_clone, {kThread}), kRetAllow) << profile;
    for (const std::uint64_t flag : {CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
                                     CLONE_NEWPID, CLONE_NEWNET, CLONE_PTRACE, CLONE_PARENT, CLONE_UNTRACED}) {
      EXPECT_EQ(answer(filter, __NR_clone, {kThread | flag}), kEperm) << profile << " " << flag;
      EXPECT_EQ(answer(filter, __NR_clone, {flag | 17}), kEperm) << profile << " " << flag;
    }
  }
}

TEST(Filter, ProgramsForkAndWait) {
  constexpr std::uint64_t kFork = CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | 17;
  for (const std::string& profile : kProfiles) {
    EXPECT_EQ(answer(profile, __NR_clone, {kFork}), kRetAllow) << profile;
    EXPECT_EQ(answer(profile, __NR_wait4), kRetAllow) << profile;
  }
}

TEST(Filter, NoFileIsMadeSetUserId) {
  constexpr std::uint64_t kCreate = O_CREAT | O_WRONLY, kNameless = O_TMPFILE | O_WRONLY;
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    EXPECT_EQ(answer(filter, __NR_openat, {0, 0, kCreate, 0777}), kRetAllow);
    EXPECT_EQ(answer(filter, __NR_openat, {0, 0, kNameless, 0600}), kRetAllow);
    // Without O_CREAT the caller sets no mode, so the register can hold anything.
    EXPECT_EQ(answer(filter, __NR_openat, {0, 0, O_RDONLY, kOnes}), kRetAllow);
    for (const std::uint64_t bit : {04000, 02000, 01000}) {
      EXPECT_EQ(answer(filter, __NR_openat, {0, 0, kCreate, 0755 | bit}), kEperm) << profile;
      EXPECT_EQ(answer(filter, __NR_openat, {0, 0, kNameless, 0755 | bit}), kEperm) << profile;
#if defined(__x86_64__)
      EXPECT_EQ(answer(filter, __NR_open, {0, kCreate, 0755 | bit}), kEperm) << profile;
      EXPECT_EQ(answer(filter, __NR_creat, {0, 0755 | bit}), kEperm) << profile;
#endif
      EXPECT_EQ(answer(filter, __NR_mkdirat, {0, 0, 0755 | bit}), kEperm) << profile;
    }
#if defined(__x86_64__)
    EXPECT_EQ(answer(filter, __NR_open, {0, kCreate, 0644}), kRetAllow);
    EXPECT_EQ(answer(filter, __NR_open, {0, O_RDONLY, kOnes}), kRetAllow);
    EXPECT_EQ(answer(filter, __NR_creat, {0, 0644}), kRetAllow);
#endif
  }
  EXPECT_EQ(answer("dynamic", __NR_mkdirat, {0, 0, 0755}), kRetAllow);
}

TEST(Filter, RenamingLeavesNoDeviceBehind) {
  for (const std::string& profile : kProfiles) {
    const auto filter = filter_of(profile).instructions;
    for (const unsigned flags : {0U, unsigned{RENAME_NOREPLACE}, unsigned{RENAME_EXCHANGE}})
      EXPECT_EQ(answer(filter, __NR_renameat2, {0, 0, 0, 0, flags}), kRetAllow) << profile;
    for (const unsigned flags : {unsigned{RENAME_WHITEOUT}, unsigned{RENAME_WHITEOUT | RENAME_NOREPLACE}})
      EXPECT_EQ(answer(filter, __NR_renameat2, {0, 0, 0, 0, flags}), kEperm) << profile;
  }
}

TEST(Filter, CodeIsNeverMadeInMemory) {
  constexpr std::uint64_t kPrivate = MAP_PRIVATE, kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  for (const std::string profile : {"static", "inspect"}) {
    EXPECT_EQ(answer(profile, __NR_mmap, {0, 0, PROT_READ | PROT_WRITE, kAnonymous}), kRetAllow);
    EXPECT_EQ(answer(profile, __NR_mmap, {0, 0, PROT_READ | PROT_EXEC, kPrivate}), kEperm) << profile;
    EXPECT_EQ(answer(profile, __NR_mprotect, {0, 0, PROT_READ}), kRetAllow);
    EXPECT_EQ(answer(profile, __NR_mprotect, {0, 0, PROT_EXEC}), kEperm);
  }
  for (const std::string profile : {"dynamic", "python"}) {
    EXPECT_EQ(answer(profile, __NR_mmap, {0, 0, PROT_READ | PROT_EXEC, kPrivate | MAP_FIXED | MAP_DENYWRITE}),
              kRetAllow);
    EXPECT_EQ(answer(profile, __NR_mmap, {0, 0, PROT_READ | PROT_EXEC, kAnonymous}), kEperm);
    EXPECT_EQ(answer(profile, __NR_mmap, {0, 0, PROT_READ | PROT_WRITE | PROT_EXEC, kPrivate}), kEperm);
    EXPECT_EQ(answer(profile, __NR_mmap, {0, 0, PROT_READ | PROT_WRITE, kAnonymous}), kRetAllow);
    EXPECT_EQ(answer(profile, __NR_mprotect, {0, 0, PROT_READ | PROT_EXEC}), kEperm);
    EXPECT_EQ(answer(profile, __NR_mprotect, {0, 0, PROT_READ}), kRetAllow);
  }
  EXPECT_EQ(answer("jit", __NR_mmap, {0, 0, PROT_READ | PROT_WRITE | PROT_EXEC, kAnonymous}), kRetAllow);
  EXPECT_EQ(answer("jit", __NR_mprotect, {0, 0, PROT_EXEC}), kRetAllow);
}

/// The profiles of programs that other people made: all but the inspector's.
const std::vector<std::string> kOfPrograms = {"static", "dynamic", "python", "jit"};

TEST(Filter, OnlyTheLimitOfOpenFilesIsTheProgramsOwn) {
  constexpr std::uint64_t kHigh = std::uint64_t{1} << 32U;
  for (const std::string& profile : kProfiles) {
    EXPECT_EQ(answer(profile, __NR_prlimit64, {0, RLIMIT_NOFILE, 0, 4096}), kRetAllow);
    EXPECT_EQ(answer(profile, __NR_prlimit64, {1, RLIMIT_NOFILE, 0, 4096}), kEperm);
    EXPECT_EQ(answer(profile, __NR_prlimit64, {1, RLIMIT_NOFILE, 4096, 0}), kEperm);
    EXPECT_EQ(answer(profile, __NR_prlimit64, {1, RLIMIT_CORE, 4096, 0}), kEperm);
    for (const std::uint64_t limit : {RLIMIT_STACK, RLIMIT_NPROC, RLIMIT_MEMLOCK, RLIMIT_RTPRIO})
      EXPECT_EQ(answer(profile, __NR_prlimit64, {0, limit, 4096, 0}), kEperm) << profile << " " << limit;
  }
  for (const std::string& profile : kOfPrograms)
    for (const std::uint64_t address : {std::uint64_t{1}, std::uint64_t{4096}, kHigh}) {
      EXPECT_EQ(answer(profile, __NR_prlimit64, {0, RLIMIT_NOFILE, address, 0}), kRetAllow) << profile;
      // At a limit of 0 the kernel starts the host's program for core dumps, so the limit stays as it is.
      EXPECT_EQ(answer(profile, __NR_prlimit64, {0, RLIMIT_CORE, address, 0}), kFeigned) << profile;
      EXPECT_EQ(answer(profile, __NR_setrlimit, {RLIMIT_CORE, address}), kFeigned) << profile;
      EXPECT_EQ(answer(profile, __NR_setrlimit, {RLIMIT_AS, address}), kEperm) << profile;
    }
}

TEST(Filter, ModesAreSetWithoutSetIdBits) {
  for (const std::string& profile : kOfPrograms) {
    const auto filter = filter_of(profile).instructions;
    EXPECT_EQ(answer(filter, __NR_fchmod, {3, 0777}), kRetAllow);
    EXPECT_EQ(answer(filter, __NR_fchmodat, {0, 0, 0100644}), kRetAllow);
    for (const std::uint64_t bit : {04000, 02000, 01000}) {
      EXPECT_EQ(answer(filter, __NR_fchmod, {3, 0755 | bit}), kEperm) << profile;
      EXPECT_EQ(answer(filter, __NR_fchmodat, {0, 0, 0755 | bit}), kEperm) << profile;
#if defined(__x86_64__)
      EXPECT_EQ(answer(filter, __NR_chmod, {0, 0755 | bit}), kEperm) << profile;
#endif
    }
  }
}

TEST(Filter, SettingALockIsFeignedAndReadingALockIsAllowed) {
  for (const std::string& profile : kOfPrograms) {
    const auto filter = filter_of(profile).instructions;
    EXPECT_EQ(answer(filter, __NR_flock, {3, 2}), kFeigned);
    for (const std::uint64_t command : {6, 7, 37, 38}) EXPECT_EQ(answer(filter, __NR_fcntl, {3, command}), kFeigned);
    for (const std::uint64_t command : {5, 36}) EXPECT_EQ(answer(filter, __NR_fcntl, {3, command}), kRetAllow);
  }
}

TEST(Filter, TheProgramCannotTakeAnotherId) {
  constexpr std::uint64_t kOwn = 1000, kNone = 0xffffffff;
  for (const std::string& profile : kOfPrograms) {
    const auto filter = filter_of(profile).instructions;
    for (const std::uint32_t number : {__NR_setuid, __NR_setgid}) {
      EXPECT_EQ(answer(filter, number, {kOwn}), kRetAllow);
      for (const std::uint64_t other : {std::uint64_t{0}, std::uint64_t{1001}, kNone})
        EXPECT_EQ(answer(filter, number, {other}), kEperm);
    }
    for (const std::uint32_t number : {__NR_setresuid, __NR_setresgid}) {
      EXPECT_EQ(answer(filter, number, {kOwn, kOwn, kOwn}), kRetAllow);
      EXPECT_EQ(answer(filter, number, {kNone, kOwn, kNone}), kRetAllow);
      for (const Arguments& others : {Arguments{0, kOwn, kOwn}, {kOwn, 0, kOwn}, {kOwn, kOwn, 0}, {kNone, 0, kNone}})
        EXPECT_EQ(answer(filter, number, others), kEperm);
    }
  }
}

TEST(Filter, TheInspectorMayHoldItsWorkersToLess) {
  for (const std::string& profile : kProfiles) {
    const std::uint32_t expected = profile == "inspect" ? kRetAllow : kEperm;
    for (const int resource : {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_AS}) {
      const auto number = static_cast<std::uint64_t>(resource);
      EXPECT_EQ(answer(profile, __NR_prlimit64, {0, number, 4096, 0}), expected) << profile << " " << resource;
      EXPECT_EQ(answer(profile, __NR_prlimit64, {1, number, 4096, 0}), kEperm) << profile << " " << resource;
    }
    for (const int resource : {RLIMIT_NPROC, RLIMIT_STACK, RLIMIT_MEMLOCK})
      EXPECT_EQ(answer(profile, __NR_prlimit64, {0, static_cast<std::uint64_t>(resource), 4096, 0}), kEperm)
          << profile << " " << resource;
  }
}

TEST(Filter, OnlyTheInspectorMayAddWalls) {
  EXPECT_EQ(answer("inspect", __NR_seccomp, {1, 1}), kRetAllow);
  EXPECT_EQ(answer("inspect", __NR_seccomp, {1, 8}), kEperm);
  EXPECT_EQ(answer("inspect", __NR_seccomp, {0, 0}), kEperm);
  for (const std::string& profile : kProfiles) {
    const std::uint32_t expected = profile == "inspect" ? kRetAllow : kEperm;
    for (const std::uint32_t number :
         {__NR_landlock_create_ruleset, __NR_landlock_add_rule, __NR_landlock_restrict_self})
      EXPECT_EQ(answer(profile, number), expected) << profile << " " << number;
  }
}

TEST(Filter, LargerProfilesContainTheSmallerOnes) {
  const auto allowed = [](const std::string& profile) {
    std::vector<std::uint32_t> numbers;
    const auto filter = filter_of(profile).instructions;
    for (std::uint32_t number = 0; number < kSwept; ++number)
      if (answer(filter, number) == kRetAllow) numbers.push_back(number);
    return numbers;
  };
  EXPECT_TRUE(std::ranges::includes(allowed("dynamic"), allowed("static")));
  EXPECT_TRUE(std::ranges::includes(allowed("python"), allowed("dynamic")));
  EXPECT_TRUE(std::ranges::includes(allowed("jit"), allowed("python")));
  // The inspector is a single program, and we know which calls it needs.
  const auto inspector = allowed("inspect");
  EXPECT_LT(inspector.size(), allowed("static").size());
}

}  // namespace
}  // namespace immure::plan
