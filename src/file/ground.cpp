#include "file/ground.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "file/io.hpp"

namespace immure::file {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kXfs = 0x58465342, kBtrfs = 0x9123683e;
constexpr std::string_view kUntold = "this host does not show which disks its file system lies on";

/// The types, as statfs(2) reports them, of file systems on block devices of this machine.
constexpr std::array<std::uint64_t, 11> kOnDisks = {
    0xef53,      // ext2, ext3, ext4
    kXfs,        // xfs
    kBtrfs,      // btrfs
    0xf2f52010,  // f2fs
    0xca451a4e,  // bcachefs
    0x4d44,      // vfat
    0x2011bab0,  // exfat
    0x52654973,  // reiserfs
    0x3153464a,  // jfs
    0x73717368,  // squashfs
    0x9660,      // iso9660
};

struct Named {
  std::uint64_t type;
  std::string_view name;
};

/// File systems whose files lie only in memory. Pages of such files can stay pinned for any length of time.
constexpr auto kInMemory =
    std::to_array<Named>({{0x01021994, "tmpfs"}, {0x858458f6, "ramfs"}, {0x958458f6, "hugetlbfs"}});

constexpr auto kOfTheKernel = std::to_array<Named>({
    {0x9fa0, "proc"},           {0x62656572, "sysfs"},       {0x27e0eb, "cgroup"},
    {0x63677270, "cgroup2"},    {0x64626720, "debugfs"},     {0x74726163, "tracefs"},
    {0x73636673, "securityfs"}, {0xf97cff8c, "selinuxfs"},   {0x43415d53, "smackfs"},
    {0x5a3c69f0, "apparmorfs"}, {0xcafe4a11, "bpf"},         {0x1cd1, "devpts"},
    {0x19800202, "mqueue"},     {0x62656570, "configfs"},    {0xde5e81e4, "efivarfs"},
    {0x6165676c, "pstore"},     {0x42494e4d, "binfmt_misc"}, {0x7655821, "resctrl"},
    {0x6e736673, "nsfs"},       {0x65735543, "fusectl"},     {0x6e667364, "nfsd"},
    {0x67596969, "rpc_pipefs"}, {0x6c6f6f70, "binder"},
});

std::string_view name_of(std::uint64_t type, auto& named) {
  const auto found = std::ranges::find(named, type, &Named::type);
  return found == named.end() ? std::string_view() : found->name;
}

std::optional<std::uint64_t> type_of(int entry) {
  struct statfs held{};
  if (::fstatfs(entry, &held) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(held.f_type));
}

std::string line_of(const fs::path& path) {
  constexpr std::uint64_t kMost = 4096;
  auto text = read_whole(path, kMost).value_or("");
  return text.substr(0, text.find('\n'));
}

std::string number_of(dev_t device) { return std::to_string(::major(device)) + ":" + std::to_string(::minor(device)); }

bool starts_with_any(std::string_view name, auto& prefixes) {
  return std::ranges::any_of(prefixes, [name](std::string_view prefix) { return name.starts_with(prefix); });
}

std::string served(const std::string& name) {
  return "its file system lies on " + name + ", a block device that another machine or program serves";
}

/// True if a network or a program serves the disk, as its path in /sys shows: iSCSI sessions, ports of a storage
/// network, USB over a network, and disks that the kernel simulates. The disk's own name does not show who serves it.
bool is_served(const fs::path& place) {
  constexpr auto kOnTheWay = std::to_array<std::string_view>(
      {"session", "rport-", "vport-", "vhci_hcd", "tcm_loop", "pseudo_", "vduse", "virtual"});
  return std::ranges::any_of(place, [&](const fs::path& part) { return starts_with_any(part.native(), kOnTheWay); });
}

/// Another machine serves an NVMe disk unless the disk's controller is on this machine's own bus. A disk that can be
/// reached in several ways has its controllers in its subsystem.
bool is_local_nvme(const fs::path& disk) {
  constexpr auto kLocal = std::to_array<std::string_view>({"pcie", "apple-nvme"});
  std::error_code error;
  std::size_t found = 0;
  const auto local = [&](const fs::path& controller) {
    const std::string transport = line_of(controller / "transport");
    found += transport.empty() ? 0U : 1U;
    return transport.empty() || std::ranges::find(kLocal, transport) != kLocal.end();
  };
  const fs::path device = fs::canonical(disk / "device", error);
  if (error || !local(device)) return false;
  for (fs::directory_iterator item(device, error), end; !error && item != end; item.increment(error)) {
    if (item->path().filename().native().starts_with("nvme") && !local(item->path())) return false;
  }
  return !error && found > 0;
}

/// Follows a device down to the disks that it lies on.
class Descent {
 public:
  explicit Descent(const std::string& sys) {
    std::error_code error;
    root_ = fs::canonical(sys, error);
  }

