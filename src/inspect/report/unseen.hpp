/// What of the drop cannot be seen in the cell: whoever starts the inspector writes it down, and it enters as data.
/// A copy of the drop has no devices, FIFOs and sockets, no set-id bits and no hard links; extended attributes are in
/// no cell. The form: `immure-unseen-v1`, then a line `KIND MODE LINKS GROUP CAPABILITIES PATH` for each such entry:
/// mode in four octal digits, entries of one group are one file (0: the cell sees it), capabilities in hex or `-`, and
/// in paths every byte but the printable ASCII ones, and `%`, as %XX.
#pragma once

#include <string_view>
#include <vector>

#include "inspect/input_root.hpp"
#include "sys/error.hpp"

namespace immure::inspect {

/// Error kBadInput with the line's number.
[[nodiscard]] Result<std::vector<Entry>> parse_unseen(std::string_view text);

/// Adds the special files to what the scan has found, and the other facts to its entries. Says where among the entries
/// those that it added are then, ascending.
[[nodiscard]] std::vector<std::size_t> add_unseen(const std::vector<Entry>& unseen, const Limits& limits, Scan& scan);

}  // namespace immure::inspect
