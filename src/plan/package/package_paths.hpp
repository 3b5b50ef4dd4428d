/// Which paths of a package go into an image.
#pragma once

#include <span>
#include <string_view>

namespace immure::plan {

/// True for what no program in a cell needs: documentation, manual pages, headers, translations, shell completions,
/// what service managers and desktops read, and everything below /in, /out, /proc, /dev and the like.
[[nodiscard]] bool is_left_out_of_images(std::string_view path);

/// Data that a package's scripts make when the package is installed. No list of a package names these files.
struct Generated {
  std::string_view package;         ///< the start of the name of the package that makes the files
  std::string_view directory;       ///< `*` stands for one directory of any name
  std::string_view prefix, suffix;  ///< of the file's name
  bool deep;                        ///< also the files of all directories below
};
[[nodiscard]] std::span<const Generated> generated_data();

}  // namespace immure::plan
