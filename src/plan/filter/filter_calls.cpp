#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include <seccomp.h>

#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/filter.hpp"
#include "plan/filter/filter_source.hpp"
#include "sys/numbers.hpp"

namespace immure::plan {
namespace {

using Arguments = std::array<std::uint64_t, 6>;

// Makes a call with the arguments that the rule asks for; all other arguments are zero.
Arguments satisfying(const FilterRule& rule) {
  Arguments arguments{};
  for (const ArgumentRule& argument : rule.arguments)
    arguments.at(argument.index) = argument.compare == Compare::kMaskedEqual ? argument.second : argument.value;
  return arguments;
}

std::vector<Arguments> worth_trying(const FilterSource& source, std::string_view name) {
  std::vector<Arguments> classes(2);
  classes[1].fill(~std::uint64_t{0});
  for (const FilterRule& rule : source.rules)
    if (std::ranges::find(rule.names, name) != rule.names.end()) classes.push_back(satisfying(rule));
  return classes;
}

}  // namespace

Result<std::vector<AnsweredCall>> answered_calls(std::string_view profile) {
  TRY(const std::string_view json, builtin_filter_json(profile));
  TRY(const FilterSource source, parse_filter_source(json, profile));
  TRY(const FilterProgram filter, builtin_filter(profile));
  std::vector<AnsweredCall> calls;
  for (std::uint32_t number = 0; number <= sys::nr::kLast; ++number) {
    const std::unique_ptr<char, decltype(&std::free)> found(
        ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number)), &std::free);
    AnsweredCall call{.number = number, .name = found ? found.get() : "", .always = true};
    std::optional<std::uint32_t> first;
    for (const Arguments& arguments : worth_trying(source, call.name)) {
      const auto answer =
          evaluate(filter.instructions, {.number = number, .architecture = kNativeArch, .arguments = arguments});
      if (!answer) return fail(Code::kInternal, profile, "the filter leaves its bounds");
      call.allowed = call.allowed || *answer == kRetAllow;
      call.always = call.always && *answer == first.value_or(*answer);
      first = answer;
      if ((*answer & 0xffff0000U) == kRetErrno) call.error = static_cast<std::uint16_t>(*answer & 0xffffU);
    }
    if (call.allowed || call.error != EPERM) calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace immure::plan
