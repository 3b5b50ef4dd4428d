/// What people and programs read. Nothing else in immure prints.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "sys/error.hpp"
#include "text/json_writer.hpp"
#include "text/visible.hpp"

namespace immure::cli {

/// From now on, print() and tell() together wait at most ten seconds for a reader who does not read, and then lose what
/// is left. The commands that start programs call this: they have a time limit, and block signals while they work. A
/// process that a system call filter holds must not call this.
void limit_patience();

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
using text::visible;

/// One JSON value, which `write` writes, and a newline.
template <class Write>
[[nodiscard]] std::string json_line(Write&& write) {
  std::string line;
  text::JsonWriter json(line);
  write(json);
  line += '\n';
  return line;
}
/// An object of texts, and a newline; its keys in ascending order.
[[nodiscard]] std::string json_line(std::initializer_list<std::pair<std::string_view, std::string_view>> members);
/// `{"error":{"code":…,"hint":…,"what":…,"where":…}}` and a newline.
[[nodiscard]] std::string error_json(const Error& error);

}  // namespace immure::cli
