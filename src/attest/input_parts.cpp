#include "attest/input_parts.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"

namespace immure::attest {
namespace {

using file::Entry;
using file::Kind;

/// The directory that holds the parts. This directory exists only in the copy, so the entry has no times and no inode.
Entry root_entry() {
  Entry entry{.path = ".", .kind = Kind::kDirectory, .mode = 0755};
  entry.uid = ::geteuid();
  entry.gid = ::getegid();
  return entry;
}

Result<Entry> entry_of(const OpenPart& part) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, part.opened.get(), &status); failure != 0)
    return fail(Code::kSystem, part.name, "its status cannot be read", {}, failure);
  constexpr unsigned kPermissions = 07777;
  constexpr std::uint64_t kBlock = 512;
  Entry entry{.path = part.place, .kind = Kind::kFile, .mode = status.st_mode & kPermissions};
  entry.size = static_cast<std::uint64_t>(status.st_size);
  entry.inode = status.st_ino;
  entry.device = status.st_dev;
  entry.allocated = static_cast<std::uint64_t>(status.st_blocks) * kBlock;
  entry.uid = status.st_uid;
  entry.gid = status.st_gid;
  entry.links = static_cast<std::uint32_t>(status.st_nlink);
  entry.mtime_ns = file::nanoseconds(status.st_mtim);
  entry.ctime_ns = file::nanoseconds(status.st_ctim);
  return entry;
}

/// Lists a part that is a directory. The paths of the entries begin with the place of the part.
Result<std::vector<Entry>> entries_of(const OpenPart& part, const GoOn& go_on) {
  TRY(std::vector<Entry> entries,
      file::scan(part.opened.get(), part.name, {.readers = sys::processors(), .go_on = go_on}));
  for (Entry& entry : entries) entry.path = entry.path == "." ? part.place : part.place + "/" + entry.path;
  return entries;
}

/// The digest of a directory's manifest, as if the directory were the whole input.
std::string digest_of_tree(const OpenInput& input, const OpenPart& part, const std::vector<std::string>& digests) {
  std::vector<Entry> entries;
  std::vector<std::string> of_files;
  for (std::size_t i = 0; i < input.entries.size(); ++i) {
    const PlaceInPart place = place_in_part(input.parts, input.entries[i].path);
    if (place.part != &part) continue;
    entries.push_back(input.entries[i]);
    entries.back().path = place.rest.empty() ? "." : place.rest;
    of_files.push_back(digests[i]);
  }
  return file::manifest_digest(entries, of_files);
}

}  // namespace

Result<std::vector<Entry>> list_parts(const std::vector<OpenPart>& parts, const GoOn& go_on) {
  std::vector<Entry> entries;
  for (const OpenPart& part : parts) {
    if (part.is_file) {
      TRY(Entry entry, entry_of(part));
      entries.push_back(std::move(entry));
      continue;
    }
    TRY(std::vector<Entry> below, entries_of(part, go_on));
    entries.insert(entries.end(), std::make_move_iterator(below.begin()), std::make_move_iterator(below.end()));
  }
  std::ranges::sort(entries, {}, &Entry::path);
  entries.insert(entries.begin(), root_entry());
  return entries;
}

PlaceInPart place_in_part(const std::vector<OpenPart>& parts, const std::string& path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const auto part = std::ranges::find(parts, std::string_view(path).substr(0, slash), &OpenPart::place);
  if (part == parts.end()) return {};
  return {&*part, slash == path.size() ? std::string() : path.substr(slash + 1)};
}

SysResult<sys::Fd> open_entry(const OpenInput& input, const std::string& path) {
  const sys::Fd* directory = &input.directory;
  std::string below = path;
  if (!input.parts.empty()) {
    PlaceInPart place = place_in_part(input.parts, path);
    if (place.part == nullptr) return std::unexpected(Errno{ENOENT});
    directory = &place.part->opened;
    below = std::move(place.rest);
    if (below.empty()) {
      // Use a lambda, because fcntl(2) is variadic and the other sys::call() takes only functions with fixed
      // parameters.
      const auto copy = sys::call([&] { return ::fcntl(directory->get(), F_DUPFD_CLOEXEC, 3); });
      if (!copy) return std::unexpected(copy.error());
      return sys::Fd(*copy);
    }
  }
  return sys::open_beneath(directory->get(), below.c_str(), O_RDONLY | O_NONBLOCK);
}

std::vector<evidence::InputPart> describe_parts(const OpenInput& input, const std::vector<std::string>& digests) {
  std::vector<evidence::InputPart> described;
  for (const OpenPart& part : input.parts) {
    evidence::InputPart one{.name = part.name, .place = part.place, .sha256 = {}};
    const auto entry = std::ranges::find(input.entries, part.place, &Entry::path);
    if (digests.size() == input.entries.size() && entry != input.entries.end())
      one.sha256 = part.is_file ? digests[static_cast<std::size_t>(entry - input.entries.begin())]
                                : digest_of_tree(input, part, digests);
    described.push_back(std::move(one));
  }
  return described;
}

}  // namespace immure::attest
