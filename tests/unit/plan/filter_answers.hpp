/// The code that the tests of filters share: the built-in filters, and a filter's answer to one call.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/filter.hpp"

namespace immure::plan::sweep {

inline constexpr std::uint32_t kEperm = kRetErrno | 1U;
/// Success, although the call was not made.
inline constexpr std::uint32_t kFeigned = kRetErrno;
inline constexpr std::uint32_t kEnosys = kRetErrno | 38U;
inline constexpr std::uint64_t kOnes = ~std::uint64_t{0};
inline constexpr std::uint32_t kSwept = 1024;
inline const std::vector<std::string> kProfiles = {"static", "dynamic", "python", "jit", "inspect"};

using Arguments = std::array<std::uint64_t, 6>;

inline FilterProgram filter_of(const std::string& profile) {
  auto filter = builtin_filter(profile);
  EXPECT_TRUE(filter) << profile;
  return filter ? *filter : FilterProgram{};
}

inline std::uint32_t answer(std::span<const sys::Instruction> filter, std::uint32_t number,
                            const Arguments& arguments = {}, std::uint32_t architecture = kNativeArch) {
  const auto result = evaluate(filter, {.number = number, .architecture = architecture, .arguments = arguments});
  EXPECT_TRUE(result) << "call " << number;
  return result.value_or(0);
}

inline std::uint32_t answer(const std::string& profile, std::uint32_t number, const Arguments& arguments = {}) {
  return answer(filter_of(profile).instructions, number, arguments);
}

}  // namespace immure::plan::sweep
