/// Prints what a person should know about the root directory or the container image in which a program is to run.
#pragma once

#include "plan/image/rootfs.hpp"
#include "plan/plan.hpp"

namespace immure::cli {

/// Tells that immure ignores the program and the settings that the image names, which an engine would use.
void tell_ignored(const plan::Rootfs& rootfs);

/// Tells which parts of a root directory or a container image are left out, because a program may miss them.
void tell_left_out(const plan::ImageSource& source);

}  // namespace immure::cli
