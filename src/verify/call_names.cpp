#include "verify/call_names.hpp"

#include <cstdlib>
#include <memory>

#include <seccomp.h>

namespace immure::verify {

std::string call_name(std::string_view architecture, std::uint32_t number) {
  const std::uint32_t table = architecture == "x86_64"    ? SCMP_ARCH_X86_64
                              : architecture == "aarch64" ? SCMP_ARCH_AARCH64
                                                          : SCMP_ARCH_NATIVE;
  if (table == SCMP_ARCH_NATIVE) return std::to_string(number);
  const std::unique_ptr<char, decltype(&std::free)> name(
      ::seccomp_syscall_resolve_num_arch(table, static_cast<int>(number)), &std::free);
  return name ? name.get() : std::to_string(number);
}

}  // namespace immure::verify
