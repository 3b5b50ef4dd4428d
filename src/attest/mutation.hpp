/// The supervisor's side of what a test may leave out (cell/omission.hpp).
#pragma once

#include <string>
#include <vector>

#include "sys/bpf.hpp"

namespace immure::attest {

#if defined(IMMURE_MUTANTS)
/// Lets through the system calls that the chosen omission names.
void mutate_filter(std::vector<sys::Instruction>& filter);
/// Has the command that builds the outer walls hand the omission on to the entrypoint.
void mutate_outer(std::vector<std::string>& command);
#else
inline void mutate_filter(std::vector<sys::Instruction>&) {}
inline void mutate_outer(std::vector<std::string>&) {}
#endif

}  // namespace immure::attest
