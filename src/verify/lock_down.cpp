#include "verify/lock_down.hpp"

#include <malloc.h>
#include <cerrno>
#include <chrono>
#include <cstddef>

#include <fcntl.h>

#include "sys/file.hpp"
#include "sys/kernel.hpp"
#include "sys/landlock.hpp"
#include "sys/seccomp.hpp"
#include "sys/syscall.hpp"
#include "verify/filters.hpp"
#include "verify/launchers.hpp"
#include "verify/nonce_store.hpp"
#include "verify/verify.hpp"

namespace immure::verify {
namespace {

std::unexpected<Error> refused(std::string_view step, int number) {
  return fail(Code::kSystem, "verifier", "cannot put itself into a sandbox (" + std::string(step) + ")", "", number);
}

/// Allows access to one path. Skips a file that cannot be opened; the code that reads the file reports the error.
Result<void> allow(int ruleset, unsigned abi, const std::string& path, int flags, std::uint64_t rights) {
  const auto opened = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_NOFOLLOW | flags);
  if (!opened) return {};
  if (const auto allowed = sys::allow_beneath(ruleset, abi, opened->get(), rights); !allowed)
    return refused("landlock rule for " + path, allowed.error().value);
  return {};
}

/// The paths that stay readable.
struct Reach {
  std::span<const std::string> files;
  std::optional<std::string> directory;
  int log = -1;  ///< the open directory of a log
};

Result<void> restrict_files(unsigned abi, const Reach& reach) {
  const auto ruleset = sys::new_ruleset(abi);
  if (!ruleset) return refused("landlock ruleset", ruleset.error().value);
  for (const std::string& path : reach.files) CHECK_OK(allow(ruleset->get(), abi, path, 0, sys::access::kReadFile));
  if (reach.directory)
    CHECK_OK(allow(ruleset->get(), abi, *reach.directory, O_DIRECTORY,
                   sys::access::kReadFile | sys::access::kReadDirectory));
  if (reach.log >= 0) {
    const auto allowed = sys::allow_beneath(ruleset->get(), abi, reach.log, sys::access::kReadFile);
    if (!allowed) return refused("landlock rule for the log", allowed.error().value);
  }
  if (const auto done = sys::restrict_self(ruleset->get()); !done) return refused("landlock", done.error().value);
  return {};
}

/// Looks the nonce up in the nonce store. Returns nullopt if the nonce is used already, because then there is nothing
/// to record.
Result<std::optional<NonceWriter>> prepare_nonce_writer(Request& request) {
  if (!request.challenge) return fail(Code::kUsage, *request.state_path, "needs a challenge");
  const auto asked = std::chrono::steady_clock::now();
  TRY(NonceStoreFile store, NonceStoreFile::open(*request.state_path));
  // Another process may have held the lock for a long time. Add the time of waiting, so that a challenge that expired
  // meanwhile counts as expired.
  const auto waited = std::chrono::steady_clock::now() - asked;
  request.now += std::chrono::duration_cast<std::chrono::seconds>(waited).count();
  request.nonce_used = store.has(request.challenge->nonce);
  if (request.nonce_used) return std::optional<NonceWriter>();
  TRY(NonceWriter nonce_writer, NonceWriter::start(std::move(store), *request.challenge, request.now));
  return std::optional<NonceWriter>(std::move(nonce_writer));
}

Result<std::vector<std::string>> build_walls(const Reach& reach) {
  std::vector<std::string> missing;
  if (const sys::Raw done = sys::raw(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); sys::failed(done))
    return refused("no_new_privs", static_cast<int>(-done));
  const auto abi = sys::landlock_abi();
  if (abi) {
    CHECK_OK(restrict_files(*abi, reach));
  } else if (abi.error().value == ENOSYS || abi.error().value == EOPNOTSUPP) {
    missing.emplace_back("That this verifier could open no other file: the kernel has no Landlock.");
  } else {
    return refused("landlock", abi.error().value);
  }
  if (const auto installed = sys::install_filter(abi ? kFilter : kFilterWithoutLandlock); !installed) {
    if (installed.error().value != ENOSYS) return refused("seccomp", installed.error().value);
    missing.emplace_back(
        "That this verifier could make no system call except for reading: the kernel has no seccomp filters.");
  }
  return missing;
}

/// The next file needs the same memory. Returning this memory and faulting it in again would cost more than checking a
/// signature.
void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

judge::Finding no_launchers(const Request& request, const Error& error) {
  return {"launchers-unusable", *request.launchers_path, "a list of launchers", to_text(error)};
}

}  // namespace

