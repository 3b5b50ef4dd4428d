/// A checkpoint says, with the log's signature, how many entries a log has and what they are (C2SP tlog-checkpoint and
/// signed-note).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "evidence/keys.hpp"
#include "sys/error.hpp"
#include "tlog/tree.hpp"

namespace immure::tlog {

inline constexpr std::size_t kMaxNoteBytes = 64U << 10;
inline constexpr std::size_t kMaxOriginBytes = 255;

struct Checkpoint {
  std::string origin;      ///< the name of the log, such as `example.com/runs`
  std::uint64_t size = 0;  ///< how many entries the log has
  Hash root{};
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// Error kUsage unless `origin` can be the name of a log and of its key: 1 to 255 bytes of visible ASCII without `+`.
[[nodiscard]] Result<void> check_origin(std::string_view origin);

/// The checkpoint with the signature of the log's key, which must be an Ed25519 key. Error kBadInput for another key.
[[nodiscard]] Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const evidence::PrivateKey& key,
                                                  const std::string& where);

/// Reads a checkpoint that `key` signed under the name of the checkpoint's origin. Signatures of other keys, such as
/// those of witnesses, are passed over. Errors, kBadInput: no checkpoint, no valid signature of this key.
[[nodiscard]] Result<Checkpoint> open_checkpoint(std::string_view note, const evidence::PublicKey& key,
                                                 const std::string& where);

}  // namespace immure::tlog
