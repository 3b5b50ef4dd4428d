#include "plan/image/image_digests.hpp"

#include <algorithm>
#include <ctime>

#include "sys/machine.hpp"

namespace immure::plan {
namespace {

/// The number of bytes that are hashed between two calls of `go_on`.
constexpr std::uint64_t kPiece = 1 << 20;
constexpr std::int64_t kRest = 100'000'000;
constexpr std::int64_t kNanoseconds = 1'000'000'000;

}  // namespace

Result<std::vector<file::Entry>> list_image(int root, const std::string& name, const file::GoOn& go_on) {
  return file::scan(root, name, {.readers = sys::processors(), .go_on = go_on});
}

Result<ImageDigests> digests_of(int root, const std::string& name, const std::vector<file::Entry>& entries,
                                const file::GoOn& go_on) {
  file::ManifestHasher hasher(root, name, entries);
  for (bool finished = false; !finished;) {
    CHECK_OK(file::may_go_on(go_on));
    TRY(finished, hasher.step(kPiece));
  }
  return ImageDigests{hasher.manifest_digest(), hasher.file_digests()};
}

Result<std::string> program_digest(const std::vector<file::Entry>& entries, const ImageDigests& digests,
                                   const std::string& program, const std::string& name) {
  const auto entry = std::ranges::find(entries, program.substr(1), &file::Entry::path);
  if (entry == entries.end()) return fail(Code::kInternal, name, "does not hold the program " + program);
  return digests.files.at(static_cast<std::size_t>(entry - entries.begin()));
}

bool let_rest(std::int64_t newest_ns) {
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return false;
  const std::int64_t age = now.tv_sec * kNanoseconds + now.tv_nsec - newest_ns;
  if (age < 0 || age >= kRest) return false;
  const timespec pause{0, kRest - age};
  static_cast<void>(::nanosleep(&pause, nullptr));
  return true;
}

}  // namespace immure::plan
