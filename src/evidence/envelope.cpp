#include "evidence/envelope.hpp"

#include <array>
#include <optional>

#include "evidence/base64.hpp"
#include "evidence/json.hpp"
#include "evidence/statement.hpp"

namespace immure::evidence {
namespace {

constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kUsualBytes = 48U << 10;
/// `DSSEv1 28 application/vnd.in-toto+json 16777216 ` and some room.
constexpr std::size_t kHeaderRoom = 64;

std::string header(std::string_view type, std::size_t body_bytes) {
  std::string out = "DSSEv1 ";
  json::append_integer(out, std::uint64_t{type.size()});
  out += ' ';
  out += type;
  out += ' ';
  json::append_integer(out, std::uint64_t{body_bytes});
  out += ' ';
  return out;
}

/// The pieces of an envelope, of the right shape and not trusted yet.
struct Pieces {
  std::string payload;
  std::string signature;
};

std::unexpected<Error> refuse(std::string_view code, std::string_view where, std::string_view what) {
  return fail(Code::kBadInput, where, std::string(code) + ": " + std::string(what));
}

/// The members of an object, exactly those of `keys`, in the order of `keys`.
template <std::size_t N>
Result<std::array<std::uint32_t, N>> members(const json::Document& document, std::uint32_t object,
                                             const std::array<std::string_view, N>& keys) {
  if (document.at(object).kind != json::Kind::kObject)
    return refuse("envelope-malformed", document.pointer(object), "wants an object");
  std::array<std::uint32_t, N> found{};
  for (std::uint32_t i = object + 1; i < document.at(object).end; i = document.at(i).end) {
    std::size_t k = 0;
    while (k < N && keys[k] != document.key(document.at(i))) ++k;
    if (k == N) return refuse("envelope-malformed", document.pointer(i), "an unknown key");
    found[k] = i;
  }
  for (std::size_t k = 0; k < N; ++k)
    if (found[k] == 0)
      return refuse("envelope-malformed", document.pointer(object) + "/" + std::string(keys[k]), "a missing key");
  return found;
}

Result<std::string_view> text(const json::Document& document, std::uint32_t node) {
  if (document.at(node).kind != json::Kind::kText)
    return refuse("envelope-malformed", document.pointer(node), "wants a text");
  return document.text(document.at(node));
}

Result<std::string> bytes(const json::Document& document, std::uint32_t node) {
  TRY(const std::string_view encoded, text(document, node));
  auto decoded = unbase64(encoded);
  if (!decoded) return refuse("envelope-malformed", document.pointer(node), "not strict base64");
  return *std::move(decoded);
}

/// Exactly one signature: with several, whoever looks at the first sees another signer than whoever looks at the last.
Result<std::string> only_signature(const json::Document& document, std::uint32_t list) {
  const json::Node& signatures = document.at(list);
  if (signatures.kind != json::Kind::kArray) return refuse("envelope-malformed", "/signatures", "wants an array");
  if (signatures.end == list + 1) return refuse("signature-missing", "/signatures", "no signature");
  if (document.at(list + 1).end != signatures.end) return refuse("signature-count", "/signatures", "more than one signature");
  TRY(const auto found, members<2>(document, list + 1, {"keyid", "sig"}));
  CHECK_OK(text(document, found[0]));
  TRY(auto signature, bytes(document, found[1]));
  if (signature.size() != kSignatureBytes)
    return refuse("signature-malformed", "/signatures/0/sig", "not an Ed25519 signature of 64 bytes");
  return signature;
}

Result<Pieces> take_apart(std::string_view file) {
  if (file.empty()) return refuse("envelope-malformed", "", "an empty file");
  const json::Limits limits{.bytes = kMaxEnvelopeBytes, .text = kMaxEnvelopeBytes, .nodes = 4096, .members = 8, .depth = 4};
  const auto document = json::Document::parse(file, limits);
  if (!document) return refuse("envelope-malformed", document.error().where, document.error().what);
  TRY(const auto found, members<3>(*document, 0, {"payload", "payloadType", "signatures"}));
  TRY(const std::string_view type, text(*document, found[1]));
  if (type != kPayloadType) return refuse("payload-type", "/payloadType", "not an in-toto statement");
  TRY(auto signature, only_signature(*document, found[2]));
  TRY(auto payload, bytes(*document, found[0]));
  return Pieces{std::move(payload), std::move(signature)};
}

}  // namespace

std::string pre_authentication_encoding(std::string_view type, std::string_view body) {
  std::string out = header(type, body.size());
  out += body;
  return out;
}

std::string seal(const Statement& statement, const PrivateKey& key) {
  // The encoding's header holds the body's length, which is known last: leave room before the body instead of copying it.
  std::string buffer(kHeaderRoom, ' ');
  buffer.reserve(kUsualBytes);
  append_statement(buffer, statement);
  const std::string_view body = std::string_view(buffer).substr(kHeaderRoom);
  const std::string start = header(kPayloadType, body.size());
  buffer.replace(kHeaderRoom - start.size(), start.size(), start);
  const std::string signature = key.sign(std::string_view(buffer).substr(kHeaderRoom - start.size()));

  std::string out;
  out.reserve(body.size() * 4 / 3 + 512);
  out += R"({"payload":")";
  append_base64(out, body);
  out += R"(","payloadType":")";
  out += kPayloadType;
  out += R"(","signatures":[{"keyid":")";
  out += key.public_key().key_id();
  out += R"(","sig":")";
  append_base64(out, signature);
  out += "\"}]}\n";
  return out;
}

Result<OpenedEnvelope> open_envelope(std::string_view file, const PublicKey& key) {
  return open_envelope(file, std::span(&key, 1));
}

Result<OpenedEnvelope> open_envelope(std::string_view file, std::span<const PublicKey> keys) {
  TRY(auto pieces, take_apart(file));
  // The envelope's keyid chooses nothing: what is trusted comes from the caller alone.
  const std::string message = pre_authentication_encoding(kPayloadType, pieces.payload);
  for (const PublicKey& key : keys)
    if (key.verifies(message, pieces.signature)) return OpenedEnvelope{std::move(pieces.payload), key.key_id()};
  return refuse("signature-invalid", "/signatures/0/sig", "does not verify with a trusted key");
}

}  // namespace immure::evidence
