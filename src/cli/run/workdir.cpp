#include "cli/run/workdir.hpp"

#include <cerrno>
#include <filesystem>
#include <string_view>

#include <fcntl.h>

#include "attest/input_parts.hpp"
#include "probe/runner.hpp"
#include "sys/file.hpp"

namespace immure::cli {
namespace {

bool is_below(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

/// Opens each component without following a link, because the judge compares the path with the path that the kernel
/// reports.
SysResult<void> find_directory(const sys::Fd& from, const std::string& path) {
  TRY(sys::Fd directory, sys::open_at(from.get(), ".", O_PATH | O_DIRECTORY));
  for (const std::filesystem::path& component : std::filesystem::path(path)) {
    TRY(directory, sys::open_at(directory.get(), component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW));
  }
  return {};
}

SysResult<void> find_in_input(const HeldInput& input, const std::string& path) {
  if (input.parts.empty()) return find_directory(input.whole.directory, path);
  const attest::PlaceInPart place = attest::place_in_part(input.parts, path);
  if (place.part == nullptr) return std::unexpected(Errno{ENOENT});
  if (place.part->is_file) return std::unexpected(Errno{ENOTDIR});
  return find_directory(place.part->opened, place.rest);
}

}  // namespace

Result<std::string> parse_workdir(const std::string& value) {
  const std::string path = without_trailing_slashes(value);
  const std::string normal = std::filesystem::path(path).lexically_normal().string();
  if (path.starts_with('/') && path == normal) return path;
  return fail(Code::kUsage, "--workdir " + value, "is not the path of a directory in the cell",
              "Write an absolute path without `.` and `..`, such as /in, /out or /in/sub.");
}

std::string workdir_of(const std::string& wanted, bool has_scratch) {
  const bool is_scratch = wanted == "/tmp" || wanted == "/var/tmp" || wanted == "/dev/shm";
  return has_scratch && is_scratch ? probe::kScratchPath : wanted;
}

Result<void> check_workdir(const plan::Plan& plan, const HeldInput& input) {
  const std::string& workdir = plan.workdir;
  if (workdir == "/" || workdir == "/in" || workdir == "/out") return {};
  if (workdir == probe::kScratchPath && plan.profile.scratch_bytes != 0) return {};
  if (is_below(workdir, "/out"))
    return fail(Code::kBadInput, "--workdir " + workdir, "cannot be there yet: /out is empty when the program starts",
                "Name /out, and let the program make the directory.");
  constexpr std::size_t kBehindIn = std::string_view("/in/").size();
  const auto found = is_below(workdir, "/in") ? find_in_input(input, workdir.substr(kBehindIn))
                                              : find_directory(*plan.image.held, workdir.substr(1));
  if (found) return {};
  return fail(Code::kBadInput, "--workdir " + workdir, "is no directory of the cell",
              "Name /in, /out, or a directory of the input or of the image, without links.", found.error().value);
}

}  // namespace immure::cli
