#include "attest/input.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/input_parts.hpp"
#include "attest/stage.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"

namespace immure::attest {

namespace {

/// True if `listed` is a listing of `directory`. The path of the directory may lead to another directory by now.
bool is_of(const std::vector<file::Entry>& listed, const sys::Fd& directory) {
  struct stat status{};
  return !listed.empty() && ::fstat(directory.get(), &status) == 0 && status.st_ino == listed.front().inode &&
         status.st_dev == listed.front().device;
}

/// The directory /in of a cell's task, as the task sees it.
Result<sys::Fd> open_mounted_input(int payload_pid) {
  const std::string path = "/proc/" + std::to_string(payload_pid) + "/root";
  auto root = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
  if (root) {
    auto input = sys::open_at(root->get(), "in", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (input) return std::move(*input);
    root = std::unexpected(input.error());
  }
  return fail(Code::kBlocked, path, "/in cannot be reached from outside", "Needs the host's /proc.",
              root.error().value);
}

/// True if the path of `listed` beneath `mounted` still leads to the file that was listed.
bool is_same_file(const sys::Fd& mounted, const file::Entry& listed) {
  const auto opened = sys::open_beneath(mounted.get(), listed.path.c_str(), O_PATH | O_NOFOLLOW);
  struct stat status{};
  return opened && ::fstat(opened->get(), &status) == 0 && status.st_ino == listed.inode &&
         status.st_dev == listed.device;
}

std::unexpected<Error> mounted_meanwhile(const std::string& name, const std::string& path) {
  return fail(Code::kBlocked, name + "/" + path, "is another file in the cell than when immure listed the input",
              "Somebody mounts, unmounts or changes files there. Try again when nobody does, or use --stage.");
}

Result<void> check_paths(const OpenInput& input, const std::string& name) {
  for (const file::Entry& entry : input.entries) {
    if (entry.path.size() < PATH_MAX) continue;
    return fail(Code::kBadInput, name, "holds a path of " + std::to_string(entry.path.size()) + " bytes",
                "No program can open a path of more than 4095 bytes. Move the file into a higher directory.");
  }
  return {};
}

auto identity(const file::Entry& entry) {
  return std::tie(entry.path, entry.kind, entry.mode, entry.size, entry.inode, entry.device, entry.mtime_ns,
                  entry.ctime_ns, entry.target);
}

}  // namespace

std::vector<std::string> mounts_below(const OpenInput& input) {
  std::vector<std::string> paths;
  for (const file::Entry& entry : input.entries) {
    if (entry.mount_point) paths.push_back(entry.path);
  }
  return paths;
}

std::string first_difference(const std::vector<file::Entry>& one, const std::vector<file::Entry>& other) {
  const auto [first, second] = std::ranges::mismatch(one, other, {}, identity, identity);
  if (first != one.end()) return first->path;
  return second != other.end() ? second->path : std::string();
}

Result<void> check_mounted_input(const OpenInput& input, const std::string& name, int payload_pid, bool mounts_changed,
                                 const GoOn& go_on) {
  if (input.staged) return {};
  TRY(const sys::Fd mounted, open_mounted_input(payload_pid));
  for (const file::Entry& entry : input.entries) {
    const bool concerned = entry.mount_point || &entry == &input.entries.front();
    if (concerned && !is_same_file(mounted, entry)) return mounted_meanwhile(name, entry.path);
  }
  if (!mounts_changed) return {};
  TRY(const std::vector<file::Entry> seen, list_input(mounted.get(), name, go_on));
  if (const std::string path = first_difference(input.entries, seen); !path.empty())
    return mounted_meanwhile(name, path);
  return {};
}

Result<OpenInput> open_parts(const plan::Plan& plan, std::vector<OpenPart> parts, std::vector<std::string>& left_out,
                             const GoOn& go_on) {
  OpenInput input;
  input.parts = std::move(parts);
  TRY(input.entries, list_parts(input.parts, go_on));
  CHECK_OK(check_paths(input, plan.input_name));
  left_out = leave_out_channels(input);
  input.staged = true;
  return input;
}

Result<std::vector<file::Entry>> list_again(const OpenInput& input, const std::string& name, const GoOn& go_on) {
  if (input.from_drop) return list_drop(input.directory.get(), name, go_on);
  return input.parts.empty() ? list_input(input.directory.get(), name, go_on) : list_parts(input.parts, go_on);
}

Result<OpenInput> open_input(const plan::Plan& plan, sys::Fd directory, bool staged, std::vector<file::Entry> listed,
                             std::vector<std::string>& left_out, const GoOn& go_on) {
  OpenInput input;
  input.directory = std::move(directory);
  if (is_of(listed, input.directory)) {
    input.entries = std::move(listed);
  } else {
    TRY(input.entries, list_input(input.directory.get(), plan.input_name, go_on));
  }
  input.from_drop = std::ranges::any_of(input.entries, &file::Entry::unread);
  if (staged) {
    left_out = leave_out_channels(input);
    input.staged = true;
  }
  CHECK_OK(check_paths(input, plan.input_name));
  if (staged) return input;
  for (const file::Entry& entry : input.entries) {
    if (entry.kind == file::Kind::kFile || entry.kind == file::Kind::kDirectory || entry.kind == file::Kind::kLink)
      continue;
    return fail(Code::kBadInput, plan.input_name + "/" + entry.path,
                "is a " + std::string(file::name(entry.kind)) + ", a channel out of the cell",
                "Remove it from the input, or use --stage to give the cell a copy without it.");
  }
  return input;
}

Result<std::vector<file::Entry>> list_input(int directory, const std::string& name, const GoOn& go_on) {
  return file::scan(directory, name, {.readers = sys::processors(), .go_on = go_on});
}

namespace {

/// True if the cell could not read the entry: immure itself may not, or root reads for an owner who may not.
bool is_closed(int directory, const file::Entry& entry, std::uint32_t owner) {
  if (entry.kind == file::Kind::kLink || entry.path == ".") return false;
  const bool is_directory = entry.kind == file::Kind::kDirectory;
  const unsigned needed = is_directory ? 05U : 04U;
  if ((entry.mode & needed) == needed) return false;
  if (::geteuid() == 0) return owner != 0 && entry.uid != owner;
  const int wanted = is_directory ? R_OK | X_OK : R_OK;
  return sys::error_of(::faccessat, directory, entry.path.c_str(), wanted, AT_EACCESS | AT_SYMLINK_NOFOLLOW) != 0;
}

}  // namespace

Result<std::vector<file::Entry>> list_drop(int directory, const std::string& name, const GoOn& go_on) {
  TRY(std::vector<file::Entry> entries, file::scan(directory, name,
                                                   {.capabilities = true,
                                                    .leave_unread = true,
                                                    .leave_closed = true,
                                                    .readers = sys::processors(),
                                                    .go_on = go_on}));
  const std::uint32_t owner = entries.front().uid;
  // What lies below a directory that cannot be read cannot be reached. The directory comes before everything in it.
  std::string closed;
  for (file::Entry& entry : entries) {
    const bool below = !closed.empty() && entry.path.starts_with(closed);
    entry.unread = entry.unread || below || entry.path.size() >= PATH_MAX || is_closed(directory, entry, owner);
    if (entry.unread && !below && entry.kind == file::Kind::kDirectory) closed = entry.path + "/";
  }
  return entries;
}

Result<void> check_readable(const OpenInput& input, const std::string& name, const GoOn& go_on) {
  constexpr unsigned kEverybody = 0444;
  for (const file::Entry& entry : input.entries) {
    if (entry.kind != file::Kind::kFile || (entry.mode & kEverybody) == kEverybody) continue;
    CHECK_OK(go_on());
    const PlaceInPart place = place_in_part(input.parts, entry.path);
    // A file that is a part has been opened for reading already.
    if (place.part != nullptr && place.rest.empty()) continue;
    const sys::Fd& directory = place.part != nullptr ? place.part->opened : input.directory;
    const std::string& path = place.part != nullptr ? place.rest : entry.path;
    const int failure =
        sys::error_of(::faccessat, directory.get(), path.c_str(), R_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
    if (failure == 0) continue;
    return fail(Code::kBadInput, name + "/" + entry.path, "cannot be read",
                "Take it out of the input or make it readable.", failure);
  }
  return {};
}

void count_input(evidence::Evidence& evidence, const OpenInput& input) {
  evidence::Input& counts = evidence.input;
  for (const file::Entry& entry : input.entries) {
    if (entry.kind == file::Kind::kFile) {
      ++counts.files;
      counts.bytes += entry.size;
    }
    if (entry.kind == file::Kind::kDirectory) ++counts.directories;
    if (entry.kind == file::Kind::kLink) ++counts.links;
  }
  counts.stat_before = file::stat_digest(input.entries);
}

}  // namespace immure::attest
