#include "render/call_names.hpp"

#include <cstdlib>
#include <memory>

#include <seccomp.h>

#include "sys/machine.hpp"

namespace immure::render {

std::string call_name(std::string_view architecture, std::uint32_t number) {
  const auto machine = sys::machine_named(architecture);
  if (!machine) return std::to_string(number);
  const std::uint32_t table = *machine == sys::Machine::kX86_64 ? SCMP_ARCH_X86_64 : SCMP_ARCH_AARCH64;
  const std::unique_ptr<char, decltype(&std::free)> name(
      ::seccomp_syscall_resolve_num_arch(table, static_cast<int>(number)), &std::free);
  return name ? name.get() : std::to_string(number);
}

}  // namespace immure::render
