#include "venue/output.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/io.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/machine.hpp"

namespace immure::venue {
namespace {

using file::Entry;
using file::Kind;

bool printable_utf8(std::string_view name);

/// Why an entry stays behind; empty if it may come out.
std::string refusal(const Entry& entry) {
  // Names of captured streams among the subjects.
  if (entry.path == "stdout" || entry.path == "stderr") return "has the name of a stream";
  if (entry.kind != Kind::kFile && entry.kind != Kind::kDirectory) return "is a " + std::string(file::name(entry.kind));
  if ((entry.mode & 07000U) != 0) return "has set-user-ID, set-group-ID or sticky bits";
  if (entry.kind == Kind::kFile && entry.links != 1) return "has several links";
  if (!printable_utf8(entry.path)) return "has a name that is not printable UTF-8";
  return {};
}

// Names become subjects of a statement and lines on terminals: well-formed UTF-8 (RFC 3629) without control characters.
bool printable_utf8(std::string_view name) {
  for (std::size_t i = 0; i < name.size();) {
    const auto lead = static_cast<unsigned char>(name[i]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc2 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || i + length > name.size() || lead < 0x20 || lead == 0x7f) return false;
    std::uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(name[i + k]);
      if ((next & 0xc0U) != 0x80) return false;
      point = point << 6 | (next & 0x3fU);
    }
    constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    if (point >= 0x80 && point < 0xa0) return false;
    i += length;
  }
  return true;
}

Result<std::string> copy_bytes(const sys::Fd& from, const sys::Fd& to, const std::string& name) {
  file::Sha256 hash;
  // Not cleared: a small file touches one page of it.
  constexpr std::size_t kBlock = 256 << 10;
  const auto block = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  const std::span buffer(block.get(), kBlock);
  while (true) {
    const auto count = sys::read_some(from.get(), buffer);
    if (!count) return fail(Code::kSystem, name, "cannot be read from /out", {}, count.error().value);
    if (*count == 0) return file::hex(hash.finish());
    const std::span<const std::byte> bytes = buffer.first(*count);
    hash.update(bytes);
    if (const auto written = sys::write_all(to.get(), bytes); !written)
      return fail(Code::kSystem, name, "cannot be written to the output directory", {}, written.error().value);
  }
}

Result<evidence::Artifact> harvest_file(const sys::Fd& output, const sys::Fd& target, const std::string& directory,
                                        const Entry& entry) {
  const std::string where = directory + "/" + entry.path;
  auto from = sys::open_beneath(output.get(), entry.path.c_str(), O_RDONLY | O_NONBLOCK);
  if (!from) return fail(Code::kSystem, where, "cannot be opened in /out", {}, from.error().value);
  struct stat status{};
  if (::fstat(from->get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1)
    return fail(Code::kInternal, where, "changed while it was harvested");
  TRY(file::NewFile made, file::NewFile::create_in(target, entry.path, where));
  TRY(std::string digest, copy_bytes(*from, made.descriptor(), where));
  CHECK_OK(made.publish(entry.mode));
  return evidence::Artifact{entry.path, std::move(digest)};
}

/// In their order. On other processors too where there is enough for them.
Result<std::vector<evidence::Artifact>> harvest_files(const std::vector<const Entry*>& files, const sys::Fd& output,
                                                      const sys::Fd& target, const std::string& directory) {
  constexpr std::uint64_t kWorthAThread = 1 << 20;
  constexpr unsigned kMost = 8;
  std::vector<std::optional<Result<evidence::Artifact>>> results(files.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      results[i] = harvest_file(output, target, directory, *files[i]);
      if (!*results[i]) next = files.size();
    }
  };
  std::uint64_t bytes = 0;
  for (const Entry* file : files) bytes += file->size;
  const std::size_t threads =
      bytes < kWorthAThread ? 1 : std::min<std::size_t>({sys::processors(), files.size(), kMost});
  std::vector<std::jthread> helpers;
  try {
    while (helpers.size() + 1 < threads) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // Those there are do it.
  }
  work();
  helpers.clear();
  std::vector<evidence::Artifact> artifacts;
  for (auto& result : results) {
    if (result && !*result) return std::unexpected(std::move(result->error()));
    if (result) artifacts.push_back(**std::move(result));
  }
  return artifacts;
}

Result<void> make_directory(const sys::Fd& target, const std::string& directory, const Entry& entry) {
  if (::mkdirat(target.get(), entry.path.c_str(), entry.mode | 0700U) == 0) return {};
  return fail(Code::kSystem, directory + "/" + entry.path, "cannot be made", {}, errno);
}

bool below_refused(const std::string& path, const std::vector<std::string>& refused_paths) {
  return std::ranges::any_of(refused_paths,
                             [&](const std::string& refused) { return path.starts_with(refused + "/"); });
}

}  // namespace

Result<sys::Fd> open_output(int payload_pid) {
  const std::string path = "/proc/" + std::to_string(payload_pid) + "/root";
  auto root = sys::open_at(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY);
  if (root) {
    auto output = sys::open_at(root->get(), "out", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (output) return std::move(*output);
    root = std::unexpected(output.error());
  }
  return fail(Code::kBlocked, path, "/out cannot be reached from outside", "Needs the host's /proc.",
              root.error().value);
}

Result<OutputState> check_and_clean(const sys::Fd& output, const std::string& control_bytes) {
  OutputState state;
  if (auto control = sys::open_beneath(output.get(), ".immure-control", O_RDONLY | O_NONBLOCK)) {
    std::array<char, 128> bytes{};
    const auto count = sys::read_some(control->get(), std::as_writable_bytes(std::span(bytes)));
    state.control_bytes_arrived = count && std::string_view(bytes.data(), *count) == control_bytes;
  }
  TRY(std::vector<Entry> entries, file::scan(output.get(), "/out"));
  std::ranges::reverse(entries);  // what is in a directory before the directory
  for (const Entry& entry : entries) {
    if (entry.path == ".") continue;
    if (::unlinkat(output.get(), entry.path.c_str(), entry.kind == Kind::kDirectory ? AT_REMOVEDIR : 0) != 0)
      return fail(Code::kBlocked, "/out/" + entry.path, "left by a probe, cannot be removed", {}, errno);
  }
  TRY(state.room, room_of(output, "/out"));
  return state;
}

Result<Harvest> harvest(const sys::Fd& output, const std::string& directory) {
  auto target = sys::open_at(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!target) return fail(Code::kSystem, directory, "cannot be opened", {}, target.error().value);
  TRY(const std::vector<Entry> entries, file::scan(output.get(), "/out"));
  Harvest harvest;
  std::vector<const Entry*> files;
  std::vector<std::string> refused_paths;
  for (const Entry& entry : entries) {
    if (entry.path == "." || below_refused(entry.path, refused_paths)) continue;
    if (const std::string reason = refusal(entry); !reason.empty()) {
      refused_paths.push_back(entry.path);
      harvest.refused.push_back(entry.path + ": " + reason);
    } else if (entry.kind == Kind::kDirectory) {
      CHECK_OK(make_directory(*target, directory, entry));
    } else {
      files.push_back(&entry);
    }
  }
  TRY(harvest.artifacts, harvest_files(files, output, *target, directory));
  std::ranges::sort(harvest.artifacts, {}, &evidence::Artifact::name);
  std::ranges::sort(harvest.refused);
  return harvest;
}

}  // namespace immure::venue
