#include "venue/outer_filter.hpp"

namespace immure::venue {

// An allowlist would have to hold every call that a positive control makes, which are most of what a kernel has; so
// this one names what neither the entrypoint, the controls nor a payload may need: the calls that change the machine.
std::string outer_filter_json() {
  return R"({"architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],"defaultAction":"SCMP_ACT_ALLOW",)"
         R"("syscalls":[{"action":"SCMP_ACT_ERRNO","names":["delete_module","finit_module","init_module","kexec_file_load",)"
         R"("kexec_load"]}]})";
}

}  // namespace immure::venue
