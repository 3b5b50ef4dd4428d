/// Facts about the drop that the cell does not show. The program that starts the inspector writes them down, and the
/// inspector reads them as data. A copy of the drop lacks devices, FIFOs, sockets, set-id bits and hard links, and no
/// cell shows extended attributes.
///
/// `unread-` before the kind says that the entry could not be read, so that the copy lacks it.
///
/// The form is `immure-unseen-v1`, and then a line `KIND MODE LINKS GROUP CAPABILITIES PATH` for each such entry. The
/// mode has four octal digits. Entries with the same group are one file (0: the cell shows the file). Capabilities are
/// in hex, or `-`. In paths, `%` and every byte that is not printable ASCII become %XX.
#pragma once

#include <string_view>
#include <vector>

#include "inspect/input_root.hpp"
#include "sys/error.hpp"

namespace immure::inspect {

/// Parses such data. Error: kBadInput with the line's number.
[[nodiscard]] Result<std::vector<Entry>> parse_hidden_entries(std::string_view text);

/// Adds the special and the unread files to the result of the scan, and adds all other facts to its entries. Returns
/// the indexes at which the added entries then stand, ascending.
[[nodiscard]] std::vector<std::size_t> add_hidden_entries(const std::vector<Entry>& hidden, const Limits& limits,
                                                          Scan& scan);

}  // namespace immure::inspect
