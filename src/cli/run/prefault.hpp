/// Start-up cost.
#pragma once

namespace immure::cli {

/// Has the pages mapped at once that every command touches: the program's own and the first of the heap. A run takes
/// about two hundred page faults otherwise, which under a hypervisor is a tenth of its time.
void prefault();

}  // namespace immure::cli
