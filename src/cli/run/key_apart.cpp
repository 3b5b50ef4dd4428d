#include "cli/run/key_apart.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

#include <sys/stat.h>

#include "sys/libc.hpp"

namespace immure::cli {
namespace {

std::unexpected<Error> in_image(const std::string& source, const file::Place& key) {
  return fail(Code::kBadInput, source, "is the private key " + key.shown + ", and the program could read it",
              "Move the key to a directory that no image needs.");
}

std::unexpected<Error> not_compared(const std::string& file, int failure) {
  return fail(Code::kBadInput, file, "cannot be compared with the private key", {}, failure);
}

/// The key's name in what would be packed, or nothing.
Result<std::optional<std::string>> name_in(const plan::Packed& packed, const struct stat& key) {
  if (packed.tree) {
    const auto entry = std::ranges::find_if(packed.tree->entries, [&](const file::Entry& each) {
      return each.device == key.st_dev && each.inode == key.st_ino;
    });
    if (entry == packed.tree->entries.end()) return std::nullopt;
    return packed.source + "/" + entry->path;
  }
  struct stat status{};
  if (packed.text) return std::nullopt;
  if (packed.looked) {
    status = *packed.looked;
  } else if (const int failure = sys::error_of(::stat, packed.source.c_str(), &status); failure != 0) {
    // The packing says what is wrong with a file that has gone.
    if (failure == ENOENT || failure == ENOTDIR) return std::nullopt;
    return not_compared(packed.source, failure);
  }
  if (status.st_dev != key.st_dev || status.st_ino != key.st_ino) return std::nullopt;
  return packed.source;
}

}  // namespace

Result<void> check_key_outside_image(const file::Place& key, const plan::Closure& closure) {
  // The venue says what is wrong with a key that is not there.
  if (!key.found) return {};
  const auto status = file::status_of(key);
  if (!status) return not_compared(key.shown, status.error().value);
  for (const auto* list : {&closure.files, &closure.absorbed, &closure.trees})
    for (const plan::Packed& packed : *list) {
      TRY(const auto name, name_in(packed, *status));
      if (name) return in_image(*name, key);
    }
  return {};
}

Result<void> check_key_outside_root(const file::Place& key, const std::string& root) {
  TRY(const file::HeldDirectory held, file::hold_directory(root));
  const auto inside = file::lies_in(key.directory, held.fd);
  if (!inside) return fail(Code::kBadInput, root, "cannot be compared with the key", {}, inside.error().value);
  if (*inside) return in_image(key.shown, key);
  return {};
}

}  // namespace immure::cli
