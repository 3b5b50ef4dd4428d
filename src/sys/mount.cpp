#include "sys/mount.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>

#include "sys/numbers.hpp"
#include "sys/syscall.hpp"

namespace immure::sys {
namespace {

SysResult<void> configure(int context, const char* key, std::uint64_t number, int base) {
  char text[32] = {};
  std::to_chars(text, text + sizeof text - 1, number, base);
  CHECK_OK(checked(raw(__NR_fsconfig, context, FSCONFIG_SET_STRING, key, text, 0)));
  return {};
}

// The first version of struct mnt_id_req (statmount(2)).
struct Request {
  std::uint32_t size = 24;
  std::uint32_t spare = 0;
  std::uint64_t id = 0;
  std::uint64_t parameter = 0;
};

// struct statmount up to its string area. The kernel writes only the fields that the request asked for.
struct Status {
  std::uint32_t size, options;
  std::uint64_t mask;
  std::uint32_t sb_major, sb_minor;
  std::uint64_t sb_magic;
  std::uint32_t sb_flags, type;
  std::uint64_t id, parent;
  std::uint32_t old_id, old_parent;
  std::uint64_t attributes, propagation, peer_group, master, propagate_from;
  std::uint32_t root, point;
  std::uint64_t reserved[50];
  char text[512];
};

constexpr std::uint64_t kMountBasic = 0x2, kMountPoint = 0x10, kFileSystemType = 0x20;

bool copy_text(const char* from, std::span<char> to) {
  const std::size_t length = std::strlen(from);
  const std::size_t kept = std::min(length, to.size() - 1);
  std::memcpy(to.data(), from, kept);
  to[kept] = '\0';
  return kept == length;
}

SysResult<MountRow> read_mount(std::uint64_t id) {
  Request request{.id = id, .parameter = kMountBasic | kMountPoint | kFileSystemType};
  Status status{};
  MountRow row;
  const Raw ret = raw(nr::kStatmount, &request, &status, sizeof status, 0);
  if (ret == -EOVERFLOW) {
    row.cut = true;
    return row;
  }
  CHECK_OK(checked(ret));
  row.flags = status.attributes & (kReadOnly | kNoSuid | kNoDev | kNoExec);
  row.cut = !copy_text(status.text + status.point, row.point);
  row.cut = !copy_text(status.text + status.type, row.type) || row.cut;
  return row;
}

}  // namespace

SysResult<Fd> clone_tree(int directory, const char* path) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
  TRY(const long fd, checked(raw(__NR_open_tree, directory, path, flags)));
  return Fd(static_cast<int>(fd));
}

SysResult<void> restrict_tree(int tree, std::uint64_t flags, bool recursive) {
  mount_attr attr{};
  attr.attr_set = flags;
  attr.propagation = MS_PRIVATE;
  const unsigned at = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  CHECK_OK(checked(raw(__NR_mount_setattr, tree, "", at, &attr, sizeof attr)));
  return {};
}

SysResult<void> map_owners(int tree, int user_namespace) {
  mount_attr attr{};
  attr.attr_set = MOUNT_ATTR_IDMAP;
  attr.userns_fd = static_cast<std::uint64_t>(user_namespace);
  CHECK_OK(checked(raw(__NR_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr)));
  return {};
}

SysResult<Fd> new_tmpfs(std::uint64_t size_bytes, std::uint64_t inodes, unsigned mode, std::uint64_t flags) {
  TRY(const long context_fd, checked(raw(__NR_fsopen, "tmpfs", FSOPEN_CLOEXEC)));
  const Fd context(static_cast<int>(context_fd));
  CHECK_OK(configure(context.get(), "size", size_bytes, 10));
  CHECK_OK(configure(context.get(), "nr_inodes", inodes, 10));
  CHECK_OK(configure(context.get(), "mode", mode, 8));
  CHECK_OK(checked(raw(__NR_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0)));
  TRY(const long mount, checked(raw(__NR_fsmount, context.get(), FSMOUNT_CLOEXEC, flags)));
  return Fd(static_cast<int>(mount));
}

SysResult<void> attach(int tree, int directory, const char* path) {
  const unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (path[0] == '\0' ? MOVE_MOUNT_T_EMPTY_PATH : 0);
  CHECK_OK(checked(raw(__NR_move_mount, tree, "", directory, path, flags)));
  return {};
}

SysResult<void> pivot_into(int new_root) {
  CHECK_OK(checked(raw(__NR_fchdir, new_root)));
  // If both arguments are ".", the kernel stacks the old root on the new root, and the same name detaches the old root
  // (pivot_root(2), section "pivot_root(".", ".")").
  CHECK_OK(checked(raw(__NR_pivot_root, ".", ".")));
  CHECK_OK(checked(raw(__NR_umount2, ".", MNT_DETACH)));
  CHECK_OK(checked(raw(__NR_chdir, "/")));
  return {};
}

SysResult<std::size_t> read_mounts(std::span<MountRow> rows) {
  constexpr std::uint64_t kWholeNamespace = ~std::uint64_t{0};
  constexpr std::size_t kPage = 64;
  std::uint64_t ids[kPage];
  std::size_t total = 0;
  Request request{.id = kWholeNamespace};
  while (true) {
    TRY(const long count, checked(raw(nr::kListmount, &request, ids, kPage, 0)));
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i, ++total) {
      if (total >= rows.size()) continue;
      TRY(rows[total], read_mount(ids[i]));
    }
    if (static_cast<std::size_t>(count) < kPage) return total;
    request.parameter = ids[kPage - 1];
  }
}

}  // namespace immure::sys
