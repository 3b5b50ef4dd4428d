/// What a person should know of a root directory or a container image that a program is to run in.
#pragma once

#include "plan/image/rootfs.hpp"
#include "plan/plan.hpp"

namespace immure::cli {

/// An engine would start what the image asks for. immure starts the program of the command line, and says so.
void tell_ignored(const plan::Rootfs& rootfs);

/// What a program may miss in a root directory or a container image.
void tell_left_out(const plan::ImageSource& source);

}  // namespace immure::cli
