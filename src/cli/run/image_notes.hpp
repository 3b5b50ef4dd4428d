/// Prints what a person should know about the root directory or the container image in which a program is to run.
#pragma once

#include "plan/image/rootfs.hpp"
#include "plan/plan.hpp"

namespace immure::cli {

/// Tells that immure ignores the program and the settings that the image names, which an engine would use.
void tell_ignored(const plan::Rootfs& rootfs);

/// Prints what the image lacks although its source has it.
void tell_image(const plan::Image& image);

}  // namespace immure::cli
