#include "cli/run/image_notes.hpp"

#include "cli/print.hpp"
#include "text/list.hpp"

namespace immure::cli {

void tell_ignored(const plan::Rootfs& rootfs) {
  if (rootfs.ignored.empty()) return;
  tell("note: the image's " + text::list_text(rootfs.ignored, text::kAllItems, visible) +
       " is not used: the command line names the program, and --env sets its variables");
}

namespace {

/// Tells which parts of a root directory or a container image are left out, because a program may miss them.
void tell_left_out(const plan::ImageSource& source) {
  constexpr std::size_t kShown = 8;
  if (source.left_out.empty()) return;
  tell("note: left out of the image of " + source.name + ": " + text::list_text(source.left_out, kShown, visible));
}

}  // namespace

void tell_image(const plan::Image& image) {
  for (const std::string& link : image.left_out)
    tell("note: left out of the image, since it leads out of the packed directory: " + link);
  tell_left_out(image.source);
}

}  // namespace immure::cli
