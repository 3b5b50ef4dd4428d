/// Which challenges have been answered: a verifier's memory, so that one answer is accepted once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "evidence/fields.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "verify/challenge.hpp"

namespace immure::verify {

struct Answered {
  std::string expires_on;  ///< of the challenge
  std::string nonce;
};

struct NonceStore {
  std::vector<Answered> accepted;  ///< sorted by nonce, unique
  std::uint32_t version = 1;
};

template <class T>
  requires std::is_same_v<std::remove_const_t<T>, Answered>
void visit(auto& v, T& x) {
  v("expiresOn", x.expires_on);
  v("nonce", x.nonce);
}
template <class T>
  requires std::is_same_v<std::remove_const_t<T>, NonceStore>
void visit(auto& v, T& x) {
  evidence::ascending(v, "accepted", x.accepted);
  v("version", x.version);
}
inline std::string_view sort_key(const Answered& answered) { return answered.nonce; }

/// Canonical JSON and a newline.
[[nodiscard]] std::string nonce_store_json(const NonceStore& store);
/// Reads exactly that. Error kBadInput for anything else, an empty file too: a memory that was lost must not pass for
/// one without entries.
[[nodiscard]] Result<NonceStore> parse_nonce_store(std::string_view bytes, const std::string& file);

/// The nonce store in its file, locked while this lives.
class NonceStoreFile {
 public:
  /// Waits for whoever has it locked. A file that is not there yet is a nonce store without entries. The lock is on a
  /// file of its own, `path`.lock, which stays: the nonce store itself is replaced, and a lock would go with the old
  /// one. Errors, kBadInput: not a regular file, a link, not a nonce store; kSystem: it cannot be locked.
  [[nodiscard]] static Result<NonceStoreFile> open(const std::string& path);

  [[nodiscard]] bool has(std::string_view nonce) const;
  /// Adds the challenge's nonce, and forgets those that expired more than a week before `now`: nothing that answers
  /// them is accepted any more, unless the clock went back so far. The file is replaced whole, and is on the disk with
  /// its name when this returns. Errors, kBadInput: the nonce is there already, or the file would grow too large;
  /// kSystem: it cannot be written, and the old one still stands.
  [[nodiscard]] Result<void> record(const Challenge& challenge, std::int64_t now);

 private:
  NonceStoreFile(std::string path, sys::Fd lock, NonceStore store)
      : path_(std::move(path)), lock_(std::move(lock)), store_(std::move(store)) {}
  std::string path_;
  sys::Fd lock_;
  NonceStore store_;
};

/// A process that adds one nonce to one nonce store when it is told to, and can do nothing else. It is started before
/// the verifier walls itself in: what reads a stranger's bytes then has no way to any file but this one word, and the
/// walls need no hole. It has the nonce store's lock until it ends, and ends with whoever started it.
class NonceWriter {
 public:
  /// Takes standard input, which the verifier does not read, as the way to the nonce writer: the walls let nothing be
  /// written to but 0, 1 and 2. Ignores SIGPIPE from here on. Single-threaded callers only. Error kSystem.
  [[nodiscard]] static Result<NonceWriter> start(NonceStoreFile store, const Challenge& challenge, std::int64_t now);
  /// Works behind the walls, once. When this returns without an error the nonce is on the disk. Errors: as
  /// NonceStoreFile::record, and kSystem if the nonce writer has ended.
  [[nodiscard]] Result<void> record();

 private:
  explicit NonceWriter(sys::Fd answer) : answer_(std::move(answer)) {}
  sys::Fd answer_;
};

}  // namespace immure::verify
