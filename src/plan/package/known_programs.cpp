#include "plan/package/known_programs.hpp"

#include <algorithm>
#include <array>

namespace immure::plan {
namespace {

/// Some of these programs end with 0 and a wrong result if a file is missing: a page without its text, no text at all.
constexpr auto kPrograms = std::to_array<std::string_view>({
    "dot",                                                     // plugins and their list
    "ffmpeg",                                                  // fonts, for text in pictures
    "file",                                                    // the database of file types
    "gs", "lynx",                                              // files that the program starts with
    "html2text", "iconv",                                      // conversions between character sets
    "identify-im6.q16", "convert-im6.q16", "montage-im6.q16",  // coders and settings of ImageMagick
    "pandoc",                                                  // templates
    "pdftocairo", "pdftoppm", "rsvg-convert",                  // fonts
    "tesseract",                                               // models of languages
});

constexpr auto kDirectories = std::to_array<std::string_view>({"/usr/bin/", "/usr/sbin/"});

bool is_known(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::ranges::find(kPrograms, name) != kPrograms.end();
}

}  // namespace

bool needs_its_packages(std::string_view named, std::string_view resolved) {
  return std::ranges::any_of(kDirectories,
                             [&](std::string_view directory) { return resolved.starts_with(directory); }) &&
         (is_known(named) || is_known(resolved));
}

}  // namespace immure::plan
