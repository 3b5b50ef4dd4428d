#include "verify/wall_in.hpp"

#include <malloc.h>
#include <cerrno>
#include <chrono>
#include <cstddef>

#include <fcntl.h>
#include <sys/mman.h>

#include "sys/bpf.hpp"
#include "sys/file.hpp"
#include "sys/landlock.hpp"
#include "sys/seccomp.hpp"
#include "sys/syscall.hpp"
#include "verify/ledger.hpp"
#include "verify/verify.hpp"

namespace immure::verify {
namespace {

using sys::Instruction;

// Classic BPF as seccomp(2) takes it: 32-bit loads out of struct seccomp_data, comparisons with a constant, returns.
constexpr std::uint16_t kLoad = 0x20;       // BPF_LD | BPF_W | BPF_ABS
constexpr std::uint16_t kIfEqual = 0x15;    // BPF_JMP | BPF_JEQ | BPF_K
constexpr std::uint16_t kIfAnySet = 0x45;   // BPF_JMP | BPF_JSET | BPF_K
constexpr std::uint16_t kIfGreater = 0x25;  // BPF_JMP | BPF_JGT | BPF_K
constexpr std::uint16_t kReturn = 0x06;     // BPF_RET | BPF_K
constexpr std::uint32_t kAllow = 0x7fff0000;
constexpr std::uint32_t kKill = 0x80000000;
constexpr std::uint32_t kDeny = 0x00050000 | EPERM;
constexpr std::uint32_t kIsNotThere = 0x00050000 | ENOSYS;
constexpr std::uint32_t kNumber = 0;
constexpr std::uint32_t kArchitecture = 4;
constexpr std::uint32_t kLowHalf(std::uint32_t argument) { return 16 + 8 * argument; }
constexpr int kNoNewPrivs = 38;  // PR_SET_NO_NEW_PRIVS

#if defined(__x86_64__)
constexpr std::uint32_t kNative = 0xc000003e;
#elif defined(__aarch64__)
constexpr std::uint32_t kNative = 0xc00000b7;
#endif

/// What appraisal needs: reading, allocating, ending. Whatever is not here answers EPERM.
constexpr long kAllowed[] = {
    __NR_read,         __NR_pread64,        __NR_close,         __NR_fstat,           __NR_newfstatat, __NR_statx,
    __NR_lseek,        __NR_getdents64,     __NR_munmap,        __NR_restart_syscall, __NR_mremap,     __NR_brk,
    __NR_madvise,      __NR_fadvise64,      __NR_clock_gettime, __NR_futex,           __NR_exit,       __NR_exit_group,
    __NR_rt_sigreturn, __NR_rt_sigprocmask, __NR_getpid,        __NR_gettid,          __NR_tgkill,     __NR_getrandom,
#if defined(__x86_64__)
    __NR_stat,         __NR_lstat,
#endif
};

/// A call that is allowed only with some values of one argument.
struct Narrowed {
  long number;
  std::uint32_t argument;
  std::uint16_t test;
  std::uint32_t operand;  ///< the call is denied if the test is true
};
constexpr Narrowed kNarrowed[] = {
    {__NR_openat, 2, kIfAnySet, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY)},
#if defined(__x86_64__)
    {__NR_open, 1, kIfAnySet, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY)},
#endif
    {__NR_write, 0, kIfGreater, 2},
    {__NR_writev, 0, kIfGreater, 2},
    {__NR_mmap, 2, kIfAnySet, PROT_EXEC},
    {__NR_mprotect, 2, kIfAnySet, PROT_EXEC},
};

/// The flags of openat2 are in memory, which no filter can read: only Landlock keeps the call from opening for writing.
/// Without Landlock the filter answers openat2 with ENOSYS, and openat, whose flags the filter sees, takes its place.
std::vector<Instruction> filter(bool has_landlock) {
  std::vector<Instruction> program{
      {kLoad, 0, 0, kArchitecture}, {kIfEqual, 1, 0, kNative}, {kReturn, 0, 0, kKill}, {kLoad, 0, 0, kNumber}};
  program.push_back({kIfEqual, 0, 1, __NR_openat2});
  program.push_back({kReturn, 0, 0, has_landlock ? kAllow : kIsNotThere});
  for (const long number : kAllowed) {
    program.push_back({kIfEqual, 0, 1, static_cast<std::uint32_t>(number)});
    program.push_back({kReturn, 0, 0, kAllow});
  }
  for (const Narrowed& call : kNarrowed) {
    program.push_back({kIfEqual, 0, 4, static_cast<std::uint32_t>(call.number)});
    program.push_back({kLoad, 0, 0, kLowHalf(call.argument)});
    program.push_back({call.test, 1, 0, call.operand});
    program.push_back({kReturn, 0, 0, kAllow});
    program.push_back({kReturn, 0, 0, kDeny});
  }
  // x32 numbers differ from all of the above by a bit, so they end here too.
  program.push_back({kReturn, 0, 0, kDeny});
  return program;
}

std::unexpected<Error> refused(std::string_view step, int number) {
  return fail(Code::kSystem, "verifier", "cannot wall itself in (" + std::string(step) + ")", "", number);
}

/// A file that cannot be opened gets no rule; that it cannot be read is reported by whoever tries to.
Result<void> allow(int ruleset, unsigned abi, const std::string& path, int flags, std::uint64_t rights) {
  const auto opened = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_NOFOLLOW | flags);
  if (!opened) return {};
  if (const auto allowed = sys::allow_beneath(ruleset, abi, opened->get(), rights); !allowed)
    return refused("landlock rule for " + path, allowed.error().value);
  return {};
}

/// What stays readable.
struct Reach {
  std::span<const std::string> files;
  std::optional<std::string> directory;
};

