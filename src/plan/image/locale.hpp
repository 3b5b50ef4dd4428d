/// Data of the host's C library that no header names: the locale C.UTF-8 and the time zones.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "file/go_on.hpp"
#include "plan/image/image.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// Adds the locale C.UTF-8 to the closure of a program that uses glibc, if the host has the locale. glibc knows only
/// the locale C by itself: without these files no program can tell a character of several bytes. Errors: that of
/// `go_on`, and of the system.
[[nodiscard]] Result<void> add_locale(Closure& closure, const file::GoOn& go_on);

/// Adds the file of the time zone that `zone`, a value of TZ, names, and /etc/localtime as a link to it. Adds nothing
/// for a value that names no zone of this host: a rule such as `JST-9` needs no file. Error: the zone cannot be looked
/// up.
[[nodiscard]] Result<void> add_time_zone(Closure& closure, std::string_view zone);

/// The variables that every program gets unless the profile or the command line says otherwise.
[[nodiscard]] std::map<std::string, std::string> usual_environment();

}  // namespace immure::plan
