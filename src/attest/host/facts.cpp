#include "attest/host/facts.hpp"

#include <array>
#include <cstddef>
#include <string_view>

#include <fcntl.h>

#include "attest/host/proc_text.hpp"
#include "sys/file.hpp"

namespace immure::attest {
namespace {

/// The first line of a short file; nothing if the file cannot be read.
std::optional<std::string> first_line(const std::string& path) {
  const auto file = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  if (!file) return std::nullopt;
  std::array<std::byte, 4096> bytes{};
  const auto count = sys::read_some(file->get(), bytes);
  if (!count) return std::nullopt;
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), *count);
  return std::string(take(text, '\n'));
}

}  // namespace

std::optional<std::string> setting(const std::string& name) {
  const auto line = first_line("/proc/sys/" + name);
  return line ? std::optional(collapsed(*line)) : std::nullopt;
}

std::optional<std::string> confining_profile() {
  auto profile = first_line("/proc/self/attr/apparmor/current");
  return profile == "unconfined" ? std::nullopt : profile;
}

}  // namespace immure::attest
