/// The DSSE 1.0.2 envelope around an in-toto Statement v1.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "evidence/evidence.hpp"
#include "evidence/keys.hpp"
#include "sys/error.hpp"

namespace immure::evidence {

inline constexpr std::string_view kPayloadType = "application/vnd.in-toto+json";
inline constexpr std::size_t kMaxEnvelopeBytes = 16U << 20;

/// The bytes that are signed: `DSSEv1 LEN(type) type LEN(body) body` (DSSE, pre-authentication encoding).
[[nodiscard]] std::string pre_authentication_encoding(std::string_view type, std::string_view body);

/// Signs the statement's canonical JSON. The result is the whole evidence file: one line and a newline.
[[nodiscard]] std::string seal(const Statement& statement, const PrivateKey& key);

/// Signs a message: with a private key, or by asking somebody who has one.
using Sign = std::function<Result<std::string>(std::string_view message)>;

/// Like seal(), but the signature comes from `sign`, and `key` is the public key that must verify the signature. Error
/// kInternal unless parse_statement() and open_envelope() can read the result, so that immure signs only what a
/// verifier can read; kSystem if `key` does not verify the signature; the error of `sign`.
[[nodiscard]] Result<std::string> seal_readable(const Statement& statement, const PublicKey& key, const Sign& sign);

/// Like seal(), but returns error kInternal unless parse_statement() and open_envelope() can read the result, so that
/// immure signs only what a verifier can read.
[[nodiscard]] Result<std::string> seal_readable(const Statement& statement, const PrivateKey& key);

/// Like seal(), for a statement with another predicate. `body` is the statement's JSON, which is signed unchanged.
[[nodiscard]] std::string seal_bytes(std::string_view body, const PrivateKey& key);

/// The same with a signature from `sign`, and `key` is the public key that must verify the signature. Errors: kSystem
/// if `key` does not verify the signature; the error of `sign`.
[[nodiscard]] Result<std::string> seal_bytes(std::string_view body, const PublicKey& key, const Sign& sign);

/// The canonical JSON of the statement (RFC 8785).
[[nodiscard]] std::string statement_json(const Statement& statement);

struct OpenedEnvelope {
  std::string payload;  ///< exactly the bytes that were verified
  std::string key_id;   ///< the id of the key that verified the signature
};

/// Reads an envelope strictly and verifies its signature with one trusted key. The envelope must be canonical JSON,
/// with one newline behind it or none, and its keyid must be that of the key. So nobody can change any byte of an
/// envelope without making it invalid. The first word of `what` in an error is a stable reason code
/// (docs/reason-codes.md), such as `envelope-malformed: …`, `signature-invalid: …`, `payload-type: …`.
[[nodiscard]] Result<OpenedEnvelope> open_envelope(std::string_view file, const PublicKey& key);

/// Like the function above, with any of several trusted keys. The function reads the envelope once, and the result
/// names the key that verified the signature.
[[nodiscard]] Result<OpenedEnvelope> open_envelope(std::string_view file, std::span<const PublicKey> keys);

/// Like open_envelope(), but verifies nothing: the id in the result is what the file claims. Use this function to show
/// what a file contains, and never for a verdict.
[[nodiscard]] Result<OpenedEnvelope> open_unverified(std::string_view file);

/// The same envelope as a Sigstore bundle v0.3, which cosign accepts. The bundle names the key by its hint, and has no
/// entry of a transparency log. Verifies nothing. Errors: as open_unverified().
[[nodiscard]] Result<std::string> sigstore_bundle(std::string_view file);

/// Reads a statement from verified bytes, which must be canonical JSON. Errors, with the JSON pointer in `where`:
/// unknown, missing, doubled or case-variant keys, floats, integers beyond 2^53, wrong types, bad digests, unsorted or
/// repeated names.
[[nodiscard]] Result<Statement> parse_statement(std::string_view payload);

/// The last hash of the chain over the probe records: H0 = SHA-256("immure-transcript-v1\n" runId "\n" nonce-or-empty
/// "\n"), Hn = SHA-256(H(n-1) || canonical JSON of record n).
[[nodiscard]] std::string transcript_head(const Evidence& evidence);

}  // namespace immure::evidence
