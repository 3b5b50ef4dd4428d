/// Turns values that nobody may trust into words for people.
#pragma once

#include <string>
#include <string_view>

#include "evidence/evidence.hpp"
#include "probe/catalogue.hpp"

namespace immure::judge {

/// An answer as text: `EROFS`, `ok(3)`, `signal 31`, `not run`. Effects that were seen are in brackets: `EROFS
/// [written]`.
[[nodiscard]] std::string answer_text(const evidence::Answer& answer);
/// A set of answers as text: `EROFS or EPERM`.
[[nodiscard]] std::string answers_text(const probe::Answers& answers);
/// An argument of a probe in the form of the evidence: `-100`, `"/in/a"`, `buffer`, `NULL`.
[[nodiscard]] std::string argument_text(const probe::Arg& arg);
/// True if `text` equals argument_text(arg). Compares without making that text.
[[nodiscard]] bool is_argument(std::string_view text, const probe::Arg& arg);
/// The name of an errno, such as `EACCES`, or the number if there is no name.
[[nodiscard]] std::string errno_text(int number);

/// A list as text: `a, b, c`, cut after a few entries; `nothing` if it is empty.
[[nodiscard]] std::string list_text(const std::vector<std::string>& list);

}  // namespace immure::judge
