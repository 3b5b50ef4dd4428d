#include "plan/image/file_digest.hpp"

#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/sha256.hpp"
#include "plan/image/image_cache.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::plan {
namespace {

Result<std::string> hash(const sys::Fd& file, const std::string& path) {
  file::Sha256 hash;
  std::vector<std::byte> buffer(256 << 10);
  while (true) {
    const auto count = sys::read_some(file.get(), buffer);
    if (!count) return fail(Code::kSystem, path, "cannot be read", {}, count.error().value);
    if (*count == 0) return text::hex(hash.finish());
    hash.update({buffer.data(), *count});
  }
}

std::string identity(const struct stat& status, const std::string& boot) {
  const auto nanoseconds = [](const timespec& time) {
    return std::to_string(time.tv_sec) + "." + std::to_string(time.tv_nsec);
  };
  return boot + " " + std::to_string(status.st_dev) + " " + std::to_string(status.st_ino) + " " +
         std::to_string(status.st_size) + " " + nanoseconds(status.st_mtim) + " " + nanoseconds(status.st_ctim);
}

Result<sys::Fd> open(const std::string& path) {
  auto file = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY);
  if (!file) return fail(Code::kSystem, path, "cannot be opened", {}, file.error().value);
  return std::move(*file);
}

}  // namespace

Result<std::string> new_file_digest(const std::string& path) {
  TRY(const sys::Fd file, open(path));
  return hash(file, path);
}

Result<std::string> new_file_digest(const sys::Fd& file, const std::string& path) {
  if (const int failure = sys::error_of(::lseek, file.get(), 0, SEEK_SET); failure != 0)
    return fail(Code::kSystem, path, "cannot be read", {}, failure);
  return hash(file, path);
}

Result<std::string> file_digest(const std::string& path) {
  TRY(const sys::Fd file, open(path));
  return file_digest(file, path);
}

Result<std::string> file_digest(const sys::Fd& file, const std::string& path) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, file.get(), &status); failure != 0)
    return fail(Code::kSystem, path, "its status cannot be read", {}, failure);
  TRY(const ImageCache cache, ImageCache::open());
  const std::string name = identity(status, cache.boot());
  if (auto remembered = cache.remembered_digest(name)) return *remembered;
  TRY(std::string digest, hash(file, path));
  CHECK_OK(cache.remember_digest(name, digest));
  return digest;
}

}  // namespace immure::plan