Result<void> restrict_files(unsigned abi, const Reach& reach) {
  const auto ruleset = sys::new_ruleset(abi);
  if (!ruleset) return refused("landlock ruleset", ruleset.error().value);
  for (const std::string& path : reach.files) CHECK_OK(allow(ruleset->get(), abi, path, 0, sys::access::kReadFile));
  if (reach.directory)
    CHECK_OK(allow(ruleset->get(), abi, *reach.directory, O_DIRECTORY,
                   sys::access::kReadFile | sys::access::kReadDirectory));
  if (const auto done = sys::restrict_self(ruleset->get()); !done) return refused("landlock", done.error().value);
  return {};
}

/// Looks the nonce up; nothing where it is used already, and nothing is left to be written down.
Result<std::optional<Scribe>> prepare_scribe(Request& request) {
  if (!request.challenge) return fail(Code::kUsage, *request.state_path, "needs a challenge");
  const auto asked = std::chrono::steady_clock::now();
  TRY(LedgerFile ledger, LedgerFile::open(*request.state_path));
  // Whoever had the lock may have had it for long: a challenge that expired meanwhile is not answered in time.
  const auto waited = std::chrono::steady_clock::now() - asked;
  request.now += std::chrono::duration_cast<std::chrono::seconds>(waited).count();
  request.nonce_used = ledger.has(request.challenge->nonce);
  if (request.nonce_used) return std::optional<Scribe>();
  TRY(Scribe scribe, Scribe::start(std::move(ledger), *request.challenge, request.now));
  return std::optional<Scribe>(std::move(scribe));
}

Result<std::vector<std::string>> build_walls(const Reach& reach) {
  std::vector<std::string> missing;
  if (const sys::Raw done = sys::raw(__NR_prctl, kNoNewPrivs, 1, 0, 0, 0); sys::failed(done))
    return refused("no_new_privs", static_cast<int>(-done));
  const auto abi = sys::landlock_abi();
  if (abi) {
    CHECK_OK(restrict_files(*abi, reach));
  } else if (abi.error().value == ENOSYS || abi.error().value == EOPNOTSUPP) {
    missing.emplace_back("That this verifier could read nothing but its files: the kernel has no Landlock.");
  } else {
    return refused("landlock", abi.error().value);
  }
  if (const auto installed = sys::install_filter(filter(abi.has_value())); !installed) {
    if (installed.error().value != ENOSYS) return refused("seccomp", installed.error().value);
    missing.emplace_back("That this verifier could call nothing but reads: the kernel has no seccomp filters.");
  }
  return missing;
}

}  // namespace

Result<std::vector<std::string>> wall_in(const Request& request) {
  std::vector<std::string> files = request.key_paths;
  files.push_back(request.evidence_path);
  return build_walls({files, request.artifacts_dir});
}

Result<std::vector<std::string>> wall_in(std::span<const std::string> files) {
  return build_walls({files, std::nullopt});
}

void appraise_each_walled_in(const Request& given, std::span<const std::string> files,
                             const std::function<void(const std::string&, const AttestationResult&)>& each) {
  Request request = given;
  const auto tell_all = [&](const judge::Finding& finding) {
    for (const std::string& file : files) each(file, not_appraised(finding));
  };
  if (request.policy_path) {
    auto policy = read_policy(*request.policy_path);
    if (!policy) return tell_all({"policy-unusable", *request.policy_path, "a policy", to_text(policy.error())});
    obey(request, *std::move(policy));
  }
  // The next file needs the same memory again: to give it back and fault it in anew would cost more than its signature.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
  std::vector<std::string> readable(files.begin(), files.end());
  readable.insert(readable.end(), request.key_paths.begin(), request.key_paths.end());
  const auto missing = wall_in(readable);
  if (!missing) return tell_all({"verifier-open", "", "a verifier that is walled in", to_text(missing.error())});
  for (const std::string& file : files) {
    request.evidence_path = file;
    AttestationResult result = appraise(request);
    result.not_proved.insert(result.not_proved.end(), missing->begin(), missing->end());
    each(file, result);
  }
}

AttestationResult appraise_walled_in(const Request& given) {
  Request request = given;
  // Policy, challenge and ledger are the verifier's own, no stranger's. They are read before the walls, which must know
  // the keys that a policy names, and let no file be locked or written.
  if (request.policy_path) {
    auto policy = read_policy(*request.policy_path);
    if (!policy) return not_appraised({"policy-unusable", *request.policy_path, "a policy", to_text(policy.error())});
    obey(request, *std::move(policy));
  }
  if (request.challenge_path) {
    auto challenge = read_challenge(*request.challenge_path);
    if (!challenge)
      return not_appraised({"challenge-unusable", *request.challenge_path, "a challenge", to_text(challenge.error())});
    answer_to(request, *std::move(challenge));
  }
  std::optional<Scribe> scribe;
  if (request.state_path) {
    auto prepared = prepare_scribe(request);
    if (!prepared)
      return not_appraised({"state-unusable", *request.state_path, "a state file", to_text(prepared.error())});
    scribe = *std::move(prepared);
  }
  const auto missing = wall_in(request);
  if (!missing) return not_appraised({"verifier-open", "", "a verifier that is walled in", to_text(missing.error())});
  AttestationResult result = appraise(request);
  result.not_proved.insert(result.not_proved.end(), missing->begin(), missing->end());
  if (result.verdict != Verdict::kAccepted || !scribe) return result;
  // Nobody hears of the acceptance before it is on the disk; a crash in between costs a nonce and never gives one back.
  if (const auto recorded = scribe->record(); !recorded)
    withdraw(result, {"state-unwritten", *request.state_path, "a record of this nonce", to_text(recorded.error())});
  return result;
}

}  // namespace immure::verify
