/// A log of evidence: nobody can remove or change an entry without the next reader noticing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/keys.hpp"
#include "sys/error.hpp"
#include "tlog/checkpoint.hpp"
#include "tlog/files.hpp"
#include "tlog/tree.hpp"

namespace immure::tlog {

/// A log has at most so many entries, because a reader holds all of them in memory.
inline constexpr std::uint64_t kMaxEntries = std::uint64_t{1} << 20;

/// One evidence file in the log.
struct Entry {
  std::string evidence_sha256;  ///< the digest of the whole file
  std::string run_id;           ///< as the evidence says; nobody checked its signature when it was added
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// The entry as canonical JSON, which is what the tree hashes.
[[nodiscard]] std::string entry_text(const Entry& entry);
/// Reads what entry_text() writes, and nothing else.
[[nodiscard]] std::optional<Entry> parse_entry(std::string_view text);

/// The entry for the bytes of an evidence file. Error kBadInput if the bytes are no evidence.
[[nodiscard]] Result<Entry> entry_of(std::string_view evidence, const std::string& where);

class Log {
 public:
  /// A log without entries.
  explicit Log(std::string origin) : checkpoint_{.origin = std::move(origin), .size = 0, .root = Tree().root()} {}

  /// Reads the whole log and checks everything: the signature of the checkpoint, each entry, each tile, the root. The
  /// error is kBadInput, and names the file, if anything is missing, cannot be read or does not fit.
  [[nodiscard]] static Result<Log> read(const Files& files, const evidence::PublicKey& key);
  /// True if the directory has a checkpoint, so that read() can be asked.
  [[nodiscard]] static Result<bool> exists(const Files& files);

  [[nodiscard]] const Checkpoint& checkpoint() const { return checkpoint_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// The index of the entry with this digest, or nothing.
  [[nodiscard]] std::optional<std::uint64_t> find(std::string_view evidence_sha256) const;
  /// True if `earlier` is a checkpoint of this log when it was smaller: no entry was changed or removed since.
  [[nodiscard]] bool continues(const Checkpoint& earlier) const;

  /// Adds the entries, and writes tiles, entries and at last the new checkpoint. The caller holds the lock. If the
  /// process ends before the checkpoint is written, the log is the one before. Error kBadInput if the log is full.
  [[nodiscard]] Result<void> append(std::span<const Entry> entries, const Files& files, const evidence::PrivateKey& key,
                                    const std::string& key_path);

  /// The inclusion proof of an entry in the form of C2SP tlog-proof, with the signed checkpoint behind it. Only a log
  /// that was read has proofs.
  [[nodiscard]] std::string proof(std::uint64_t index) const;

 private:
  void add(const Entry& entry);
  [[nodiscard]] Result<void> read_entries(const Files& files);
  [[nodiscard]] Result<void> check_tiles(const Files& files) const;
  [[nodiscard]] Result<void> write_tiles(const Files& files, std::uint64_t before) const;

  Checkpoint checkpoint_;
  std::string note_;  ///< the checkpoint with its signatures
  std::vector<Entry> entries_;
  Tree tree_;
};

/// Checks a proof of Log::proof(). Errors, kBadInput: not such a proof, no signature of `key`, a proof for another
/// entry. Returns the checkpoint that the entry belongs to.
[[nodiscard]] Result<Checkpoint> check_proof(std::string_view proof, const Entry& entry, const evidence::PublicKey& key,
                                             const std::string& where);

}  // namespace immure::tlog
