/// The supervisor's side of /out before the payload starts: the supervisor opens /out from outside and cleans it.
/// harvest.hpp is for the time after the payload.
#pragma once

#include <string>
#include <vector>

#include "attest/room.hpp"
#include "attest/start/cell.hpp"
#include "evidence/evidence.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::attest {

/// Opens /out of a waiting cell. The descriptor outlives the cell. Error kBlocked if /out cannot be reached through
/// /proc.
[[nodiscard]] Result<sys::Fd> open_output(int payload_pid);

/// Lists what is in /out, and counts the mounts of /out outside of the cell (evidence::OutputView). `without_probes`:
/// leaves out the files that probes make.
[[nodiscard]] Result<evidence::OutputView> look_at_output(const sys::Fd& output, bool without_probes);

/// Opens the directory for temporary files in /out. Error kBlocked if there is none.
[[nodiscard]] Result<sys::Fd> open_scratch(const sys::Fd& output);

/// Checks and removes the files that probes left in /out, then looks at /out again. The directory for temporary files
/// stays, if there is one.
struct OutputState {
  bool control_bytes_arrived = false;
  bool empty = false;  ///< what the supervisor saw after the cleaning
  Room room;
};
[[nodiscard]] Result<OutputState> check_and_clean(const sys::Fd& output, const std::string& control_bytes,
                                                  bool scratch);

}  // namespace immure::attest
