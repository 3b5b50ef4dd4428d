#include "tlog/log.hpp"

#include <algorithm>

#include "evidence/envelope.hpp"
#include "text/hex.hpp"
#include "text/json_writer.hpp"

namespace immure::tlog {
namespace {

constexpr std::size_t kHashBytes = std::tuple_size_v<Hash>;
constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kMostEntryBytes = 256;
constexpr std::size_t kRunIdDigits = 32;
constexpr std::string_view kCheckpoint = "checkpoint";
constexpr std::string_view kEntries = "entries";
constexpr std::string_view kAddAgain = "Restore the directory of the log from a copy. Do not add to this one.";

std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

bool is_run_id(std::string_view text) { return text.size() == kRunIdDigits && text::is_hex(text); }

void append_length(std::string& out, std::size_t length) {
  out += static_cast<char>(length >> 8U);
  out += static_cast<char>(length & 0xffU);
}

/// Takes the first entry of a bundle, or nothing if the bundle is cut off.
std::optional<std::string_view> take_entry(std::string_view& bundle) {
  if (bundle.size() < kLengthBytes) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<std::size_t>(static_cast<unsigned char>(bundle[at])); };
  const std::size_t length = byte(0) << 8U | byte(1);
  if (bundle.size() - kLengthBytes < length) return std::nullopt;
  const std::string_view entry = bundle.substr(kLengthBytes, length);
  bundle.remove_prefix(kLengthBytes + length);
  return entry;
}

/// The bytes of a tile. A reader may find the whole tile where it wants its first part, because the log has grown.
Result<std::string> read_tile(const Files& files, std::string_view level, std::uint64_t n, std::uint64_t width) {
  constexpr std::uint64_t kLimit = kTileWidth * (kLengthBytes + kMostEntryBytes);
  TRY(auto tile, files.read(tile_path(level, n, width), kLimit));
  if (!tile && width != kTileWidth) {
    TRY(tile, files.read(tile_path(level, n), kLimit));
  }
  if (!tile)
    return fail(Code::kBadInput, files.path() + "/" + tile_path(level, n, width), "is missing from the log", kAddAgain);
  return *std::move(tile);
}

std::string tile_of(std::span<const Hash> hashes) {
  std::string tile;
  for (const Hash& hash : hashes) tile += bytes_of(hash);
  return tile;
}

/// Calls `act` with the level of the tiles, the tile's number and its hashes, for each tile of the tree.
template <class Act>
Result<void> each_tile(const Tree& tree, const Act& act) {
  constexpr unsigned kHeight = 8;
  for (unsigned level = 0; !tree.subtrees(level * kHeight).empty(); ++level) {
    const std::span<const Hash> hashes = tree.subtrees(level * kHeight);
    for (std::uint64_t n = 0; n * kTileWidth < hashes.size(); ++n) {
      const std::uint64_t width = std::min<std::uint64_t>(kTileWidth, hashes.size() - n * kTileWidth);
      CHECK_OK(act(level, n, hashes.subspan(n * kTileWidth, width)));
    }
  }
  return {};
}

}  // namespace

std::string entry_text(const Entry& entry) {
  std::string out;
  text::JsonWriter(out).object().member("evidenceSha256", entry.evidence_sha256).member("runId", entry.run_id).close();
  return out;
}

std::optional<Entry> parse_entry(std::string_view text) {
  // There is one spelling of an entry, so take the two values from their places and compare the rest.
  constexpr std::size_t kDigits = 2 * kHashBytes;
  const Entry sample{.evidence_sha256 = std::string(kDigits, '0'), .run_id = std::string(kRunIdDigits, 'a')};
  const std::string shape = entry_text(sample);
  if (text.size() != shape.size()) return std::nullopt;
  Entry entry{.evidence_sha256 = std::string(text.substr(shape.find(sample.evidence_sha256), kDigits)),
              .run_id = std::string(text.substr(shape.find(sample.run_id), kRunIdDigits))};
  if (!file::is_sha256_hex(entry.evidence_sha256) || !is_run_id(entry.run_id) || entry_text(entry) != text)
    return std::nullopt;
  return entry;
}

Result<Entry> entry_of(std::string_view evidence, const std::string& where) {
  constexpr std::string_view kHint = "Give a file that `immure run` wrote as evidence.";
  const auto opened = evidence::open_unverified(evidence);
  if (!opened) return fail(Code::kBadInput, where, opened.error().what, kHint);
  const auto statement = evidence::parse_statement(opened->payload);
  if (!statement) return fail(Code::kBadInput, where, statement.error().what, kHint);
  Entry entry{.evidence_sha256 = file::sha256_hex(evidence), .run_id = statement->predicate.run_id};
  if (!is_run_id(entry.run_id)) return fail(Code::kBadInput, where, "has no run id of 32 hex digits", kHint);
  return entry;
}

void Log::add(const Entry& entry) {
  tree_.append(leaf_hash(entry_text(entry)));
  entries_.push_back(entry);
}

Result<bool> Log::exists(const Files& files) {
  TRY(const auto note, files.read(std::string(kCheckpoint), kMaxNoteBytes));
  return note.has_value();
}

