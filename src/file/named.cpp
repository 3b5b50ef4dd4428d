#include "file/named.hpp"

#include <cerrno>

#include <fcntl.h>

#include "file/io.hpp"
#include "sys/file.hpp"

namespace immure::file {
namespace {

Result<Place> walk_to(const std::string& path) {
  auto place = place_of(path);
  if (!place && (place.error().errno_value == ENOENT || place.error().errno_value == ENOTDIR))
    return fail(Code::kBadInput, path, "not found", "Check the path.");
  return place;
}

// Opens the file through the directory's descriptor, so that the kernel does not look up the directories above again.
std::string through_descriptor(const Place& place) {
  return "/proc/self/fd/" + std::to_string(place.directory.get()) + "/" + place.name;
}

template <typename T>
Result<T> about(Result<T> result, const std::string& path) {
  if (!result) result.error().where = path;
  return result;
}

}  // namespace

Result<sys::Fd> open_named(const std::string& path) {
  TRY(const Place place, walk_to(path));
  return open_named(place);
}

Result<sys::Fd> open_named(const Place& place) {
  if (!place.found) return about(open_regular(through_descriptor(place)), place.shown);
  const std::string link = "/proc/self/fd/" + std::to_string(place.found->get());
  auto opened = sys::open_at(AT_FDCWD, link.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!opened) return unusable(place.shown, "cannot be opened", opened.error().value);
  return std::move(*opened);
}

Result<std::string> read_named(const std::string& path, std::uint64_t limit) {
  TRY(const Place place, walk_to(path));
  return about(read_whole(through_descriptor(place), limit), path);
}

}  // namespace immure::file
