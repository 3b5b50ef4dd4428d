#include "attest/engine/outer_filter.hpp"

#include <string_view>

namespace immure::attest {
namespace {

// The tables that the kernel of this machine offers.
#if defined(__x86_64__)
constexpr std::string_view kArchitectures = R"("SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32")";
#elif defined(__aarch64__)
constexpr std::string_view kArchitectures = R"("SCMP_ARCH_AARCH64","SCMP_ARCH_ARM")";
#endif

}  // namespace

// An allowlist would have to hold every call that a positive control makes, which are most of what a kernel has; so
// this one names what neither the entrypoint, the controls nor a payload may need: the calls that change the machine.
std::string outer_filter_json() {
  return R"({"architectures":[)" + std::string(kArchitectures) + R"(],"defaultAction":"SCMP_ACT_ALLOW",)" +
         R"("syscalls":[{"action":"SCMP_ACT_ERRNO","names":["delete_module","finit_module","init_module","kexec_file_load",)"
         R"("kexec_load"]}]})";
}

}  // namespace immure::attest
