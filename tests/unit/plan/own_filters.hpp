/// Lists a filter's answers to every number of a table of calls, in a form that stays the same from build to build.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sys/mman.h>

#include "plan/filter/bpf_eval.hpp"

namespace immure::plan::sweep {

inline std::string word(std::optional<std::uint32_t> answer) {
  if (!answer) return "leaves its bounds";
  if (*answer == SECCOMP_RET_ALLOW) return "allow";
  if (*answer == SECCOMP_RET_KILL_PROCESS) return "kill";
  if ((*answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
    return strerrorname_np(static_cast<int>(*answer & 0xffffU));
  return std::to_string(*answer);
}

/// Every single bit of an argument, small numbers, all bits, and the only mask of two bits that a filter compares.
inline std::vector<std::uint64_t> values_to_try() {
  std::vector<std::uint64_t> values = {0, 3, 5, 6, 7, 9, ~std::uint64_t{0}, MAP_SHARED | MAP_ANONYMOUS};
  for (unsigned bit = 0; bit < 64; ++bit) values.push_back(std::uint64_t{1} << bit);
  return values;
}

/// The answer to a call without arguments, and for each argument the values that change the answer.
inline std::string answers_to(std::span<const sys::Instruction> filter, std::uint32_t architecture,
                              std::uint32_t number) {
  Call call{.number = number, .architecture = architecture};
  const auto plain = evaluate(filter, call);
  std::string text = word(plain);
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    std::map<std::string, std::string> others;
    for (const std::uint64_t value : values_to_try()) {
      call.arguments.at(i) = value;
      char digits[20];
      std::snprintf(digits, sizeof digits, " %llx", static_cast<unsigned long long>(value));
      if (const auto answer = evaluate(filter, call); answer != plain) others[word(answer)] += digits;
    }
    call.arguments.at(i) = 0;
    for (const auto& [answer, values] : others)
      text += "; " + answer + " for argument " + std::to_string(i) + " of" + values;
  }
  return text;
}

/// One line for each answer in each table, with the numbers of the calls that get the answer: `x32 kill: 0-1023`.
inline std::string swept(std::span<const sys::Instruction> filter) {
  struct Table {
    const char* name;
    std::uint32_t architecture, first;
  };
#if defined(__x86_64__)
  constexpr Table kTables[] = {{"x86_64", kArchX86_64, 0}, {"x32", kArchX86_64, kX32Bit}, {"i386", kArchI386, 0}};
#elif defined(__aarch64__)
  constexpr Table kTables[] = {{"aarch64", kArchAarch64, 0}, {"bit30", kArchAarch64, kX32Bit}, {"arm", kArchArm, 0}};
#endif
  std::string text;
  for (const Table& table : kTables) {
    std::map<std::string, std::vector<std::uint32_t>> numbers;
    for (std::uint32_t number = 0; number < sys::kCallNumbers; ++number)
      numbers[answers_to(filter, table.architecture, table.first + number)].push_back(number);
    for (const auto& [answers, having] : numbers) {
      text.append("  ").append(table.name).append(" ").append(answers).append(":");
      for (std::size_t i = 0; i < having.size(); ++i) {
        std::size_t last = i;
        while (last + 1 < having.size() && having[last + 1] == having[last] + 1) ++last;
        text += " " + std::to_string(having[i]);
        if (last != i) text += "-" + std::to_string(having[last]);
        i = last;
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace immure::plan::sweep
