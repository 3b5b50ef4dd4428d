/// Prints results and messages. No other code in immure prints.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "sys/error.hpp"
#include "text/json_writer.hpp"
#include "text/visible.hpp"

namespace immure::cli {

/// From now on print() and tell() together wait at most ten seconds for a reader that does not read, and then drop the
/// rest. Commands that start programs call this function, because they have a time limit and block signals while they
/// work. A process under a system call filter must not call this function.
void limit_patience();

/// Prints a result to standard output. Error kSystem if it cannot be written whole (a full disk, a closed pipe).
[[nodiscard]] Result<void> print(std::string_view text);

/// Prints a result to an open descriptor. `name` stands in the error. Error kSystem if it cannot be written whole.
[[nodiscard]] Result<void> print_to(int descriptor, const std::string& name, std::string_view text);

/// Prints a line for people to standard error, with `immure: ` in front and a newline at the end. Control characters
/// are shown, so that a terminal does not obey them.
void tell(std::string_view text);
/// Prints an error in the same way.
void tell(const Error& error);
/// Prints `immure: BLOCKED: …`, with the word in red if wants_color() says so.
void tell_blocked(std::string_view text);

/// True if output to this descriptor may have colours: the descriptor is a terminal, TERM is not `dumb`, and NO_COLOR
/// (no-color.org) is unset or empty.
[[nodiscard]] bool wants_color(int descriptor);

/// How many columns the terminal behind this descriptor has, but no fewer than 40; 80 if there is no terminal.
[[nodiscard]] std::size_t terminal_columns(int descriptor);

/// `text` broken to the width of the terminal behind standard output, with `indent` blanks before the further lines of
/// a line. A file or a pipe gets each line whole, because programs read lines.
[[nodiscard]] std::string for_terminal(std::string_view text, std::size_t indent);

/// text::visible() keeps a file's name from changing what a person sees on a terminal.
using text::visible;

/// The JSON value that `write` writes, and a newline.
template <class Write>
[[nodiscard]] std::string json_line(Write&& write) {
  std::string line;
  text::JsonWriter json(line);
  write(json);
  line += '\n';
  return line;
}
/// A JSON object of texts, and a newline. The keys must be given in ascending order.
[[nodiscard]] std::string json_line(std::initializer_list<std::pair<std::string_view, std::string_view>> members);
/// `{"error":{"code":…,"hint":…,"what":…,"where":…}}` and a newline.
[[nodiscard]] std::string error_json(const Error& error);

}  // namespace immure::cli