  /// `link` is a link to the directory of a disk or of a partition in /sys.
  std::string judge(const fs::path& link, unsigned depth = 0) const {
    constexpr unsigned kDeepest = 16;
    std::error_code error;
    fs::path disk = fs::canonical(link, error);
    if (error || root_.empty() || depth > kDeepest) return std::string(kUntold);
    if (fs::exists(disk / "partition", error)) disk = disk.parent_path();
    const std::string name = disk.filename();
    constexpr auto kComposed = std::to_array<std::string_view>({"dm-", "md"});
    constexpr auto kServed = std::to_array<std::string_view>({"nbd", "rbd", "rnbd", "drbd", "etherd", "ublk"});
    if (name.starts_with("loop"))
      return "its file system lies on " + name +
             ", and everybody who may write the file behind this loop device can change it";
    if (starts_with_any(name, kServed)) return served(name);
    if (starts_with_any(name, kComposed)) return judge_parts(disk, depth);
    return judge_disk(disk, name);
  }

 private:
  std::string judge_parts(const fs::path& disk, unsigned depth) const {
    std::error_code error;
    std::size_t parts = 0;
    for (fs::directory_iterator part(disk / "slaves", error), end; !error && part != end; part.increment(error)) {
      ++parts;
      if (auto why = judge(part->path(), depth + 1); !why.empty()) return why;
    }
    return error || parts == 0 ? std::string(kUntold) : std::string();
  }

  std::string judge_disk(const fs::path& disk, const std::string& name) const {
    constexpr auto kInMemoryDisk = std::to_array<std::string_view>({"ram", "zram"});
    constexpr auto kDisks =
        std::to_array<std::string_view>({"sd", "sr", "vd", "xvd", "hd", "nvme", "mmcblk", "pmem", "dasd"});
    std::error_code error;
    if (starts_with_any(name, kInMemoryDisk)) {
      // A disk of compressed memory (zram) may write old pages to another device.
      const std::string behind = line_of(disk / "backing_dev");
      const bool alone = behind.empty() ? !fs::exists(disk / "backing_dev", error) && !error : behind == "none";
      return alone ? std::string() : std::string(kUntold);
    }
    if (!starts_with_any(name, kDisks)) return std::string(kUntold);
    const bool elsewhere = name.starts_with("nvme") ? !is_local_nvme(disk) : is_served(disk.lexically_relative(root_));
    return elsewhere ? served(name) : std::string();
  }

  fs::path root_;
};

/// A mount, read from a line of /proc/self/mountinfo.
struct Mount {
  std::string source, options;
};

std::optional<Mount> mount_of(std::uint64_t id, const std::string& mountinfo) {
  constexpr std::uint64_t kMost = 64U << 20U;
  const auto text = read_whole(mountinfo, kMost);
  if (!text) return std::nullopt;
  const std::string start = std::to_string(id) + " ";
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.starts_with(start)) continue;
    // No field before the dash contains blanks. The type, the source and the options follow the dash.
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) return std::nullopt;
    const std::size_t source = line.find(' ', dash + 3);
    const std::size_t options = source == std::string_view::npos ? source : line.find(' ', source + 1);
    if (options == std::string_view::npos) return std::nullopt;
    return Mount{std::string(line.substr(source + 1, options - source - 1)), std::string(line.substr(options + 1))};
  }
  return std::nullopt;
}

