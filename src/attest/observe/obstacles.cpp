#include "attest/observe/obstacles.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <sys/socket.h>

#include "sys/syscall.hpp"
#include "text/hex.hpp"
#include "text/list.hpp"

namespace immure::attest {
namespace {

struct Named {
  std::uint64_t value;
  std::string_view name;
};
constexpr Named kFamilies[] = {{AF_UNIX, "AF_UNIX"},       {AF_INET, "AF_INET"},     {AF_INET6, "AF_INET6"},
                               {AF_NETLINK, "AF_NETLINK"}, {AF_PACKET, "AF_PACKET"}, {AF_VSOCK, "AF_VSOCK"},
                               {AF_ALG, "AF_ALG"}};
constexpr Named kTypes[] = {{SOCK_STREAM, "SOCK_STREAM"},
                            {SOCK_DGRAM, "SOCK_DGRAM"},
                            {SOCK_RAW, "SOCK_RAW"},
                            {SOCK_SEQPACKET, "SOCK_SEQPACKET"}};

template <std::size_t size>
std::string name_in(const Named (&list)[size], std::uint64_t value) {
  const auto* found = std::ranges::find(list, value, &Named::value);
  return found == std::end(list) ? std::to_string(value) : std::string(found->name);
}

/// PROT_* of mmap(2), as people write it.
std::string protection(std::uint64_t bits) {
  constexpr Named kBits[] = {{1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}};
  std::string text;
  for (const Named& bit : kBits)
    if ((bits & bit.value) != 0) text::append_item(text, bit.name, "|");
  return text.empty() ? "PROT_NONE" : text;
}

std::string hexadecimal(std::uint64_t value) { return "0x" + text::hex_number(value); }

/// What the kernel reads of an argument that is an int.
constexpr std::uint64_t low(std::uint64_t argument) { return argument & 0xffffffffU; }

void add(std::uint64_t& count, std::uint64_t more) {
  count += std::min(more, std::numeric_limits<std::uint64_t>::max() - count);
}

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

void Obstacles::search_on(const Obstacle& lookup) {
  constexpr std::size_t kLongestSearch = 256;
  const std::string_view name = last_name(lookup.detail);
  if (search_.process != lookup.doer.number || search_.name != name)
    search_ = {.process = lookup.doer.number, .name = std::string(name), .missing = {}};
  if (search_.missing.size() < kLongestSearch) search_.missing.emplace_back(lookup.number, lookup.what, lookup.detail);
}

void Obstacles::found(std::string_view path, int process) {
  if (search_.process == process && search_.name == last_name(path)) {
    Kept& lookups = kinds_.at(std::to_underlying(Obstacle::Kind::kLookup));
    for (const Key& key : search_.missing) {
      const auto known = lookups.known.find(key);
      if (known != lookups.known.end()) known->second.found_later = true;
    }
  }
  search_ = {};
}

void Obstacles::note(Obstacle obstacle) {
  Kept& kept = kinds_.at(static_cast<std::size_t>(std::to_underlying(obstacle.kind)));
  if (obstacle.kind == Obstacle::Kind::kLookup) search_on(obstacle);
  obstacle.last = ++noted_;
  obstacle.count = 1;
  auto known = kept.known.find({obstacle.number, obstacle.what, obstacle.detail});
  if (known == kept.known.end() && obstacle.kind == Obstacle::Kind::kCall && !obstacle.detail.empty() &&
      ++details_[obstacle.number] > kMostOfOneCall) {
    obstacle.detail = "other arguments";
    known = kept.known.find({obstacle.number, obstacle.what, obstacle.detail});
  }
  if (known != kept.known.end()) {
    Obstacle& before = known->second;
    add(before.count, 1);
    before.last = obstacle.last;
    before.found_later = false;
    before.is_new = before.is_new && obstacle.is_new;
    before.from_workdir = before.from_workdir && obstacle.from_workdir;
    before.others = before.others || before.doer.number != obstacle.doer.number;
    return;
  }
  if (kept.known.size() < kMost) {
    Key key(obstacle.number, obstacle.what, obstacle.detail);
    kept.known.emplace(std::move(key), std::move(obstacle));
    return;
  }
  add(uncounted_, kept.newest.count);
  kept.newest = std::move(obstacle);
}

Explanation Obstacles::list() const {
  Explanation all{.obstacles = {}, .uncounted = uncounted_, .last = noted_};
  for (const Kept& kept : kinds_) {
    for (const auto& [key, obstacle] : kept.known) all.obstacles.push_back(obstacle);
    if (kept.newest.count != 0) all.obstacles.push_back(kept.newest);
  }
  return all;
}

std::string call_detail(std::uint32_t number, const std::array<std::uint64_t, 6>& arguments, std::string_view path) {
  constexpr std::uint64_t kTypeBits = 0xf;  // the other bits are SOCK_CLOEXEC and SOCK_NONBLOCK
  switch (number) {
    case __NR_socket:
    case __NR_socketpair:
      return name_in(kFamilies, low(arguments[0])) + ", " + name_in(kTypes, low(arguments[1]) & kTypeBits);
    case __NR_mmap:
    case __NR_mprotect: return protection(low(arguments[2]));
    case __NR_ioctl:
    case __NR_fcntl: return hexadecimal(low(arguments[1]));
    case __NR_prctl: return std::to_string(low(arguments[0]));
    case __NR_kill: return "signal " + std::to_string(low(arguments[1]));
    default: return std::string(path);
  }
}

int path_argument(std::uint32_t number) {
  switch (number) {
    case __NR_execve:
    case __NR_truncate:
    case __NR_chroot:
    case __NR_memfd_create:
    case __NR_inotify_add_watch: return number == __NR_inotify_add_watch ? 1 : 0;
    case __NR_execveat:
    case __NR_mknodat:
    case __NR_fchmodat:
    case __NR_fchownat:
    case __NR_openat: return 1;
    case __NR_symlinkat: return 2;
    case __NR_linkat: return 3;
#if defined(__NR_open)
    case __NR_open:
    case __NR_mknod:
    case __NR_chmod:
    case __NR_chown:
    case __NR_lchown: return 0;
    case __NR_symlink:
    case __NR_link: return 1;
#endif
    default: return -1;
  }
}

}  // namespace immure::attest
