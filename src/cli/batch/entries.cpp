#include "cli/batch/entries.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/batch/names.hpp"
#include "cli/run/directories.hpp"
#include "cli/run/inputs.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::cli {
namespace {

constexpr std::string_view kEachIsARun =
    "Each directory there is the input of a run. With --each '*', each file is one, too.";

/// An input that nobody has looked at yet.
struct Candidate {
  std::string shown, entry;
};

/// Reads everything from an open file or pipe, up to a limit.
Result<std::string> read_list(const sys::Fd& list, const std::string& name) {
  constexpr std::size_t kLargest = 64U << 20, kPiece = 64U << 10;
  std::string bytes;
  while (true) {
    const std::size_t filled = bytes.size();
    bytes.resize(filled + kPiece);
    const auto count = sys::read_some(list.get(), std::as_writable_bytes(std::span(bytes).subspan(filled)));
    if (!count) return fail(Code::kBadInput, name, "cannot be read", {}, count.error().value);
    bytes.resize(filled + *count);
    if (*count == 0) return bytes;
    if (bytes.size() > kLargest)
      return fail(Code::kBadInput, name, "is larger than " + std::to_string(kLargest) + " bytes", "Make two batches.");
  }
}

Result<std::vector<Candidate>> listed_in_file(const std::string& from) {
  sys::Fd list;
  if (from == "-") {
    list = sys::Fd(::dup(STDIN_FILENO));
    if (!list) return fail(Code::kBadInput, "--from -", "standard input is closed");
  } else {
    TRY(const file::Place place, file::place_of(from));
    TRY(list, open_input_file(place));
  }
  TRY(const std::string text, read_list(list, from));
  std::vector<Candidate> found;
  for (std::string& line : lines_of(text)) found.push_back({.shown = std::move(line), .entry = {}});
  if (found.empty()) return fail(Code::kBadInput, from, "names no input", "Write one path in each line.");
  return found;
}

Result<std::vector<Candidate>> listed_in_directory(const sys::Fd& directory, const EntryChoice& choice,
                                                   std::size_t& passed_over) {
  const std::string& shown = *choice.in;
  const auto entries = file::entries_in(directory.get());
  if (!entries) return fail(Code::kBadInput, shown, "cannot be listed", {}, entries.error().value);
  std::vector<Candidate> found;
  for (const file::Listed& entry : *entries) {
    if (choice.each && ::fnmatch(choice.each->c_str(), entry.name.c_str(), FNM_PERIOD) != 0) {
      ++passed_over;
      continue;
    }
    found.push_back({.shown = (shown.ends_with('/') ? shown : shown + "/") + entry.name, .entry = entry.name});
  }
  if (!found.empty()) return found;
  if (choice.each) return fail(Code::kBadInput, shown, "holds nothing that matches " + *choice.each);
  return fail(Code::kBadInput, shown, "holds no directory", kEachIsARun);
}

/// The state of everything below a directory. Has no device numbers, because the kernel may number a disk anew when the
/// machine starts, and a batch must be able to go on after a power failure.
std::string state_of_tree(const sys::Fd& directory, const std::string& shown) {
  auto opened = sys::open_at(directory.get(), ".", O_RDONLY | O_DIRECTORY);
  if (!opened) return {};
  const auto entries = file::scan(opened->get(), shown);
  if (!entries) return {};
  file::Sha256 hash;
  for (const file::Entry& entry : *entries) {
    std::string line = std::to_string(static_cast<int>(entry.kind));
    for (const std::uint64_t number :
         {std::uint64_t{entry.mode}, entry.size, entry.inode, static_cast<std::uint64_t>(entry.mtime_ns),
          static_cast<std::uint64_t>(entry.ctime_ns)})
      line += " " + std::to_string(number);
    // A NUL ends the path and the target, because no path has this byte.
    line += " " + entry.path + '\0' + entry.target + '\0';
    hash.update(line);
  }
  return text::hex(hash.finish());
}

std::string state_of_file(const Identity& identity) {
  std::string line;
  for (const std::uint64_t number : {identity.size, identity.inode, static_cast<std::uint64_t>(identity.mtime_ns),
                                     static_cast<std::uint64_t>(identity.ctime_ns)})
    line += std::to_string(number) + " ";
  return file::sha256_hex(line);
}

/// Looks at the input once: what is it, and in which state?
Result<BatchEntry> look_at(const Candidate& candidate, const file::HeldDirectory* directory, bool files) {
  const std::string path = without_trailing_slashes(candidate.shown);
  if (path.empty()) return fail(Code::kBadInput, "--from", "names an empty path");
  TRY(const file::Place place, directory != nullptr
                                   ? file::place_in(directory->fd, directory->path, candidate.entry, candidate.shown)
                                   : file::place_of(path));
  const auto found = sys::open_at(place.directory.get(), place.name.c_str(), O_PATH | O_NOFOLLOW);
  struct stat status{};
  int failure = sys::error_of(found);
  if (failure == 0) failure = sys::error_of(::fstat, found->get(), &status);
  if (failure == ENOENT) return fail(Code::kBadInput, candidate.shown, "does not exist", "Check the list.");
  if (failure != 0) return fail(Code::kBadInput, candidate.shown, "its status cannot be read", {}, failure);
  const bool is_file = S_ISREG(status.st_mode);
  if (!S_ISDIR(status.st_mode) && !(files && is_file))
    return fail(Code::kBadInput, candidate.shown,
                files ? "is neither a directory nor a regular file" : "is not a directory",
                files ? "Name the file or directory itself, not a link." : std::string(kEachIsARun));
  const Identity identity = identity_of(status);
  return BatchEntry{.name = {},
                    .shown = candidate.shown,
                    .entry = candidate.entry,
                    .is_file = is_file,
                    .identity = identity,
                    .state = is_file ? state_of_file(identity) : state_of_tree(*found, candidate.shown)};
}

Result<void> give_names(std::vector<BatchEntry>& list, const std::optional<std::string>& pattern) {
  std::size_t number = 0;
  for (BatchEntry& entry : list) {
    TRY(entry.name,
        name_by(pattern.value_or("{name}"), {.path = entry.shown, .number = ++number, .count = list.size()}));
    CHECK_OK(check_run_name(entry.name, entry.shown));
  }
  std::ranges::stable_sort(list, {}, &BatchEntry::name);
  const auto twice = std::ranges::adjacent_find(list, {}, &BatchEntry::name);
  if (twice == list.end()) return {};
  return fail(Code::kBadInput, twice->shown,
              "and " + std::next(twice)->shown + " would both give their runs the name " + twice->name,
              "Give the runs different names with --name, for example --name '{parent}-{name}' or '{n}-{name}'.");
}

}  // namespace

std::vector<std::string> lines_of(std::string_view list) {
  const char separator = list.contains('\0') ? '\0' : '\n';
  std::vector<std::string> lines;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    if (end != 0) lines.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return lines;
}

Result<BatchEntries> batch_entries(const EntryChoice& choice) {
  BatchEntries entries;
  std::vector<Candidate> candidates;
  if (choice.in) {
    TRY(InputDirectory opened, input_directory(*choice.in));
    entries.directory.emplace(std::move(opened.directory), std::move(opened.path));
    TRY(candidates, listed_in_directory(entries.directory->fd, choice, entries.passed_over));
  } else {
    TRY(candidates, listed_in_file(*choice.from));
  }
  const bool files = choice.each || choice.from;
  for (const Candidate& candidate : candidates) {
    TRY(BatchEntry entry, look_at(candidate, entries.directory ? &*entries.directory : nullptr, files));
    entries.list.push_back(std::move(entry));
  }
  CHECK_OK(give_names(entries.list, choice.name));
  return entries;
}

}  // namespace immure::cli
