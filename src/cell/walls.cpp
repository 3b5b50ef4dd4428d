#include "cell/walls.hpp"

#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

#include "cell/omission.hpp"
#include "probe/runner.hpp"
#include "sys/file.hpp"
#include "sys/landlock.hpp"
#include "sys/syscall.hpp"

namespace immure::cell {
namespace {

// The supervisor looked at this directory and digested it; a path that now leads elsewhere must not be mounted.
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

std::uint64_t input_flags() {
  std::uint64_t flags = 0;
  if (!omitted(Omission::kInputReadOnly)) flags |= sys::kReadOnly;
  if (!omitted(Omission::kInputNoSuid)) flags |= sys::kNoSuid;
  if (!omitted(Omission::kInputNoDevices)) flags |= sys::kNoDev;
  if (!omitted(Omission::kInputNoExec)) flags |= sys::kNoExec;
  return flags;
}

std::uint64_t image_flags() {
  std::uint64_t flags = 0;
  if (!omitted(Omission::kRootReadOnly)) flags |= sys::kReadOnly;
  if (!omitted(Omission::kRootNoSuid)) flags |= sys::kNoSuid;
  if (!omitted(Omission::kRootNoDevices)) flags |= sys::kNoDev;
  return flags;
}

std::uint64_t output_flags() {
  std::uint64_t flags = 0;
  if (!omitted(Omission::kOutputNoSuid)) flags |= sys::kNoSuid;
  if (!omitted(Omission::kOutputNoDevices)) flags |= sys::kNoDev;
  if (!omitted(Omission::kOutputNoExec)) flags |= sys::kNoExec;
  return flags;
}

SysResult<sys::Fd> image_tree(const Spec& spec) {
  TRY(sys::Fd tree, take_tree(spec.image));
  CHECK_OK(sys::restrict_tree(tree.get(), image_flags()));
  return tree;
}

SysResult<sys::Fd> input_tree(const Spec& spec, sys::Fd staged) {
  sys::Fd tree = std::move(staged);
  if (!tree) {
    TRY(tree, take_tree(spec.input));
  }
  CHECK_OK(sys::restrict_tree(tree.get(), input_flags(), !omitted(Omission::kSubmountReadOnly)));
  return tree;
}

SysResult<sys::Fd> output_tree(const Spec& spec) {
  // One inode is the root directory's own.
  TRY(sys::Fd tree, sys::new_tmpfs(spec.limits.output_bytes, spec.limits.output_files + 1, 0700, output_flags()));
  TRY(const sys::Fd secret, sys::open_at(tree.get(), ".immure-secret", O_WRONLY | O_CREAT | O_EXCL, 0600));
  CHECK_OK(sys::write_all(secret.get(), spec.secret));
  return tree;
}

SysResult<void> attach_mutations(const sys::Fd& image) {
  if (omitted(Omission::kThirdMount)) {
    TRY(const sys::Fd extra, sys::new_tmpfs(1 << 20, 16, 0755, sys::kReadOnly));
    CHECK_OK(sys::attach(extra.get(), image.get(), "out"));
  }
  if (omitted(Omission::kStackedInput)) {
    TRY(const sys::Fd stacked,
        sys::new_tmpfs(1 << 20, 16, 0755, sys::kReadOnly | sys::kNoSuid | sys::kNoDev | sys::kNoExec));
    CHECK_OK(sys::attach(stacked.get(), image.get(), "in"));
  }
  return {};
}

SysResult<void> allow(int ruleset, const Spec& spec, const char* path, std::uint64_t rights) {
  TRY(const sys::Fd opened, sys::open_at(AT_FDCWD, path, O_PATH | O_NOFOLLOW));
  return sys::allow_beneath(ruleset, spec.landlock_abi, opened.get(), rights);
}

}  // namespace

SysResult<void> build_walls(const Spec& spec, sys::Fd staged, Page& page) {
  page.step = Step::kImage;
  TRY(const sys::Fd image, image_tree(spec));
  // Over the old root, so that no directory of the host is needed as a mount point; pivot_into then swaps the two.
  TRY(const sys::Fd old_root, sys::open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  CHECK_OK(sys::attach(image.get(), old_root.get(), ""));

  page.step = Step::kInput;
  TRY(const sys::Fd input, input_tree(spec, std::move(staged)));
  CHECK_OK(sys::attach(input.get(), image.get(), "in"));

  page.step = Step::kOutput;
  TRY(const sys::Fd output, output_tree(spec));
  CHECK_OK(sys::attach(output.get(), image.get(), "out"));
  CHECK_OK(attach_mutations(image));

  page.step = Step::kPivot;
  return sys::pivot_into(image.get());
}

SysResult<sys::Fd> payload_ruleset(const Spec& spec) {
  using namespace sys::access;
  constexpr std::uint64_t kRead = kReadFile | kReadDirectory;
  constexpr std::uint64_t kWrite =
      kWriteFile | kTruncate | kMakeRegular | kMakeDirectory | kRemoveFile | kRemoveDirectory | kRefer;
  TRY(sys::Fd ruleset, sys::new_ruleset(spec.landlock_abi));
  // Not one rule for /: Landlock rules reach through mount points, and /out must not become readable.
  for (const char* name : spec.readable) {
    // A rule with a directory's rights on a file is EINVAL (landlock_add_rule(2)).
    CHECK_OK(allow(ruleset.get(), spec, name, std::string_view(name).ends_with('/') ? kRead : kReadFile));
  }
  for (const char* path : spec.executables) CHECK_OK(allow(ruleset.get(), spec, path, kExecute));
  CHECK_OK(allow(ruleset.get(), spec, "/in", kRead));
  CHECK_OK(allow(ruleset.get(), spec, "/out", kWrite | (omitted(Omission::kLandlockOutput) ? kRead : 0)));
  return ruleset;
}

}  // namespace immure::cell
