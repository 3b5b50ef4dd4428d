#include "attest/host/core_dumps.hpp"

#include <span>

#include <fcntl.h>
#include <sys/resource.h>

#include "attest/mutation.hpp"
#include "file/io.hpp"
#include "sys/file.hpp"

namespace immure::attest {
namespace {

constexpr const char* kPattern = "/proc/sys/kernel/core_pattern";
constexpr std::uint64_t kMaxPatternBytes = 4096;

}  // namespace

void keep_memory_out_of_core_dumps() {
  const auto file = sys::open_at(AT_FDCWD, "/proc/self/coredump_filter", O_WRONLY);
  [[maybe_unused]] const auto written =
      file ? sys::write_all(file->get(), "0") : SysResult<void>(std::unexpected(file.error()));
  mutate_supervisor();
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0) return;
  limit.rlim_max = 1;
  ::setrlimit(RLIMIT_CORE, &limit);
}

Result<std::string> first_of_core_pattern(std::string_view pattern) {
  if (pattern.empty() || pattern == "\n") return std::string();
  const char first = pattern.front();
  if (first == '@')
    return fail(
        Code::kBlocked, "kernel.core_pattern",
        "begins with @: the kernel sends the core dump of any program to a socket of the host, whatever its limit",
        "Name a file or a pipe there, for example: sysctl -w kernel.core_pattern=core");
  return std::string(1, first > ' ' && first <= '~' ? first : '?');
}

Result<std::string> core_pattern() {
  const auto text = file::read_whole(kPattern, kMaxPatternBytes);
  if (!text)
    return fail(Code::kBlocked, kPattern, "cannot be read, so nobody knows where core dumps go",
                "Mount the host's /proc.", text.error().errno_value);
  return first_of_core_pattern(*text);
}

}  // namespace immure::attest