Result<Log> Log::read(const Files& files, const evidence::PublicKey& key) {
  const std::string where = files.path() + "/" + std::string(kCheckpoint);
  TRY(const auto note, files.read(std::string(kCheckpoint), kMaxNoteBytes));
  if (!note) return fail(Code::kBadInput, where, "does not exist, so this directory is not a log");
  TRY(const Checkpoint checkpoint, open_checkpoint(*note, key, where));
  if (checkpoint.size > kMaxEntries) return fail(Code::kBadInput, where, "says that the log has too many entries");
  Log log(checkpoint.origin);
  log.checkpoint_ = checkpoint;
  log.note_ = *note;
  CHECK_OK(log.read_entries(files));
  if (log.tree_.root() != checkpoint.root)
    return fail(Code::kBadInput, files.path(), "has other entries than its checkpoint says", kAddAgain);
  CHECK_OK(log.check_tiles(files));
  return log;
}

Result<void> Log::read_entries(const Files& files) {
  for (std::uint64_t n = 0; n * kTileWidth < checkpoint_.size; ++n) {
    const std::uint64_t width = std::min<std::uint64_t>(kTileWidth, checkpoint_.size - n * kTileWidth);
    TRY(const std::string bytes, read_tile(files, kEntries, n, width));
    std::string_view bundle = bytes;
    for (std::uint64_t i = 0; i < width; ++i) {
      const auto text = take_entry(bundle);
      const auto entry = text ? parse_entry(*text) : std::nullopt;
      if (!entry)
        return fail(Code::kBadInput, files.path() + "/" + tile_path(kEntries, n, width),
                    "entry " + std::to_string(n * kTileWidth + i) + " is not one that immure writes", kAddAgain);
      add(*entry);
    }
  }
  return {};
}

Result<void> Log::check_tiles(const Files& files) const {
  return each_tile(tree_, [&](unsigned level, std::uint64_t n, std::span<const Hash> hashes) -> Result<void> {
    TRY(const std::string tile, read_tile(files, std::to_string(level), n, hashes.size()));
    if (!tile.starts_with(tile_of(hashes)))
      return fail(Code::kBadInput, files.path() + "/" + tile_path(std::to_string(level), n, hashes.size()),
                  "does not fit the entries of the log", kAddAgain);
    return {};
  });
}

std::optional<std::uint64_t> Log::find(std::string_view evidence_sha256) const {
  const auto found = std::ranges::find(entries_, evidence_sha256, &Entry::evidence_sha256);
  if (found == entries_.end()) return std::nullopt;
  return static_cast<std::uint64_t>(found - entries_.begin());
}

bool Log::continues(const Checkpoint& earlier) const {
  return earlier.origin == checkpoint_.origin && earlier.size <= checkpoint_.size &&
         earlier.root == tree_.root(earlier.size);
}

Result<void> Log::write_tiles(const Files& files, std::uint64_t before) const {
  for (std::uint64_t n = before / kTileWidth; n * kTileWidth < entries_.size(); ++n) {
    std::string bundle;
    const std::uint64_t end = std::min<std::uint64_t>(entries_.size(), (n + 1) * kTileWidth);
    for (std::uint64_t i = n * kTileWidth; i < end; ++i) {
      const std::string text = entry_text(entries_[i]);
      append_length(bundle, text.size());
      bundle += text;
    }
    CHECK_OK(files.write(tile_path(kEntries, n, end - n * kTileWidth), bundle));
  }
  return each_tile(tree_, [&](unsigned level, std::uint64_t n, std::span<const Hash> hashes) -> Result<void> {
    // Tiles that were full before stay as they are.
    if ((n + 1) * kTileWidth <= before >> (8U * level)) return {};
    return files.write(tile_path(std::to_string(level), n, hashes.size()), tile_of(hashes));
  });
}

Result<void> Log::append(std::span<const Entry> entries, const Files& files, const evidence::PrivateKey& key,
                         const std::string& key_path) {
  const std::uint64_t before = checkpoint_.size;
  if (entries.size() > kMaxEntries - before)
    return fail(Code::kBadInput, files.path(), "would have more than " + std::to_string(kMaxEntries) + " entries",
                "Begin another log.");
  for (const Entry& entry : entries) add(entry);
  checkpoint_.size = tree_.size();
  checkpoint_.root = tree_.root();
  TRY(const std::string note, sign_checkpoint(checkpoint_, key, key_path));
  // The checkpoint must not be on the disk before what it speaks of.
  CHECK_OK(write_tiles(files, before));
  CHECK_OK(files.sync());
  CHECK_OK(files.write(std::string(kCheckpoint), note));
  CHECK_OK(files.sync());
  for (std::uint64_t n = before / kTileWidth; (n + 1) * kTileWidth <= checkpoint_.size; ++n)
    files.remove_narrower(tile_path(kEntries, n));
  return each_tile(tree_, [&](unsigned level, std::uint64_t n, std::span<const Hash> hashes) -> Result<void> {
    if (hashes.size() == kTileWidth && (n + 1) * kTileWidth > before >> (8U * level))
      files.remove_narrower(tile_path(std::to_string(level), n));
    return {};
  });
}

}  // namespace immure::tlog
