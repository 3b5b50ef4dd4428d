#include "attest/observe/caller.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <span>
#include <string_view>
#include <vector>

#include <fcntl.h>

#include "attest/host/proc_text.hpp"
#include "file/io.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"
#include "text/visible.hpp"

namespace immure::attest {
namespace {

/// The value of a field of /proc/PID/status; empty if the text does not have the field.
std::string_view field(std::string_view status, std::string_view name) {
  const std::size_t at = status.find(name);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = status.substr(at + name.size());
  return rest.substr(0, rest.find('\n'));
}

}  // namespace

// A read that spans two pages fails if the second page does not exist, so the function reads page by page.
std::optional<std::string> text_at(int pid, std::uint64_t address) {
  constexpr std::uint64_t kPiece = 256, kPage = 4096;
  std::string text;
  std::array<char, kPiece> piece{};
  while (text.size() < PATH_MAX) {
    const std::uint64_t size = std::min(kPiece, kPage - address % kPage);
    const auto count = sys::read_memory(pid, address, std::as_writable_bytes(std::span(piece)).first(size));
    if (!count || *count == 0) return std::nullopt;
    const std::string_view read(piece.data(), *count);
    const std::size_t end = read.find('\0');
    text += read.substr(0, end);
    if (end != std::string_view::npos) return text;
    address += *count;
  }
  return std::nullopt;
}

std::string directory_of(int pid, int directory) {
  const std::string link =
      "/proc/" + std::to_string(pid) + (directory == AT_FDCWD ? "/cwd" : "/fd/" + std::to_string(directory));
  return sys::link_target(AT_FDCWD, link.c_str()).value_or(std::string());
}

Caller caller_of(int thread) {
  constexpr std::uint64_t kStatusBytes = 64U << 10U;
  const auto status = file::read_whole("/proc/" + std::to_string(thread) + "/status", kStatusBytes);
  if (!status) return {};
  const std::vector<std::string_view> numbers = words(field(*status, "\nNStgid:\t"));
  return {.process = number<int>(field(*status, "\nTgid:\t")),
          .number_in_cell = numbers.empty() ? 0 : number<int>(numbers.back()),
          .name = text::visible(field(*status, "Name:\t"))};
}

}  // namespace immure::attest
