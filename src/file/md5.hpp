/// MD5 (RFC 1321) by nettle. MD5 protects only against accidents: distributions write MD5 sums into their databases of
/// packages, and immure compares files with these sums. Evidence never relies on MD5.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include <nettle/md5.h>

namespace immure::file {

class Md5 {
 public:
  Md5() { nettle_md5_init(&state_); }
  void update(std::span<const std::byte> bytes);
  /// Ends this hash, starts a new one, and returns the digest in lower-case hex digits.
  [[nodiscard]] std::string finish();

 private:
  md5_ctx state_;
};

}  // namespace immure::file
