/// The supervisor's side of what a test may leave out (cell/omission.hpp).
#pragma once

#include <vector>

#include "sys/bpf.hpp"

namespace immure::venue {

#if defined(IMMURE_MUTANTS)
/// Lets through the system calls that the chosen omission names.
void mutate_filter(std::vector<sys::Instruction>& filter);
#else
inline void mutate_filter(std::vector<sys::Instruction>&) {}
#endif

}  // namespace immure::venue
