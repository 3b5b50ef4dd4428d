/// Brings the names of sys/bpf_eval.hpp, which simulates filters, into this layer.
#pragma once

#include "sys/bpf_eval.hpp"

namespace immure::plan {

namespace bpf = sys::simulation::bpf;
using sys::simulation::Call;
using sys::simulation::CallTable;
using sys::simulation::evaluate;
using sys::simulation::holds;
using sys::simulation::kArchAarch64;
using sys::simulation::kArchArm;
using sys::simulation::kArchI386;
using sys::simulation::kArchX86_64;
using sys::simulation::kForeignTables;
using sys::simulation::kNativeArch;
using sys::simulation::kRetAllow;
using sys::simulation::kRetErrno;
using sys::simulation::kRetKillProcess;
using sys::simulation::kX32Bit;

}  // namespace immure::plan
