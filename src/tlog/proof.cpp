/// Inclusion proofs in the form of C2SP tlog-proof.
#include <algorithm>
#include <charconv>

#include "text/base64.hpp"
#include "tlog/log.hpp"

namespace immure::tlog {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kMostHashes = 64;

std::optional<Hash> hash_of(std::string_view line) {
  const auto bytes = text::unbase64(line);
  Hash hash{};
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::ranges::transform(*bytes, hash.begin(), [](char byte) { return static_cast<std::uint8_t>(byte); });
  return hash;
}

struct Proof {
  std::uint64_t index = 0;
  std::vector<Hash> hashes;
  std::string_view note;
};

std::optional<Proof> parse(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  if (!text.starts_with(kIndex)) return std::nullopt;
  text.remove_prefix(kIndex.size());
  Proof proof;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), proof.index);
  const std::string digits(text.data(), end);
  if (problem != std::errc{} || digits != std::to_string(proof.index)) return std::nullopt;
  text.remove_prefix(digits.size());
  while (text.starts_with('\n') && !text.starts_with("\n\n")) {
    text.remove_prefix(1);
    const std::string_view line = text.substr(0, text.find('\n'));
    const auto hash = hash_of(line);
    if (!hash || proof.hashes.size() == kMostHashes) return std::nullopt;
    proof.hashes.push_back(*hash);
    text.remove_prefix(line.size());
  }
  if (!text.starts_with("\n\n")) return std::nullopt;
  proof.note = text.substr(2);
  return proof;
}

}  // namespace

std::string Log::proof(std::uint64_t index) const {
  std::string text = std::string(kFirstLine) + std::string(kIndex) + std::to_string(index) + "\n";
  for (const Hash& hash : tree_.inclusion(index, checkpoint_.size))
    text += text::base64({reinterpret_cast<const char*>(hash.data()), hash.size()}) + "\n";
  return text + "\n" + note_;
}

Result<Checkpoint> check_proof(std::string_view proof, const Entry& entry, const evidence::PublicKey& key,
                               const std::string& where) {
  const auto read = parse(proof);
  if (!read)
    return fail(Code::kBadInput, where, "is neither the directory of a log nor a proof", "Make one: immure log prove.");
  TRY(const Checkpoint checkpoint, open_checkpoint(read->note, key, where));
  const auto root = root_by_proof(leaf_hash(entry_text(entry)), read->index, checkpoint.size, read->hashes);
  if (root != checkpoint.root) return fail(Code::kBadInput, where, "is the proof of another evidence file");
  return checkpoint;
}

}  // namespace immure::tlog
