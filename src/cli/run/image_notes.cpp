#include "cli/run/image_notes.hpp"

#include "cli/print.hpp"
#include "text/list.hpp"

namespace immure::cli {

void tell_ignored(const plan::Rootfs& rootfs) {
  if (rootfs.ignored.empty()) return;
  tell("note: the image's " + text::list_text(rootfs.ignored, text::kAllItems, visible) +
       " is not used: the command line names the program, and --env sets its variables");
}

void tell_left_out(const plan::ImageSource& source) {
  constexpr std::size_t kShown = 8;
  if (source.left_out.empty()) return;
  tell("note: left out of the image of " + source.name + ": " + text::list_text(source.left_out, kShown, visible));
}

}  // namespace immure::cli
