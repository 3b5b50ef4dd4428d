#include "tlog/checkpoint.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "text/base64.hpp"

namespace immure::tlog {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // an em dash and a blank begin each signature
constexpr char kEd25519 = 1;                         // the type of the signature, in the id of the key
constexpr std::size_t kIdBytes = 4;

std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

std::string text_of(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + text::base64(bytes_of(checkpoint.root)) +
         "\n";
}

/// The first bytes of SHA-256(name, newline, type, public key).
std::string id_of(std::string_view name, std::string_view point) {
  const Hash hash = file::sha256(std::string(name) + "\n" + kEd25519 + std::string(point));
  return std::string(bytes_of(hash).substr(0, kIdBytes));
}

/// Takes the next line without its newline, or nothing if no line is complete.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<Checkpoint> parse(std::string_view text) {
  const auto origin = take_line(text);
  const auto size = take_line(text);
  const auto root = take_line(text);
  if (!origin || !size || !root || !text.empty() || !check_origin(*origin)) return std::nullopt;
  Checkpoint checkpoint{.origin = std::string(*origin)};
  const auto [end, problem] = std::from_chars(size->data(), size->data() + size->size(), checkpoint.size);
  if (problem != std::errc{} || end != size->data() + size->size()) return std::nullopt;
  const auto hash = text::unbase64(*root);
  if (!hash || hash->size() != checkpoint.root.size()) return std::nullopt;
  std::ranges::transform(*hash, checkpoint.root.begin(), [](char byte) { return static_cast<std::uint8_t>(byte); });
  // Accept one spelling alone: no leading zero, no second form of base64.
  if (text_of(checkpoint) != std::string(*origin) + "\n" + std::string(*size) + "\n" + std::string(*root) + "\n")
    return std::nullopt;
  return checkpoint;
}

Result<std::string> ed25519_point(const evidence::PublicKey& key, const std::string& where) {
  if (key.type() != evidence::KeyType::kEd25519)
    return fail(Code::kBadInput, where, "the key of a log must be an Ed25519 key",
                "Make a key with `immure keygen log.key`.");
  return key.point();
}

}  // namespace

Result<void> check_origin(std::string_view origin) {
  const bool visible = std::ranges::all_of(origin, [](char c) { return c > ' ' && c < '\x7f' && c != '+'; });
  if (origin.empty() || origin.size() > kMaxOriginBytes || !visible)
    return fail(Code::kUsage, "--origin", "is not the name of a log",
                "Give a name without blanks and `+`, such as example.com/runs.");
  return {};
}

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const evidence::PrivateKey& key,
                                    const std::string& where) {
  TRY(const std::string point, ed25519_point(key.public_key(), where));
  const std::string text = text_of(checkpoint);
  return text + "\n" + std::string(kDash) + checkpoint.origin + " " +
         text::base64(id_of(checkpoint.origin, point) + key.sign(text)) + "\n";
}

Result<Checkpoint> open_checkpoint(std::string_view note, const evidence::PublicKey& key, const std::string& where) {
  const auto refuse = [&](std::string_view what) { return fail(Code::kBadInput, where, what); };
  TRY(const std::string point, ed25519_point(key, where));
  const std::size_t end = note.rfind("\n\n");
  if (note.size() > kMaxNoteBytes || end == std::string_view::npos) return refuse("is not a checkpoint");
  const std::string_view text = note.substr(0, end + 1);
  const auto checkpoint = parse(text);
  if (!checkpoint) return refuse("is not a checkpoint");
  std::string_view lines = note.substr(end + 2);
  bool signed_by_key = false;
  while (const auto line = take_line(lines)) {
    const std::string start = std::string(kDash) + checkpoint->origin + " ";
    const auto signature = line->starts_with(start) ? text::unbase64(line->substr(start.size())) : std::nullopt;
    if (!signature || !signature->starts_with(id_of(checkpoint->origin, point))) continue;
    if (!key.verifies(text, std::string_view(*signature).substr(kIdBytes)))
      return refuse("has an invalid signature of this key");
    signed_by_key = true;
  }
  if (!lines.empty()) return refuse("is cut off");
  if (!signed_by_key) return refuse("has no signature of this key");
  return *checkpoint;
}

}  // namespace immure::tlog
