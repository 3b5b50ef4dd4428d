#include "evidence/envelope.hpp"

#include "evidence/json.hpp"
#include "evidence/p256.hpp"
#include "evidence/reader.hpp"
#include "evidence/reason.hpp"
#include "evidence/statement.hpp"
#include "text/base64.hpp"
#include "text/json_writer.hpp"

namespace immure::evidence {
namespace {

constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kUsualBytes = 120U << 10;
/// Room for a header such as `DSSEv1 28 application/vnd.in-toto+json 16777216 `, and some more.
constexpr std::size_t kHeaderRoom = 64;

std::string header(std::string_view type, std::size_t body_bytes) {
  std::string out = "DSSEv1 ";
  text::append_integer(out, std::uint64_t{type.size()});
  out += ' ';
  out += type;
  out += ' ';
  text::append_integer(out, std::uint64_t{body_bytes});
  out += ' ';
  return out;
}

/// The parts of an envelope. immure has checked the form of these parts, and trusts nothing in them yet.
struct Pieces {
  std::string message;  ///< the payload after its pre-authentication encoding
  std::size_t payload_at;
  std::string key_id;
  std::string signature;
};

std::unexpected<Error> refuse(Reason code, std::string_view where, std::string_view what) {
  return fail(Code::kBadInput, where, std::string(code.text()) + ": " + std::string(what));
}

/// The members of the envelope as they stand in the file.
struct Members {
  std::string_view payload, type, key_id, signature;
  std::size_t signatures = 0;
};

/// Reads exactly one signature. If several were allowed, a reader of the first and a reader of the last would see
/// different signers.
void read_signatures(json::Scanner& scanner, Members& members) {
  constexpr std::size_t kMaxIdBytes = 256;
  if (!scanner.open('[') || scanner.take(']')) return;
  json::Scanner::Step step(scanner, "array");
  FieldReader fields(scanner);
  fields.plain("keyid", members.key_id, kMaxIdBytes);
  fields.plain("sig", members.signature, kMaxIdBytes);
  fields.close();
  members.signatures = scanner.next_is(',') ? 2 : 1;
  if (members.signatures == 1 && !scanner.take(']')) scanner.refuse("not canonical JSON");
}

Result<Pieces> take_apart(std::string_view file) {
  if (file.size() > kMaxEnvelopeBytes) return refuse("envelope-malformed", "", "larger than the limit");
  if (file.ends_with('\n')) file.remove_suffix(1);
  json::Scanner scanner(file);
  Members members;
  FieldReader fields(scanner);
  fields.plain("payload", members.payload, kMaxEnvelopeBytes);
  fields.plain("payloadType", members.type, kMaxEnvelopeBytes);
  if (!scanner.failed() && members.type != kPayloadType)
    return refuse("payload-type", "/payloadType", "not an in-toto statement");
  if (fields.demand("signatures")) read_signatures(scanner, members);
  if (!scanner.failed() && members.signatures == 0) return refuse("signature-missing", "/signatures", "no signature");
  if (!scanner.failed() && members.signatures > 1)
    return refuse("signature-count", "/signatures", "more than one signature");
  fields.close();
  scanner.finish();
  if (scanner.failed()) return refuse("envelope-malformed", scanner.error().where, scanner.error().what);

  const auto signature = text::unbase64(members.signature);
  if (!signature || (signature->size() != kSignatureBytes && !p256::is_signature(*signature)))
    return refuse("signature-malformed", "/signatures/0/sig",
                  "neither 64 bytes (Ed25519) nor DER (ECDSA P-256, the smaller s), in strict base64");
  // Decodes the payload directly behind its header, which tells the payload's length.
  Pieces pieces{header(kPayloadType, text::unbase64_size(members.payload)), 0, std::string(members.key_id), *signature};
  pieces.payload_at = pieces.message.size();
  if (!text::append_unbase64(pieces.message, members.payload))
    return refuse("envelope-malformed", "/payload", "not strict base64");
  return pieces;
}

/// The envelope that holds a body and its signature.
std::string enclose(std::string_view body, std::string_view key_id, std::string_view signature) {
  std::string out;
  out.reserve(body.size() * 4 / 3 + 512);
  text::JsonWriter json(out);
  // Base64 needs no escape, so the text is written to its place without a copy.
  const auto append_bytes = [&](std::string_view name, std::string_view bytes) {
    json.key(name).raw("\"");
    text::append_base64(out, bytes);
    out += '"';
  };
  json.object();
  append_bytes("payload", body);
  json.member("payloadType", kPayloadType).key("signatures").array();
  json.object().member("keyid", key_id);
  append_bytes("sig", signature);
  json.close().close().close();
  out += '\n';
  return out;
}

}  // namespace

std::string pre_authentication_encoding(std::string_view type, std::string_view body) {
  std::string out = header(type, body.size());
  out += body;
  return out;
}

std::string seal(const Statement& statement, const PrivateKey& key) {
  // The header holds the length of the body, which is known last. So leave room before the body instead of copying the
  // body.
  std::string buffer(kHeaderRoom, ' ');
  buffer.reserve(kUsualBytes);
  append_statement(buffer, statement);
  const std::string_view body = std::string_view(buffer).substr(kHeaderRoom);
  const std::string start = header(kPayloadType, body.size());
  buffer.replace(kHeaderRoom - start.size(), start.size(), start);
  return enclose(body, key.public_key().key_id(),
                 key.sign(std::string_view(buffer).substr(kHeaderRoom - start.size())));
}

Result<std::string> seal_readable(const Statement& statement, const PrivateKey& key) {
  return seal_readable(statement, key.public_key(),
                       [&key](std::string_view message) -> Result<std::string> { return key.sign(message); });
}

Result<std::string> seal_readable(const Statement& statement, const PublicKey& key, const Sign& sign) {
  const std::string body = statement_json(statement);
  const auto read = parse_statement(body);
  if (!read)
    return fail(Code::kInternal, "evidence", "cannot be signed, since no verifier would read it",
                "Reader: " + to_text(read.error()));
  TRY(std::string sealed, seal_bytes(body, key, sign));
  if (sealed.size() > kMaxEnvelopeBytes)
    return fail(Code::kInternal, "evidence", "cannot be written, since it is larger than a verifier reads");
  return sealed;
}

std::string seal_bytes(std::string_view body, const PrivateKey& key) {
  return enclose(body, key.public_key().key_id(), key.sign(pre_authentication_encoding(kPayloadType, body)));
}

Result<std::string> seal_bytes(std::string_view body, const PublicKey& key, const Sign& sign) {
  const std::string message = pre_authentication_encoding(kPayloadType, body);
  TRY(const std::string made, sign(message));
  const std::string signature = key.canonical(made);
  if (!key.verifies(message, signature))
    return fail(Code::kSystem, "evidence",
                "the signature, of " + std::to_string(made.size()) + " bytes, is not one of the key " + key.key_id(),
                "A signature is 64 bytes for an Ed25519 key, and DER or 64 bytes for a P-256 key.");
  return enclose(body, key.key_id(), signature);
}

Result<OpenedEnvelope> open_envelope(std::string_view file, const PublicKey& key) {
  return open_envelope(file, std::span(&key, 1));
}

Result<OpenedEnvelope> open_envelope(std::string_view file, std::span<const PublicKey> keys) {
  TRY(auto pieces, take_apart(file));
  // The envelope's keyid does not choose the key: only the caller says which keys are trusted.
  for (const PublicKey& key : keys) {
    if (!key.verifies(pieces.message, pieces.signature)) continue;
    std::string key_id = key.key_id();
    if (pieces.key_id != key_id)
      return refuse("key-id-mismatch", "/signatures/0/keyid", "names another key than the one that signed");
    pieces.message.erase(0, pieces.payload_at);
    return OpenedEnvelope{std::move(pieces.message), std::move(key_id)};
  }
  return refuse("signature-invalid", "/signatures/0/sig", "does not verify with a trusted key");
}

Result<OpenedEnvelope> open_unverified(std::string_view file) {
  TRY(auto pieces, take_apart(file));
  pieces.message.erase(0, pieces.payload_at);
  return OpenedEnvelope{std::move(pieces.message), std::move(pieces.key_id)};
}

Result<std::string> sigstore_bundle(std::string_view file) {
  TRY(const auto pieces, take_apart(file));
  if (file.ends_with('\n')) file.remove_suffix(1);
  std::string out;
  text::JsonWriter json(out);
  json.object().key("dsseEnvelope").raw(file);
  json.member("mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json");
  json.key("verificationMaterial").object().key("publicKey").object().member("hint", pieces.key_id).close();
  json.key("tlogEntries").array().close().close().close();
  out += '\n';
  return out;
}

}  // namespace immure::evidence
