/// The contents of the fixed files follow from three facts and from nothing else.
#include "probe/fixed_files.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace immure::probe {
namespace {

std::string content(const FixedFacts& facts, std::string_view path) {
  const auto files = fixed_files(facts);
  const auto found = std::ranges::find(files, path, &FixedFile::path);
  return found == files.end() ? "missing" : found->content;
}

TEST(FixedFiles, AreSortedAndNamedOnce) {
  const auto files = fixed_files({.processors = 2, .memory_bytes = 1 << 30, .program = "/usr/bin/sort"});
  const auto later = [](const FixedFile& one, const FixedFile& other) { return one.path >= other.path; };
  EXPECT_EQ(std::ranges::adjacent_find(files, later), files.end());
  EXPECT_EQ(files, fixed_files({.processors = 2, .memory_bytes = 1 << 30, .program = "/usr/bin/sort"}));
}

TEST(FixedFiles, KnowTheUserOfTheCell) {
  EXPECT_NE(content({}, "/etc/passwd").find("user:x:1000:1000:"), std::string::npos);
  EXPECT_NE(content({}, "/etc/group").find("user:x:1000:"), std::string::npos);
}

TEST(FixedFiles, CountTheProcessors) {
  const auto blocks = [](std::uint64_t processors) {
    const std::string text = content({.processors = processors}, "/proc/cpuinfo");
    std::uint64_t count = 0;
    for (std::size_t at = 0; (at = text.find("processor\t:", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  EXPECT_EQ(blocks(1), 1U);
  EXPECT_EQ(blocks(48), 48U);
  EXPECT_EQ(blocks(0), 1U);
  EXPECT_EQ(blocks(~std::uint64_t{0}), kMaxProcessors) << "a judge can compute the contents whatever evidence says";
  EXPECT_EQ(content({.processors = 1}, "/sys/devices/system/cpu/online"), "0\n");
  EXPECT_EQ(content({.processors = 48}, "/sys/devices/system/cpu/possible"), "0-47\n");
  EXPECT_NE(content({.processors = 3}, "/proc/stat").find("\ncpu2 0 "), std::string::npos);
  EXPECT_EQ(content({.processors = 3}, "/proc/stat").find("\ncpu3 "), std::string::npos);
}

TEST(FixedFiles, TellThePlansMemory) {
  EXPECT_TRUE(content({.memory_bytes = 2ULL << 30}, "/proc/meminfo").starts_with("MemTotal:        2097152 kB\n"));
}

TEST(FixedFiles, NameTheProgram) {
  EXPECT_EQ(content({.program = "/usr/bin/sort"}, "/proc/self/exe"), "/usr/bin/sort");
  const auto files = fixed_files({});
  EXPECT_EQ(std::ranges::count(files, true, &FixedFile::link), 1);
}

}  // namespace
}  // namespace immure::probe
