#include "attest/observe/devices.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include <fcntl.h>

#include "file/io.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"

namespace immure::attest {
namespace {

/// A device path that names a descriptor of the program, and the number of this descriptor.
struct Standard {
  std::string_view path;
  int number;
};
constexpr Standard kStandard[] = {{"/dev/fd/1", 1},   {"/dev/fd/2", 2},       {"/dev/stderr", 2},
                                  {"/dev/stdout", 1}, {"/proc/self/fd/1", 1}, {"/proc/self/fd/2", 2}};

/// The process of a thread: only the number of a process can be opened (pidfd_open(2)). Returns the number itself if
/// /proc does not say.
int process_of(int thread) {
  constexpr std::uint64_t kStatusBytes = 64U << 10U;
  constexpr std::string_view kField = "\nTgid:\t";
  const auto text = file::read_whole("/proc/" + std::to_string(thread) + "/status", kStatusBytes);
  const std::size_t at = text ? text->find(kField) : std::string::npos;
  int process = thread;
  if (at != std::string::npos) std::from_chars(text->data() + at + kField.size(), text->data() + text->size(), process);
  return process;
}

/// A copy of the caller's own descriptor of this number; nothing if it cannot be copied.
sys::Fd own_descriptor(int pid, int number) {
  const auto process = sys::open_process(process_of(pid));
  if (!process) return {};
  auto taken = sys::take_descriptor(*process, number);
  return taken ? std::move(*taken) : sys::Fd();
}

}  // namespace

sys::Fd Devices::descriptor_for(const Attempt& attempt, int pid) const {
  if (!null_ || attempt.special || attempt.makes_directory) return {};
  const std::string path = normalised(attempt.path);
  if (path == "/dev/null") {
    // Open the device again through its descriptor, so that each caller gets an open file description of its own.
    const std::string own = "/proc/self/fd/" + std::to_string(null_.get());
    auto opened = sys::open_at(AT_FDCWD, own.c_str(), attempt.flags | O_NOCTTY);
    return opened ? std::move(*opened) : sys::Fd();
  }
  const auto* standard = std::ranges::find(kStandard, path, &Standard::path);
  if (standard == std::end(kStandard) || attempt.reads) return {};
  return own_descriptor(pid, standard->number);
}

std::vector<evidence::Device> Devices::handed_out() const {
  std::vector<evidence::Device> list;
  for (const auto& [path, count] : counts_) list.push_back({count, path});
  return list;
}

}  // namespace immure::attest
