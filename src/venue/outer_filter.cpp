#include "venue/outer_filter.hpp"

namespace immure::venue {

std::string outer_filter_json() {
  return R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86","SCMP_ARCH_X32"],"syscalls":[]})";
}

}  // namespace immure::venue
