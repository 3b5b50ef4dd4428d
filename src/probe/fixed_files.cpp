#include "probe/fixed_files.hpp"

#include <algorithm>

#include "probe/runner.hpp"

namespace immure::probe {
namespace {

/// A file whose contents depend on nothing.
struct Constant {
  std::string_view path, content;
};

// The program runs as user and group 1000. The kernel shows the owners of all other files as id 65534, whose usual name
// keeps listings readable. No password can match `x`, and there is no shadow file.
constexpr Constant kConstants[] = {
    // For a reader, an empty file is the same as the null device. A program that opens the file for writing gets a
    // descriptor of the device itself (attest/observe/devices.hpp).
    {"/dev/null", ""},
    {"/etc/group",
     "root:x:0:\n"
     "user:x:1000:\n"
     "nogroup:x:65534:\n"},
    {"/etc/hosts",
     "127.0.0.1\tlocalhost\n"
     "::1\tlocalhost\n"},
    {"/etc/machine-id", "00000000000000000000000000000000\n"},
    {"/etc/nsswitch.conf",
     "passwd: files\n"
     "group: files\n"
     "shadow: files\n"
     "hosts: files\n"
     "networks: files\n"
     "protocols: files\n"
     "services: files\n"},
    {"/etc/passwd",
     "root:x:0:0:root:/:/usr/sbin/nologin\n"
     "user:x:1000:1000:user:/:/bin/sh\n"
     "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"},
};

std::string cpu_list(std::uint64_t processors) {
  return processors == 1 ? "0\n" : "0-" + std::to_string(processors - 1) + "\n";
}

/// One block for each processor. Programs count the blocks. The text does not tell the model of the host's processor.
std::string cpuinfo(std::uint64_t processors) {
  std::string text;
  for (std::uint64_t i = 0; i < processors; ++i)
    text += "processor\t: " + std::to_string(i) + "\nmodel name\t: unknown\ncpu MHz\t\t: 0.000\n\n";
  return text;
}

/// The file calls all of the plan's memory free, because nobody updates the file while the program runs.
std::string meminfo(std::uint64_t bytes) {
  const std::string kilobytes = std::to_string(bytes / 1024);
  std::string text;
  const auto line = [&](std::string_view name, std::string_view value) {
    std::string field(name);
    field += ':';
    field.resize(16, ' ');
    const std::size_t width = 8;
    text += field + std::string(width - std::min(width, value.size()), ' ') + std::string(value) + " kB\n";
  };
  for (const std::string_view name : {"MemTotal", "MemFree", "MemAvailable"}) line(name, kilobytes);
  for (const std::string_view name : {"Buffers", "Cached", "SwapCached", "SwapTotal", "SwapFree", "Shmem"})
    line(name, "0");
  return text;
}

/// The lines say only how many processors there are. All times in the lines are 0.
std::string stat(std::uint64_t processors) {
  constexpr std::string_view kTimes = " 0 0 0 0 0 0 0 0 0 0\n";
  std::string text = "cpu " + std::string(kTimes);
  for (std::uint64_t i = 0; i < processors; ++i) text += "cpu" + std::to_string(i) + std::string(kTimes);
  return text + "intr 0\nctxt 0\nbtime 0\nprocesses 1\nprocs_running 1\nprocs_blocked 0\n";
}

}  // namespace

std::vector<FixedFile> constant_files() {
  std::vector<FixedFile> files;
  for (const Constant& constant : kConstants)
    files.push_back({.path = std::string(constant.path), .content = std::string(constant.content)});
  return files;
}

std::vector<FixedFile> helper_fixtures() {
  std::vector<FixedFile> files;
  for (const char* path : {kDeclared, kDeclaredScript, kUndeclared})
    files.push_back({.path = path, .content = std::string(helper_fixture(path)), .executable = true});
  return files;
}

std::vector<FixedFile> fixed_files(const FixedFacts& facts) {
  const std::uint64_t processors = std::clamp<std::uint64_t>(facts.processors, 1, kMaxProcessors);
  std::vector<FixedFile> files = constant_files();
  files.push_back({.path = "/proc/cpuinfo", .content = cpuinfo(processors)});
  files.push_back({.path = "/proc/meminfo", .content = meminfo(facts.memory_bytes)});
  files.push_back({.path = "/proc/self/exe", .content = facts.program, .link = true});
  files.push_back({.path = "/proc/stat", .content = stat(processors)});
  files.push_back({.path = "/sys/devices/system/cpu/online", .content = cpu_list(processors)});
  files.push_back({.path = "/sys/devices/system/cpu/possible", .content = cpu_list(processors)});
  if (facts.scratch)
    for (const std::string_view path : kScratchLinks)
      files.push_back({.path = std::string(path), .content = kScratchPath, .link = true});
  if (facts.helpers)
    for (FixedFile& file : helper_fixtures()) files.push_back(std::move(file));
  std::ranges::sort(files, {}, &FixedFile::path);
  return files;
}

}  // namespace immure::probe
