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
#include <unistd.h>

#include "file/io.hpp"
#include "file/sha256.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"

namespace immure::attest {
namespace {

using file::Entry;
using file::Kind;

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
  std::ranges::reverse(entries);  // contents of a directory before the directory
  for (const Entry& entry : entries) {
    if (entry.path == ".") continue;
    if (const int failure = sys::error_of(::unlinkat, output.get(), entry.path.c_str(),
                                          entry.kind == Kind::kDirectory ? AT_REMOVEDIR : 0);
        failure != 0)
      return fail(Code::kBlocked, "/out/" + entry.path, "left by a probe, cannot be removed", {}, failure);
  }
  const auto left = file::names_in(output.get());
  if (!left) return fail(Code::kBlocked, "/out", "cannot be listed", {}, left.error().value);
  state.empty = left->empty();
  TRY(state.room, room_of(output, "/out"));
  return state;
}

}  // namespace immure::attest
