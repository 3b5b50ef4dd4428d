#include "attest/engine/outer_filter.hpp"

#include <string_view>

#include "text/json_writer.hpp"

namespace immure::attest {
namespace {

// The architectures whose system calls the kernel of this machine offers.
#if defined(__x86_64__)
constexpr std::string_view kArchitectures[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"};
#elif defined(__aarch64__)
constexpr std::string_view kArchitectures[] = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
#endif

constexpr std::string_view kCalls[] = {"delete_module", "finit_module", "init_module", "kexec_file_load", "kexec_load"};

}  // namespace

// This is not an allowlist, because the positive controls make most of the calls that a kernel has. The filter denies
// only the calls that change the machine: neither the entrypoint, the controls nor a payload may need them.
std::string outer_filter_json() {
  std::string out;
  text::JsonWriter json(out);
  json.object().member("architectures", kArchitectures).member("defaultAction", "SCMP_ACT_ALLOW");
  json.key("syscalls").array().object().member("action", "SCMP_ACT_ERRNO").member("names", kCalls);
  json.close().close().close();
  return out;
}

}  // namespace immure::attest
