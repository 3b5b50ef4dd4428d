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

/// Checks and removes the files that probes left in /out, then looks at /out again.
struct OutputState {
  bool control_bytes_arrived = false;
  bool empty = false;  ///< what the supervisor saw after the cleaning
  Room room;
};
[[nodiscard]] Result<OutputState> check_and_clean(const sys::Fd& output, const std::string& control_bytes);

}  // namespace immure::attest
