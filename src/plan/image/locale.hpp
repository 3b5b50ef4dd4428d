/// Data of the host's C library that no ELF header names: the locale C.UTF-8 and the time zones.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "file/go_on.hpp"
#include "plan/image/image.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// Adds the locale C.UTF-8 to the closure of a program that uses glibc, if the host has the locale. Without these files
/// glibc knows only the locale C, and no program can handle characters of several bytes. Errors: the error of `go_on`,
/// and errors of the system.
[[nodiscard]] Result<void> add_locale(Closure& closure, const file::GoOn& go_on);

/// Adds the file of a time zone, and /etc/localtime as a link to this file. `zone`: a value of TZ, which names the time
/// zone. Adds nothing for a value that names no zone of this host: a rule such as `JST-9` needs no file. Error: the
/// zone cannot be looked up.
[[nodiscard]] Result<void> add_time_zone(Closure& closure, std::string_view zone);

/// The variables that every program gets unless the profile or the command line says otherwise.
[[nodiscard]] std::map<std::string, std::string> usual_environment();

}  // namespace immure::plan
