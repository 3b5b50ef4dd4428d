#include "venue/launcher.hpp"

#include <array>

#include <fcntl.h>

#include "file/sha256.hpp"
#include "sys/file.hpp"

namespace immure::venue {

Result<evidence::Artifact> launcher_artifact() {
  auto program = sys::open_at(AT_FDCWD, "/proc/self/exe", O_RDONLY);
  if (!program) return fail(Code::kSystem, "/proc/self/exe", "cannot be read", "Needs /proc.", program.error().value);
  file::Sha256 hash;
  std::array<std::byte, 64 << 10> buffer;
  while (true) {
    const auto count = sys::read_some(program->get(), buffer);
    if (!count) return fail(Code::kSystem, "/proc/self/exe", "cannot be read", {}, count.error().value);
    if (*count == 0) break;
    hash.update({buffer.data(), *count});
  }
  return evidence::Artifact{"immure " IMMURE_VERSION, file::hex(hash.finish())};
}

}  // namespace immure::venue
