#include <gtest/gtest.h>

#include <seccomp.h>
#include <cstdlib>

#include "file/io.hpp"
#include "filter_answers.hpp"
#include "sys/machine.hpp"
#include "sys/numbers.hpp"

namespace immure::plan {
namespace {

using namespace sweep;

std::string verdict(std::uint32_t value) {
  if (value == kRetAllow) return "allow";
  if (value == kRetKillProcess) return "kill";
  if ((value & 0xffff0000U) == kRetErrno) return "errno " + std::to_string(value & 0xffffU);
  return std::to_string(value);
}

/// Lists each call that is not simply denied: number, name, the answer if all arguments are zero, and if all bits are
/// set.
std::string table(std::span<const sys::Instruction> filter) {
  std::string text;
  for (std::uint32_t number = 0; number <= sys::nr::kLast; ++number) {
    const std::uint32_t zeros = answer(filter, number),
                        ones = answer(filter, number, {kOnes, kOnes, kOnes, kOnes, kOnes, kOnes});
    if (zeros == kEperm && ones == kEperm) continue;
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
    text += std::to_string(number) + " " + (name != nullptr ? name : "?") + ": " + verdict(zeros);
    if (ones != zeros) text += " | " + verdict(ones);
    text += "\n";
    ::free(name);
  }
  return text;
}

// Each machine has its own numbers, and so its own golden file.
std::string golden_path(const std::string& profile) {
  const std::string machine =
      sys::kThisMachine == sys::Machine::kX86_64 ? "" : "-" + std::string(sys::name(sys::kThisMachine));
  return std::string(IMMURE_SOURCE_DIR) + "/tests/unit/plan/golden/filter-" + profile + machine + ".txt";
}

// Set IMMURE_UPDATE_GOLDEN=1 to write the tables anew.
TEST(Filter, AnswersExactlyAsTheGoldenTables) {
  for (const std::string& profile : kProfiles) {
    const std::string now = table(filter_of(profile).instructions);
    if (std::getenv("IMMURE_UPDATE_GOLDEN") != nullptr) {
      ASSERT_TRUE(file::write_whole(golden_path(profile), now, 0644));
    }
    const auto golden = file::read_whole(golden_path(profile), 1 << 20);
    ASSERT_TRUE(golden) << profile;
    EXPECT_EQ(*golden, now) << profile;
  }
}

}  // namespace
}  // namespace immure::plan
