/// The places where the mutation tests (tests/mutation/) weaken what the supervisor does, or make the supervisor lie.
/// The tests then check that immure notices the difference. In the product every function here does nothing, and the
/// compiler removes the calls.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attest/host/neighbours.hpp"
#include "cell/spec.hpp"
#include "evidence/evidence.hpp"
#include "probe/fixed_files.hpp"
#include "sys/bpf.hpp"
#include "sys/channel.hpp"
#include "sys/fd.hpp"

#if defined(IMMURE_MUTANTS)
#define IMMURE_SEAM(...) void __VA_ARGS__;
#else
#define IMMURE_SEAM(...) \
  inline void __VA_ARGS__ {}
#endif

namespace immure::attest {

/// Called before the first process of a run is started.
IMMURE_SEAM(mutate_supervisor())
/// The stage of a pipeline that the supervisor works on from now on, counted from 1; 0: the run is no pipeline.
IMMURE_SEAM(mutate_stage(std::uint32_t))
/// Called after the supervisor has given up its supplementary groups.
IMMURE_SEAM(mutate_groups())
/// The memory that the control group may take.
IMMURE_SEAM(mutate_group_limit(std::uint64_t&))
IMMURE_SEAM(mutate_neighbours(Neighbourhood&))
/// The environment of the payload.
IMMURE_SEAM(mutate_environment(std::vector<std::string>&))
IMMURE_SEAM(mutate_filter(std::vector<sys::Instruction>&))
/// The fixed files that the supervisor tells the cell to find.
IMMURE_SEAM(mutate_fixed_files(std::vector<probe::FixedFile>&))
/// The directory of the image, and its path.
IMMURE_SEAM(mutate_image(sys::Fd&, std::string&))
/// Called after the channels to the cell were opened.
IMMURE_SEAM(mutate_spec(cell::Spec&))
/// Called for a system call that the observer was notified of, before the kernel continues the call.
IMMURE_SEAM(mutate_answer(const sys::Fd&, std::uint64_t))
/// The errno with which the supervisor denies a call of a run that is explained; 0: the kernel continues the call.
IMMURE_SEAM(mutate_denial(int&))
/// The descriptor that the observer is about to hand out, if any.
IMMURE_SEAM(mutate_device(sys::Fd&))
/// The namespaces and the control group that the cell starts in.
IMMURE_SEAM(mutate_start(std::uint64_t&, int&, cell::Spec&))
/// Called with the process id of a cell's first process, after the supervisor has set up this process from outside.
IMMURE_SEAM(mutate_cell(int))
/// The command that builds the outer walls.
IMMURE_SEAM(mutate_outer(std::vector<std::string>&))
/// The process that has connected to the socket of the entrypoint, and the user id that the process should have.
IMMURE_SEAM(mutate_peer(sys::Peer&, std::uint32_t))
/// Called before each judgement of the evidence.
IMMURE_SEAM(mutate_evidence(evidence::Evidence&))

}  // namespace immure::attest

#undef IMMURE_SEAM
