#include "attest/lease.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "file/ground.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::attest {
namespace {

using file::Entry;
using file::Kind;

/// A lease shows that nobody has a file open for writing, but not that nobody holds the file's pages. A buffer that is
/// registered with io_uring(7), or a direct read that is still in progress, keeps pages of a file writable after the
/// mapping and the descriptor are gone, and stores to these pages change neither size nor times. So the file must be
/// one that only root or the caller could open for writing, on a file system whose pages cannot stay pinned from a time
/// when somebody else owned the file (file::why_changeable()). If the file has an access control list, the group bits
/// of the mode are the list's mask (acl(5)), so checking the mode covers the list too.
bool others_may_write(const struct statx& status) {
  const bool trusted_owner = status.stx_uid == 0 || status.stx_uid == ::geteuid();
  return !trusted_owner || (status.stx_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/// True if the file may be a mount of its own. Such a mount hides another file of the same name, which appears when
/// somebody unmounts it. Neither a lease nor the times of the directory reveal that.
bool may_be_mount(const struct statx& status) {
  return (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) == 0 ||
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

std::string why_no_lease(const std::string& path, int number) {
  if (number == EAGAIN) return path + " is open for writing";
  if (number == EACCES) return path + " belongs to another user";
  return path + " cannot be held by a lease (" + ::strerrorname_np(number) + ")";
}

}  // namespace

Leases::Leases(Leases&& other) noexcept
    : files_(std::move(other.files_)),
      refusal_(std::move(other.refusal_)),
      before_(std::exchange(other.before_, std::nullopt)) {}

Leases& Leases::operator=(Leases&& other) noexcept {
  std::swap(files_, other.files_);
  std::swap(refusal_, other.refusal_);
  std::swap(before_, other.before_);
  return *this;
}

Leases::~Leases() {
  files_.clear();
  if (before_) ::setrlimit(RLIMIT_NOFILE, &*before_);
}

Result<Leases> Leases::take(int root, const std::string& name, const std::vector<Entry>& entries, const GoOn& go_on) {
  Leases leases;
  CHECK_OK(leases.fill(root, name, entries, go_on));
  return leases;
}

void Leases::refuse(std::string why) {
  refusal_ = std::move(why);
  files_.clear();
}

// Raises the limit of descriptors for the supervisor only. The cell sets its own limit.
bool Leases::make_room(std::size_t files) {
  constexpr rlim_t kOthers = 1024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  const rlim_t wanted = files + std::min(kOthers, limit.rlim_max / 2);
  if (wanted <= limit.rlim_cur) return true;
  if (wanted > limit.rlim_max) return false;
  before_ = limit;
  limit.rlim_cur = wanted;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

Result<void> Leases::fill(int root, const std::string& name, const std::vector<Entry>& entries, const GoOn& go_on) {
  const auto count = std::ranges::count(entries, Kind::kFile, &Entry::kind);
  if (!make_room(static_cast<std::size_t>(count))) {
    refuse("it has more files than this process may open at once (ulimit -Hn)");
    return {};
  }
  files_.resize(entries.size());
  // A directory below the input may be a mount, so each file system is checked when its first entry is met.
  std::set<dev_t> holdable;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    if (entry.kind != Kind::kFile && holdable.contains(entry.device)) continue;
    CHECK_OK(go_on());
    auto opened = sys::open_beneath(root, entry.path.c_str(),
                                    entry.kind == Kind::kFile ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH);
    struct statx status{};
    if (!opened)
      return fail(Code::kBadInput, name + "/" + entry.path, "cannot be read", sys::lease_hint(opened.error().value),
                  opened.error().value);
    if (const int failure = sys::error_of(::statx, opened->get(), "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status);
        failure != 0)
      return fail(Code::kBadInput, name + "/" + entry.path, "its status cannot be read", {}, failure);
    const dev_t device = ::makedev(status.stx_dev_major, status.stx_dev_minor);
    if (!holdable.contains(device)) {
      if (auto why = file::why_changeable(opened->get()); !why.empty()) {
        refuse(std::move(why));
        return {};
      }
      holdable.insert(device);
    }
    if (entry.kind != Kind::kFile) continue;
    if (may_be_mount(status)) {
      refuse(entry.path + " is a mount of its own");
      return {};
    }
    if (others_may_write(status)) {
      refuse(entry.path + " can be written by another user");
      return {};
    }
    if (const auto lease = sys::call([&] { return ::fcntl(opened->get(), F_SETLEASE, F_RDLCK); }); !lease) {
      refuse(why_no_lease(entry.path, lease.error().value));
      return {};
    }
    files_[i] = std::move(*opened);
  }
  return {};
}

std::optional<std::size_t> Leases::broken() const {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (files_[i] && ::fcntl(files_[i].get(), F_GETLEASE) != F_RDLCK) return i;
  }
  return std::nullopt;
}

}  // namespace immure::attest
