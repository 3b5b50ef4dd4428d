#include "attest/output.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "attest/host/proc_text.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "probe/runner.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"
#include "text/visible.hpp"

namespace immure::attest {
namespace {

using file::Entry;
using file::Kind;

constexpr std::uint64_t kMaxMountinfo = 16ULL << 20;

/// The name of the directory for temporary files in /out.
constexpr const char* kScratchName = probe::kScratchPath + sizeof "/out/" - 1;

bool is_of_a_probe(const std::string& path) {
  return path != kScratchName && path.substr(path.rfind('/') + 1).starts_with(".immure-");
}

/// How many mounts of the caller's own namespace have this device (proc_pid_mountinfo(5)).
Result<std::uint32_t> own_mounts_of(dev_t device) {
  TRY(const std::string table, file::read_whole("/proc/self/mountinfo", kMaxMountinfo));
  const std::string wanted = std::to_string(major(device)) + ":" + std::to_string(minor(device));
  std::uint32_t count = 0;
  for (std::string_view rest = table; !rest.empty();) {
    const std::vector<std::string_view> fields = words(take(rest, '\n'));
    if (fields.size() > 2 && fields[2] == wanted) ++count;
  }
  return count;
}

}  // namespace

Result<evidence::OutputView> look_at_output(const sys::Fd& output, bool without_probes) {
  evidence::OutputView view;
  TRY(const std::vector<Entry> entries, file::scan(output.get(), "/out"));
  for (const Entry& entry : entries)
    if (entry.path != "." && !(without_probes && is_of_a_probe(entry.path)))
      view.entries.push_back(text::visible(entry.path) + ": " + std::string(file::name(entry.kind)));
  std::ranges::sort(view.entries);
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, output.get(), &status); failure != 0)
    return fail(Code::kBlocked, "/out", "its status cannot be read", {}, failure);
  TRY(view.mounts_elsewhere, own_mounts_of(status.st_dev));
  return view;
}

Result<sys::Fd> open_scratch(const sys::Fd& output) {
  auto opened = sys::open_at(output.get(), kScratchName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (opened) return std::move(*opened);
  return fail(Code::kBlocked, probe::kScratchPath, "the directory for temporary files is not there", {},
              opened.error().value);
}

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

Result<OutputState> check_and_clean(const sys::Fd& output, const std::string& control_bytes, bool scratch) {
  OutputState state;
  if (auto control = sys::open_beneath(output.get(), ".immure-control", O_RDONLY | O_NONBLOCK)) {
    std::array<char, 128> bytes{};
    const auto count = sys::read_some(control->get(), std::as_writable_bytes(std::span(bytes)));
    state.control_bytes_arrived = count && std::string_view(bytes.data(), *count) == control_bytes;
  }
  TRY(std::vector<Entry> entries, file::scan(output.get(), "/out"));
  std::ranges::reverse(entries);  // contents of a directory before the directory
  for (const Entry& entry : entries) {
    if (entry.path == "." || (scratch && entry.path == kScratchName)) continue;
    if (const int failure = sys::error_of(::unlinkat, output.get(), entry.path.c_str(),
                                          entry.kind == Kind::kDirectory ? AT_REMOVEDIR : 0);
        failure != 0)
      return fail(Code::kBlocked, "/out/" + entry.path, "left by a probe, cannot be removed", {}, failure);
  }
  const auto left = file::names_in(output.get());
  if (!left) return fail(Code::kBlocked, "/out", "cannot be listed", {}, left.error().value);
  state.empty = *left == (scratch ? std::vector<std::string>{kScratchName} : std::vector<std::string>());
  TRY(state.room, room_of(output, "/out"));
  return state;
}

}  // namespace immure::attest
