/// DSSE 1.0.2 envelope around an in-toto Statement v1.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "evidence/evidence.hpp"
#include "evidence/keys.hpp"
#include "sys/error.hpp"

namespace immure::evidence {

inline constexpr std::string_view kPayloadType = "application/vnd.in-toto+json";
inline constexpr std::size_t kMaxEnvelopeBytes = 16U << 20;

/// What is signed: `DSSEv1 LEN(type) type LEN(body) body`.
[[nodiscard]] std::string pre_authentication_encoding(std::string_view type, std::string_view body);

/// Signs the statement's canonical JSON. The result is the whole evidence file, one line and a newline.
[[nodiscard]] std::string seal(const Statement& statement, const PrivateKey& key);

/// Like the function above, but error kInternal unless parse_statement() and open_envelope() would read the result:
/// immure signs nothing that no verifier could read.
[[nodiscard]] Result<std::string> seal_readable(const Statement& statement, const PrivateKey& key);

/// The same for a statement of another predicate: `body` is its JSON, and is signed as it is.
[[nodiscard]] std::string seal_bytes(std::string_view body, const PrivateKey& key);

/// Canonical JSON of the statement (RFC 8785).
[[nodiscard]] std::string statement_json(const Statement& statement);

struct OpenedEnvelope {
  std::string payload;  ///< exactly the bytes that were verified
  std::string key_id;   ///< of the key that verified
};

/// Reads strictly and verifies one envelope with one trusted key. The envelope is canonical JSON and one newline, or
/// none; its keyid is the key's. So an envelope that verifies cannot be changed in any byte and still do so. Errors
/// carry a stable reason code in `what`'s first word (docs/reason-codes.md), e.g. `envelope-malformed: …`,
/// `signature-invalid: …`, `payload-type: …`.
[[nodiscard]] Result<OpenedEnvelope> open_envelope(std::string_view file, const PublicKey& key);

/// The same with any of several trusted keys: the envelope is read once, and the key that verifies is named in the
/// result.
[[nodiscard]] Result<OpenedEnvelope> open_envelope(std::string_view file, std::span<const PublicKey> keys);

/// Reads as strictly and verifies nothing: the key's id is what the file says of itself. To show what is in a file,
/// never for a verdict.
[[nodiscard]] Result<OpenedEnvelope> open_unverified(std::string_view file);

/// The same envelope as a Sigstore bundle v0.3, as cosign takes it: the key by its hint, and no entry of a transparency
/// log. Verifies nothing. Errors as open_unverified().
[[nodiscard]] Result<std::string> sigstore_bundle(std::string_view file);

/// Reads the verified bytes strictly, as canonical JSON and nothing else: unknown, missing, doubled or case-variant
/// keys, floats, integers beyond 2^53, wrong types, bad digests, unsorted or repeated names are errors with the JSON
/// pointer in `where`.
[[nodiscard]] Result<Statement> parse_statement(std::string_view payload);

/// Head of the chain over probe records: H0 = SHA-256("immure-transcript-v1\n" runId "\n" nonce-or-empty "\n"),
/// Hn = SHA-256(H(n-1) || canonical JSON of record n).
[[nodiscard]] std::string transcript_head(const Evidence& evidence);

}  // namespace immure::evidence
