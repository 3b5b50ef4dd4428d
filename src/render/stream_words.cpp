#include "render/stream_words.hpp"

#include <algorithm>
#include <array>

namespace immure::render {
namespace {

constexpr std::string_view kInput =
    "Let the program read its standard input without this name (many programs take `-`) "
    "and give the data with --stdin FILE, or put the data into the input.";
constexpr std::string_view kOutput =
    "Let the program write to its standard output without this name (many programs take `-`) and keep the text with "
    "--stdout FILE, or name a file in /out.";
constexpr std::string_view kError =
    "Let the program write to its standard error without this name, or name a file in /out.";

struct Stream {
  std::string_view device, number, remedy;
};
constexpr auto kStreams =
    std::to_array<Stream>({{"/dev/stdin", "0", kInput}, {"/dev/stdout", "1", kOutput}, {"/dev/stderr", "2", kError}});

}  // namespace

std::optional<std::string> stream_remedy(std::string_view path) {
  constexpr auto kNumbered = std::to_array<std::string_view>({"/dev/fd/", "/proc/self/fd/"});
  for (const Stream& stream : kStreams) {
    const auto names_it = [&](std::string_view directory) {
      return path.starts_with(directory) && path.substr(directory.size()) == stream.number;
    };
    if (path == stream.device || std::ranges::any_of(kNumbered, names_it)) return std::string(stream.remedy);
  }
  return std::nullopt;
}

}  // namespace immure::render
