/// Shows the manual page on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::cli {

/// The text of a page that manual_text() has made, without roff requests, in lines of at most `width` columns.
[[nodiscard]] std::string plain_manual(std::string_view page, std::size_t width);

/// Shows the page on the terminal behind standard output: by `man -l -` if there is such a program, else as plain text.
/// Error kSystem.
[[nodiscard]] Result<void> show_manual(const std::string& page);

}  // namespace immure::cli
