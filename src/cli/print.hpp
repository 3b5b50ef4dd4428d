/// What people and programs read. Nothing else in immure prints.
#pragma once

#include <string>
#include <string_view>

#include "sys/error.hpp"

namespace immure::cli {

/// Results, to standard output. Error kSystem when they cannot be written whole (a full disk, a closed pipe).
[[nodiscard]] Result<void> print(std::string_view text);

/// A line for people, to standard error: `immure: ` in front, a newline behind, and nothing in it that a terminal would
/// obey.
void tell(std::string_view text);
/// The same for an error.
void tell(const Error& error);
/// `immure: BLOCKED: …`, in red where colour is wanted.
void tell_blocked(std::string_view text);

/// Whether to colour what goes to this descriptor: a terminal, TERM is not `dumb`, NO_COLOR (no-color.org) is unset or
/// empty.
[[nodiscard]] bool wants_color(int descriptor);

/// text::visible(): a file's name must not be able to repaint what a person reads.
[[nodiscard]] std::string visible(std::string_view text);

/// A JSON string (RFC 8259) with its quotes, as evidence writes it.
[[nodiscard]] std::string quoted(std::string_view text);
/// A JSON array of strings.
template <class Strings>
[[nodiscard]] std::string quoted_list(const Strings& strings) {
  std::string list = "[";
  for (const auto& text : strings) {
    if (list.size() > 1) list += ',';
    list += cli::quoted(text);  // not std::quoted, which argument-dependent lookup finds too
  }
  return list + "]";
}
/// `{"error":{"code":…,"hint":…,"what":…,"where":…}}` and a newline.
[[nodiscard]] std::string error_json(const Error& error);

}  // namespace immure::cli
