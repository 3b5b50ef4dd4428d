/// The nonce store: a verifier's record of the challenges that have been answered, so that it accepts an answer only
/// once.
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
  std::string expires_on;  ///< end of the challenge
  std::string nonce;
};

struct NonceStore {
  std::vector<Answered> accepted;  ///< sorted by nonce, without duplicates
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

/// The nonce store as canonical JSON and a newline.
[[nodiscard]] std::string nonce_store_json(const NonceStore& store);
/// Reads what nonce_store_json() writes. Error kBadInput for anything else, also for an empty file: a lost nonce store
/// must not pass for a nonce store without entries.
[[nodiscard]] Result<NonceStore> parse_nonce_store(std::string_view bytes, const std::string& file);

/// A nonce store in its file. The file is locked while this object lives.
class NonceStoreFile {
 public:
  /// Opens and locks a nonce store, and waits until no other process holds the lock. A file that does not exist yet is
  /// a nonce store without entries. The lock is on a separate file, `path`.lock, which stays: the nonce store itself is
  /// replaced, and a lock on the old file would vanish with it. Errors: kBadInput if the file is a link, not a regular
  /// file or not a nonce store; kSystem if it cannot be locked.
  [[nodiscard]] static Result<NonceStoreFile> open(const std::string& path);

  [[nodiscard]] bool has(std::string_view nonce) const;
  /// Adds the nonce of a challenge, and drops nonces that expired more than a week before `now`. The verifier accepts
  /// no answer to an expired challenge, unless the clock goes back by more than a week. The function replaces the file
  /// as a whole. When the function returns, the new file is on the disk. Errors: kBadInput if the nonce store has the
  /// nonce already or would grow too large; kSystem if it cannot be written, and then the old file stays.
  [[nodiscard]] Result<void> record(const Challenge& challenge, std::int64_t now);

 private:
  NonceStoreFile(std::string path, sys::Fd lock, NonceStore store)
      : path_(std::move(path)), lock_(std::move(lock)), store_(std::move(store)) {}
  std::string path_;
  sys::Fd lock_;
  NonceStore store_;
};

/// A process that can add one nonce to one nonce store on request, and can do nothing else. The process starts before
/// the verifier restricts itself. So the code that reads a stranger's bytes has no access to the nonce store except
/// this one request, and the filter needs no exception. The process holds the nonce store's lock, and ends together
/// with the verifier.
class NonceWriter {
 public:
  /// Starts the nonce writer and uses standard input, which the verifier does not read, as the pipe to the nonce
  /// writer: the filter allows writing only to 0, 1 and 2. Ignores SIGPIPE from here on. The caller must have one
  /// thread. Error kSystem.
  [[nodiscard]] static Result<NonceWriter> start(NonceStoreFile store, const Challenge& challenge, std::int64_t now);
  /// Tells the nonce writer to add the nonce. The call works once, also after the filter is loaded. If there is no
  /// error, the nonce is on the disk. Errors: those of NonceStoreFile::record(), and kSystem if the nonce writer has
  /// ended.
  [[nodiscard]] Result<void> record();

 private:
  explicit NonceWriter(sys::Fd answer) : answer_(std::move(answer)) {}
  sys::Fd answer_;
};

}  // namespace immure::verify
