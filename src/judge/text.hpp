/// Words for people, made of values that nobody may trust.
#pragma once

#include <string>
#include <string_view>

#include "evidence/evidence.hpp"
#include "probe/catalogue.hpp"

namespace immure::judge {

/// `EROFS`, `ok(3)`, `signal 31`, `not run`; effects that were seen in brackets: `EROFS [written]`.
[[nodiscard]] std::string answer_text(const evidence::Answer& answer);
/// `EROFS or EPERM`.
[[nodiscard]] std::string answers_text(const probe::Answers& answers);
/// How evidence names an argument of a probe: `-100`, `"/in/a"`, `buffer`, `NULL`.
[[nodiscard]] std::string argument_text(const probe::Arg& arg);
/// True if `text` is that, without making it.
[[nodiscard]] bool is_argument(std::string_view text, const probe::Arg& arg);
/// `EACCES`, or the number where it has no name.
[[nodiscard]] std::string errno_text(int number);

/// `a, b, c`, cut after a few; `nothing` for none.
[[nodiscard]] std::string list_text(const std::vector<std::string>& list);

}  // namespace immure::judge
