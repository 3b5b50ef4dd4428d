#include "venue/stage.hpp"

#include <algorithm>

#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.hpp"
#include "venue/harvest.hpp"

namespace immure::venue {
namespace {

using file::Entry;
using file::Kind;

bool is_channel(const Entry& entry) {
  return entry.kind != Kind::kFile && entry.kind != Kind::kDirectory && entry.kind != Kind::kLink;
}

/// Files are made as somebody else while this lives (setfsuid(2)); does nothing for an ordinary user.
class MadeAs {
 public:
  MadeAs(std::uint32_t uid, std::uint32_t gid) : uid_(::setfsuid(uid)), gid_(::setfsgid(gid)) {}
  ~MadeAs() {
    ::setfsuid(static_cast<uid_t>(uid_));
    ::setfsgid(static_cast<gid_t>(gid_));
  }
  MadeAs(const MadeAs&) = delete;
  MadeAs& operator=(const MadeAs&) = delete;

 private:
  int uid_, gid_;
};

Result<void> copy_bytes(const sys::Fd& from, const sys::Fd& to, const std::string& where) {
  std::vector<std::byte> buffer(256 << 10);
  while (true) {
    const auto count = sys::read_some(from.get(), buffer);
    if (!count) return fail(Code::kSystem, where, "cannot be read", {}, count.error().value);
    if (*count == 0) return {};
    if (const auto written = sys::write_all(to.get(), {buffer.data(), *count}); !written)
      return fail(Code::kSystem, where, "cannot be staged", {}, written.error().value);
  }
}

Result<void> copy_file(const OpenInput& input, const Entry& entry, const std::string& where, const sys::Fd& target,
                       std::uint32_t uid, std::uint32_t gid) {
  const auto from = sys::open_beneath(input.directory.get(), entry.path.c_str(), O_RDONLY | O_NONBLOCK);
  if (!from) return fail(Code::kBadInput, where, "cannot be read", {}, from.error().value);
  struct stat status{};
  if (::fstat(from->get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_ino != entry.inode)
    return fail(Code::kBadInput, where, "changed while it was staged");
  const MadeAs made_as(uid, gid);
  const auto to = sys::open_at(target.get(), entry.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!to) return fail(Code::kSystem, where, "cannot be staged", {}, to.error().value);
  CHECK_OK(copy_bytes(*from, *to, where));
  if (::fchmod(to->get(), entry.mode & 0777U) != 0) return fail(Code::kSystem, where, "cannot be staged", {}, errno);
  return {};
}

}  // namespace

std::vector<std::string> leave_out_channels(OpenInput& input) {
  // Whoever made the input chose their number and names, and the evidence has to have room for them.
  RefusedList left_out;
  for (const Entry& entry : input.entries) {
    if (is_channel(entry)) left_out.add(entry.path, file::name(entry.kind));
  }
  std::erase_if(input.entries, is_channel);
  return left_out.take();
}

StageSize stage_size(const OpenInput& input) {
  constexpr std::uint64_t kPage = 4096;
  StageSize size{.bytes = 1 << 20, .inodes = input.entries.size() + 16};
  for (const Entry& entry : input.entries) size.bytes += (entry.size + kPage) / kPage * kPage + kPage;
  return size;
}

Result<void> copy_input(const OpenInput& input, const std::string& name, const sys::Fd& target, std::uint32_t uid,
                        std::uint32_t gid) {
  for (const Entry& entry : input.entries) {
    const std::string where = name + "/" + entry.path;
    if (entry.path == ".") continue;
    if (entry.kind == Kind::kFile) {
      CHECK_OK(copy_file(input, entry, where, target, uid, gid));
      continue;
    }
    const MadeAs made_as(uid, gid);
    // The owner may always list and enter: it is the cell's own copy.
    const bool made = entry.kind == Kind::kDirectory
                          ? ::mkdirat(target.get(), entry.path.c_str(), (entry.mode & 0777U) | 0700U) == 0
                          : ::symlinkat(entry.target.c_str(), target.get(), entry.path.c_str()) == 0;
    if (!made) return fail(Code::kSystem, where, "cannot be staged", {}, errno);
  }
  return {};
}

}  // namespace immure::venue