/// Judges the devices below a disk file system. `type` is the type that statfs(2) reports for the file system.
std::string why_changeable_below(int entry, std::uint64_t type, const GroundSources& sources) {
  struct statx status{};
  if (::statx(entry, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &status) != 0) return std::string(kUntold);
  dev_t device = ::makedev(status.stx_dev_major, status.stx_dev_minor);
  if (status.stx_dev_major == 0 || type == kXfs) {
    const auto mount =
        (status.stx_mask & STATX_MNT_ID) != 0 ? mount_of(status.stx_mnt_id, sources.mountinfo) : std::nullopt;
    // The data of an xfs may lie on a second device (rtdev).
    if (!mount || ("," + mount->options).contains(",rtdev=")) return std::string(kUntold);
    if (status.stx_dev_major == 0) {
      struct stat source{};
      const bool is_path = mount->source.starts_with('/');
      if (!is_path || ::stat(mount->source.c_str(), &source) != 0 || !S_ISBLK(source.st_mode))
        return std::string(kUntold);
      device = source.st_rdev;
    }
  }
  return type == kBtrfs ? why_changeable_btrfs(device, sources.sys) : why_changeable_device(device, sources.sys);
}

}  // namespace

std::string why_changeable_device(dev_t device, const std::string& sys) {
  return Descent(sys).judge(sys + "/dev/block/" + number_of(device));
}

std::string why_changeable_btrfs(dev_t device, const std::string& sys) {
  const std::string number = number_of(device);
  std::error_code error;
  for (fs::directory_iterator item(sys + "/fs/btrfs", error), end; !error && item != end; item.increment(error)) {
    bool has_device = false;
    std::string why;
    std::error_code broken;
    for (fs::directory_iterator one(item->path() / "devices", broken), last; !broken && one != last;
         one.increment(broken)) {
      has_device = has_device || line_of(one->path() / "dev") == number;
      if (why.empty()) why = Descent(sys).judge(one->path());
    }
    if (has_device) return broken ? std::string(kUntold) : why;
  }
  return std::string(kUntold);
}

std::string why_changeable(int entry, const GroundSources& sources) {
  const auto type = type_of(entry);
  if (!type) return "the type of its file system cannot be read";
  if (const std::string_view name = name_of(*type, kInMemory); !name.empty())
    return "it lies in memory (" + std::string(name) + "), and a former owner may still be able to write to its pages";
  if (std::ranges::find(kOnDisks, *type) == kOnDisks.end())
    return "another machine or program can change its file system without this kernel noticing";
  return why_changeable_below(entry, *type, sources);
}

std::string why_root_changeable(int entry, const GroundSources& sources) {
  constexpr std::uint64_t kOverlay = 0x794c7630;
  if (type_of(entry) == kOverlay) return {};
  std::string why = why_changeable(entry, sources);
  std::error_code error;
  const bool has_sys = fs::exists(sources.sys + "/dev/block", error) || error;
  return why == kUntold && !has_sys ? std::string() : why;
}

Result<void> check_holds_data(int entry, const std::string& where) {
  const auto type = type_of(entry);
  const std::string_view name = type ? name_of(*type, kOfTheKernel) : std::string_view();
  if (name.empty()) return {};
  return fail(Code::kBadInput, where,
              "lies on " + std::string(name) +
                  ", a file system that the kernel generates, so its contents change by themselves",
              "Unmount this file system, or name a directory without it.");
}

}  // namespace immure::file
