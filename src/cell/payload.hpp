/// The task that becomes the payload: restricts itself, probes its own walls, waits for the gate, executes once.
#pragma once

#include "cell/spec.hpp"
#include "probe/runner.hpp"

namespace immure::cell {

/// Entry for sys::clone_sharing_memory; `argument` is a World. Returns only on failure.
[[nodiscard]] int payload_main(void* argument);

/// What the probes of one stage need to know, with the stack and the buffer of this stage.
[[nodiscard]] probe::Context probe_context(World& world, probe::Stage stage);

}  // namespace immure::cell
