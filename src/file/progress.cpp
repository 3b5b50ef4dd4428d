#include "file/progress.hpp"

#include <array>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.hpp"

namespace immure::file {
namespace {

constexpr const char* kName = ".progress";
using Numbers = std::array<std::uint64_t, 4>;

}  // namespace

Result<ProgressFile> ProgressFile::create(int directory) {
  auto fd = sys::open_at(directory, kName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!fd) return fail(Code::kSystem, kName, "cannot be written", {}, fd.error().value);
  return ProgressFile(directory, *std::move(fd));
}

void ProgressFile::write(const Progress& progress) {
  const Numbers numbers{progress.files, progress.all_files, progress.bytes, progress.all_bytes};
  // Ignore errors: the file only shows the progress of the work, and is no part of its result.
  if (::lseek(fd_.get(), 0, SEEK_SET) == 0)
    static_cast<void>(sys::write_all(fd_.get(), std::as_bytes(std::span(numbers))));
}

ProgressFile::~ProgressFile() {
  if (fd_) ::unlinkat(directory_, kName, 0);
}

std::optional<Progress> read_progress(int directory) {
  const auto fd = sys::open_at(directory, kName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat status{};
  if (!fd || ::fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  Numbers numbers{};
  if (::pread(fd->get(), numbers.data(), sizeof numbers, 0) != static_cast<ssize_t>(sizeof numbers))
    return std::nullopt;
  const Progress progress{numbers[0], numbers[1], numbers[2], numbers[3]};
  if (progress.files > progress.all_files || progress.bytes > progress.all_bytes) return std::nullopt;
  return progress;
}

}  // namespace immure::file