Result<std::vector<std::string>> lock_down(const Request& request) {
  std::vector<std::string> files = request.key_paths;
  files.push_back(request.evidence_path);
  if (request.log_path) {
    files.push_back(request.log_key_path);
    if (!request.log_files) files.push_back(*request.log_path);
  }
  return build_walls({files, request.artifacts_dir, request.log_files ? request.log_files->descriptor() : -1});
}

Result<std::vector<std::string>> lock_down(std::span<const std::string> files) {
  return build_walls({.files = files, .directory = std::nullopt});
}

void appraise_each_locked_down(const Request& given, std::span<const std::string> files,
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
  if (const auto expected = expect_launchers(request); !expected)
    return tell_all(no_launchers(request, expected.error()));
  keep_freed_memory();
  std::vector<std::string> readable(files.begin(), files.end());
  readable.insert(readable.end(), request.key_paths.begin(), request.key_paths.end());
  const auto missing = lock_down(readable);
  if (!missing) return tell_all({"verifier-open", "", "a verifier in a sandbox of its own", to_text(missing.error())});
  for (const std::string& file : files) {
    request.evidence_path = file;
    AttestationResult result = appraise(request);
    result.not_proved.insert(result.not_proved.end(), missing->begin(), missing->end());
    each(file, result);
  }
}

BatchResult appraise_batch_locked_down(const Request& given) {
  Request request = given;
  if (request.policy_path) {
    auto policy = read_policy(*request.policy_path);
    if (!policy) return batch_not_read(*request.policy_path + " is not a policy: " + to_text(policy.error()));
    obey(request, *std::move(policy));
  }
  keep_freed_memory();
  const auto missing = build_walls({request.key_paths, "."});
  if (!missing) return batch_not_read(to_text(missing.error()));
  return appraise_batch(request);
}

AttestationResult appraise_locked_down(const Request& given) {
  Request request = given;
  // Read policy, challenge and nonce store before restricting this process. These files belong to the verifier, not to
  // a stranger. The walls must allow reading the keys that a policy names, and they forbid locking or writing a file.
  if (request.policy_path) {
    auto policy = read_policy(*request.policy_path);
    if (!policy) return not_appraised({"policy-unusable", *request.policy_path, "a policy", to_text(policy.error())});
    obey(request, *std::move(policy));
  }
  if (const auto expected = expect_launchers(request); !expected)
    return not_appraised(no_launchers(request, expected.error()));
  if (request.challenge_path) {
    auto challenge = read_challenge(*request.challenge_path);
    if (!challenge)
      return not_appraised({"challenge-unusable", *request.challenge_path, "a challenge", to_text(challenge.error())});
    answer_to(request, *std::move(challenge));
  }
  std::optional<NonceWriter> nonce_writer;
  if (request.state_path) {
    auto prepared = prepare_nonce_writer(request);
    if (!prepared)
      return not_appraised({"state-unusable", *request.state_path, "a state file", to_text(prepared.error())});
    nonce_writer = *std::move(prepared);
  }
  // Open the log's directory once. What is not a directory is read later, as the file of a proof.
  if (request.log_path) {
    if (auto files = tlog::Files::open(*request.log_path))
      request.log_files = std::make_shared<const tlog::Files>(*std::move(files));
  }
  const auto missing = lock_down(request);
  if (!missing)
    return not_appraised({"verifier-open", "", "a verifier in a sandbox of its own", to_text(missing.error())});
  AttestationResult result = appraise(request);
  result.not_proved.insert(result.not_proved.end(), missing->begin(), missing->end());
  if (result.verdict != Verdict::kAccepted || !nonce_writer) return result;
  // Record the nonce before reporting the acceptance. If the verifier crashes in between, the nonce counts as used and
  // never becomes valid again.
  if (const auto recorded = nonce_writer->record(); !recorded)
    withdraw(result, {"state-unwritten", *request.state_path, "a record of this nonce", to_text(recorded.error())});
  return result;
}

}  // namespace immure::verify
