#include "cell/walls.hpp"

#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

#include "cell/step.hpp"
#include "probe/fixed_files.hpp"
#include "probe/runner.hpp"
#include "sys/file.hpp"
#include "sys/landlock.hpp"
#include "sys/syscall.hpp"

namespace immure::cell {
namespace {

/// The last part of probe::kScratchPath.
constexpr const char* kScratchName = probe::kScratchPath + sizeof "/out/" - 1;

// The supervisor has hashed this directory. If the path leads to another directory by now, do not mount it.
SysResult<sys::Fd> open_same(const Source& source) {
  TRY(sys::Fd directory, sys::open_at(AT_FDCWD, source.path, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  struct stat status{};
  CHECK_OK(sys::checked(sys::raw(__NR_newfstatat, directory.get(), "", &status, AT_EMPTY_PATH)));
  if (status.st_dev != source.device || status.st_ino != source.inode) return std::unexpected(Errno{ESTALE});
  return directory;
}

SysResult<sys::Fd> take_tree(const Source& source) {
  if (source.detached >= 0) return sys::Fd(source.detached);
  TRY(const sys::Fd directory, open_same(source));
  return sys::clone_tree(directory.get(), "");
}

SysResult<sys::Fd> image_tree(const Spec& spec, const MountRule& rule) {
  TRY(sys::Fd tree, take_tree(spec.image));
  CHECK_OK(sys::restrict_tree(tree.get(), rule.flags, rule.with_submounts));
  return tree;
}

SysResult<sys::Fd> input_tree(const Spec& spec, sys::Fd staged, const MountRule& rule) {
  sys::Fd tree = std::move(staged);
  if (!tree) {
    TRY(tree, take_tree(spec.input));
  }
  CHECK_OK(sys::restrict_tree(tree.get(), rule.flags, rule.with_submounts));
  return tree;
}

SysResult<sys::Fd> output_tree(const Spec& spec, const MountRule& rule) {
  // Allow one inode more, which the root directory takes.
  TRY(sys::Fd tree, sys::new_tmpfs(spec.limits.output_bytes, spec.limits.output_files + 1, 0700, rule.flags));
  if (spec.scratch) CHECK_OK(sys::checked(sys::raw(__NR_mkdirat, tree.get(), kScratchName, 0700)));
  CHECK_OK(weaken_output(spec, tree.get()));
  // If the payload may read /out, put no secret there; the probes look for the secret all the same.
  if (spec.read_back) return tree;
  TRY(const sys::Fd secret, sys::open_at(tree.get(), ".immure-secret", O_WRONLY | O_CREAT | O_EXCL, 0600));
  CHECK_OK(sys::write_all(secret.get(), spec.secret));
  return tree;
}

// Mounts the image over the old root, so that no directory of the host is needed as a mount point. pivot_into() then
// swaps the two.
SysResult<void> attach_over_root(const sys::Fd& image) {
  TRY(const sys::Fd old_root, sys::open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  return sys::attach(image.get(), old_root.get(), "");
}

SysResult<void> allow(int ruleset, const Spec& spec, const char* path, std::uint64_t rights) {
  TRY(const sys::Fd opened, sys::open_at(AT_FDCWD, path, O_PATH | O_NOFOLLOW));
  return sys::allow_beneath(ruleset, spec.landlock_abi, opened.get(), rights);
}

}  // namespace

std::uint64_t null_device_flags() { return weakened_null(sys::kReadOnly | sys::kNoSuid | sys::kNoExec); }

SysResult<void> build_walls(const Spec& spec, sys::Fd staged, Page& page) {
  const MountRules rules = weakened(kMountRules);
  sys::Fd image, input, output;
  STEP(kImage, into(image, image_tree(spec, rules.image)));
  STEP(kImage, attach_over_root(image));
  STEP(kInput, into(input, input_tree(spec, std::move(staged), rules.input)));
  STEP(kInput, sys::attach(input.get(), image.get(), "in"));
  STEP(kOutput, into(output, output_tree(spec, rules.output)));
  STEP(kOutput, sys::attach(output.get(), image.get(), "out"));
  STEP(kPivot, sys::pivot_into(image.get()));
  return {};
}

SysResult<sys::Fd> payload_ruleset(const Spec& spec) {
  using namespace sys::access;
  const MountRules rules = weakened(kMountRules);
  TRY(sys::Fd ruleset, sys::new_ruleset(spec.landlock_abi));
  // There is no rule for / as a whole, because Landlock rules reach through mount points, and /out must not become
  // readable.
  for (const char* name : spec.readable) {
    // The kernel answers EINVAL to a rule that gives a file the rights of a directory (landlock_add_rule(2)).
    const bool directory = std::string_view(name).ends_with('/');
    const bool executes = spec.image_executes && name != probe::kHelperFixtures;
    CHECK_OK(allow(ruleset.get(), spec, name,
                   (directory ? kReadFile | kReadDirectory : kReadFile) | (executes ? kExecute : 0)));
  }
  for (const char* path : spec.executables) CHECK_OK(allow(ruleset.get(), spec, path, kExecute));
  CHECK_OK(allow(ruleset.get(), spec, rules.input.target, rules.input.rights));
  constexpr std::uint64_t kRead = kReadFile | kReadDirectory;
  CHECK_OK(allow(ruleset.get(), spec, rules.output.target, rules.output.rights | (spec.read_back ? kRead : 0)));
  // The rule follows the directory itself, wherever the payload may rename it.
  if (spec.scratch) CHECK_OK(allow(ruleset.get(), spec, probe::kScratchPath, kRead));
  return ruleset;
}

}  // namespace immure::cell
