#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "evidence/envelope.hpp"
#include "evidence/json.hpp"
#include "file/sha256.hpp"
#include "text/base64.hpp"

namespace immure::evidence {
namespace {

const std::string kDigest(64, 'a');

Evidence small_evidence() {
  Evidence evidence;
  evidence.run_id = std::string(32, '0');
  evidence.started_on = evidence.finished_on = "2026-06-09T12:00:00Z";
  for (Artifact* artifact : {&evidence.catalogue, &evidence.matrix, &evidence.profile, &evidence.plan, &evidence.image,
                             &evidence.program, &evidence.launcher})
    *artifact = {"name", kDigest};
  return evidence;
}

Statement small_statement() { return {{{"a.txt", kDigest}}, small_evidence()}; }

/// Makes an envelope around any payload, and signs the payload unchanged.
std::string envelope(std::string_view payload, const PrivateKey& key, std::string_view type = kPayloadType) {
  const std::string signature = key.sign(pre_authentication_encoding(type, payload));
  return R"({"payload":")" + text::base64(payload) + R"(","payloadType":")" + std::string(type) +
         R"(","signatures":[{"keyid":")" + key.public_key().key_id() + R"(","sig":")" + text::base64(signature) +
         "\"}]}\n";
}

std::string code_of(const Error& error) { return error.what.substr(0, error.what.find(':')); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// immure must not sign evidence that no verifier could read: the run would have no usable evidence, and nobody would
// notice.
TEST(SealReadable, SignsWhatAReaderTakes) {
  const PrivateKey key = PrivateKey::generate();
  const auto sealed = seal_readable(small_statement(), key);
  ASSERT_TRUE(sealed) << to_text(sealed.error());
  EXPECT_TRUE(open_envelope(*sealed, key.public_key()));
}

TEST(SealReadable, RefusesWhatNoReaderTakes) {
  const PrivateKey key = PrivateKey::generate();
  struct Case {
    const char* what;
    std::function<void(Statement&)> change;
  };
  const Case cases[] = {
      {"a text that is too long", [](Statement& s) { s.predicate.input.name.assign(json::kMaxTextBytes + 1, 'x'); }},
      {"a number beyond 2^53", [](Statement& s) { s.predicate.input.bytes = std::uint64_t{1} << 53; }},
      {"a digest that is none", [](Statement& s) { s.subjects.front().sha256 = "abc"; }},
      {"two subjects of one name", [](Statement& s) { s.subjects.push_back(s.subjects.front()); }},
      {"a name that leads upwards", [](Statement& s) { s.subjects.front().name = "../a"; }},
      {"no subject", [](Statement& s) { s.subjects.clear(); }},
      {"more elements than the limit",
       [](Statement& s) { s.predicate.output.refused.assign(json::kMaxElements + 1, "x"); }},
  };
  for (const Case& each : cases) {
    Statement statement = small_statement();
    each.change(statement);
    const auto sealed = seal_readable(statement, key);
    ASSERT_FALSE(sealed) << each.what;
    EXPECT_EQ(sealed.error().code, Code::kInternal) << each.what;
    EXPECT_NE(to_text(sealed.error()).find("no verifier would read it"), std::string::npos) << each.what;
  }
}

TEST(SealReadable, RefusesAnEnvelopeThatIsLargerThanAVerifierReads) {
  const PrivateKey key = PrivateKey::generate();
  Statement statement = small_statement();
  // Each text is short enough, and there are not too many texts; only the whole statement is too large.
  statement.predicate.output.refused.assign(kMaxEnvelopeBytes / (64U << 10), std::string(64U << 10, 'x'));
  const auto sealed = seal_readable(statement, key);
  ASSERT_FALSE(sealed);
  EXPECT_NE(to_text(sealed.error()).find("larger than a verifier reads"), std::string::npos);
  statement.predicate.output.refused.resize(100);
  EXPECT_TRUE(seal_readable(statement, key));
}

TEST(PreAuthenticationEncoding, IsThatOfTheSpecification) {
  EXPECT_EQ(pre_authentication_encoding("http://example.com/HelloWorld", "hello world"),
            "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(pre_authentication_encoding("", ""), "DSSEv1 0  0 ");
}

TEST(Envelope, OpensWithTheKeyThatSealedIt) {
  const PrivateKey key = PrivateKey::generate();
  const Statement statement = small_statement();
  const std::string sealed = seal(statement, key);
  EXPECT_EQ(sealed, envelope(statement_json(statement), key));
  const auto opened = open_envelope(sealed, key.public_key());
  ASSERT_TRUE(opened) << to_text(opened.error());
  EXPECT_EQ(opened->payload, statement_json(statement));
  EXPECT_EQ(opened->key_id, key.public_key().key_id());
}

TEST(Envelope, NeedsNoNewlineAtItsEnd) {
  const PrivateKey key = PrivateKey::generate();
  std::string sealed = seal(small_statement(), key);
  sealed.pop_back();
  EXPECT_TRUE(open_envelope(sealed, key.public_key()));
  EXPECT_FALSE(open_envelope(sealed + "\n\n", key.public_key()));
}

TEST(Envelope, OfAnotherKeyIsRefusedWhateverItsIdSays) {
  const PrivateKey key = PrivateKey::generate();
  const PrivateKey stranger = PrivateKey::generate();
  const std::string sealed = seal(small_statement(), stranger);
  EXPECT_EQ(code_of(open_envelope(sealed, key.public_key()).error()), "signature-invalid");
  const std::string renamed = replaced(sealed, stranger.public_key().key_id(), key.public_key().key_id());
  EXPECT_EQ(code_of(open_envelope(renamed, key.public_key()).error()), "signature-invalid");
}

TEST(Envelope, WhoseIdNamesAnotherKeyIsRefused) {
  const PrivateKey key = PrivateKey::generate();
  const std::string renamed = replaced(seal(small_statement(), key), key.public_key().key_id(), std::string(64, '0'));
  EXPECT_EQ(code_of(open_envelope(renamed, key.public_key()).error()), "key-id-mismatch");
}

TEST(Envelope, OfAnotherPayloadTypeIsRefused) {
  const PrivateKey key = PrivateKey::generate();
  const std::string body = statement_json(small_statement());
  EXPECT_EQ(code_of(open_envelope(envelope(body, key, "application/json"), key.public_key()).error()), "payload-type");
  // The signature covers the type: nobody can change the type of a signed statement.
  const std::string relabelled = replaced(envelope(body, key, "application/json"), "application/json", kPayloadType);
  EXPECT_EQ(code_of(open_envelope(relabelled, key.public_key()).error()), "signature-invalid");
}

TEST(Envelope, HasExactlyOneSignature) {
  const PrivateKey key = PrivateKey::generate();
  const std::string sealed = seal(small_statement(), key);
  const std::size_t from = sealed.find("[{") + 1;
  const std::string signature = sealed.substr(from, sealed.find("}]") + 1 - from);
  EXPECT_EQ(code_of(open_envelope(replaced(sealed, signature, ""), key.public_key()).error()), "signature-missing");
  EXPECT_EQ(code_of(open_envelope(replaced(sealed, signature, signature + "," + signature), key.public_key()).error()),
            "signature-count");
  std::string many = signature;
  for (int i = 0; i < 5000; ++i) many += "," + signature;
  EXPECT_EQ(code_of(open_envelope(replaced(sealed, signature, many), key.public_key()).error()), "signature-count");
  EXPECT_EQ(code_of(open_envelope(replaced(sealed, "}]}", "},]}"), key.public_key()).error()), "signature-count");
  EXPECT_EQ(code_of(open_envelope(replaced(sealed, signature, "{}"), key.public_key()).error()), "envelope-malformed");
}

TEST(Envelope, TakesNoOtherFormOfSignature) {
  const PrivateKey key = PrivateKey::generate();
  const std::string sealed = seal(small_statement(), key);
  const std::size_t at = sealed.find(R"("sig":")") + 7;
  const std::string old = sealed.substr(at, sealed.find('"', at) - at);
  for (const std::string& other :
       {std::string(), std::string("AA=="), text::base64(std::string(63, 'x')), text::base64(std::string(65, 'x')),
        text::base64(std::string("\x30\x44\x02\x20") + std::string(66, 'x')), old.substr(0, old.size() - 1), old + "="})
    EXPECT_EQ(code_of(open_envelope(replaced(sealed, old, other), key.public_key()).error()), "signature-malformed")
        << other;
  EXPECT_EQ(
      code_of(open_envelope(replaced(sealed, old, text::base64(std::string(64, '\0'))), key.public_key()).error()),
      "signature-invalid");
}

TEST(Envelope, ThatIsNotCanonicalIsRefused) {
  const PrivateKey key = PrivateKey::generate();
  const std::string sealed = seal(small_statement(), key);
  const std::string tail = R"(,"payloadType":")" + std::string(kPayloadType) + "\"";
  for (const std::string& bad : {
           std::string(),
           std::string("{}"),
           std::string("[]"),
           std::string("null"),
           std::string(100'000, '['),
           "\xEF\xBB\xBF" + sealed,
           " " + sealed,
           sealed + "x",
           sealed + std::string(1, '\0') + "x",
           sealed.substr(0, sealed.size() / 2),
           replaced(sealed, R"({"payload")", R"({ "payload")"),
           replaced(sealed, R"("payload":)", R"("Payload":)"),
           replaced(sealed, tail, tail + tail),
           replaced(sealed, tail, ""),
           replaced(sealed, R"("signatures":)", R"("extra":1,"signatures":)"),
           replaced(sealed, R"({"payload")", R"({"extra":1,"payload")"),
           replaced(sealed, "}]}", "}],}"),
           replaced(sealed, R"("payload":"e)", R"("payload":"\u0065)"),
           replaced(sealed, R"("payload":"e)", R"("payload":"!)"),
           replaced(sealed, R"("payload":")", R"("payload":"\n)"),
           replaced(sealed, "\"}]}", "\",\"sig\":\"\"}]}"),
       })
    EXPECT_EQ(code_of(open_envelope(bad, key.public_key()).error()), "envelope-malformed") << bad.substr(0, 80);
}

TEST(Envelope, OverTheLimitIsRefused) {
  const PrivateKey key = PrivateKey::generate();
  EXPECT_EQ(code_of(open_envelope(std::string(kMaxEnvelopeBytes + 1, ' '), key.public_key()).error()),
            "envelope-malformed");
}

TEST(TranscriptHead, IsTheChainOfTheSpecification) {
  Evidence evidence = small_evidence();
  evidence.nonce = "N";
  const auto bytes = [](const std::string& hex) {
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2) out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return out;
  };
  std::string head = file::sha256_hex("immure-transcript-v1\n" + evidence.run_id + "\nN\n");
  EXPECT_EQ(transcript_head(evidence), head);
  ProbeRecord record;
  record.id = "network/x";
  record.args = {"1", "\"/in\""};
  record.ret = -1;
  record.errno_value = 1;
  record.control = {3, 0, 0, "scratch"};
  record.walls = Answer{};
  evidence.probes = {record};
  const std::string json =
      R"({"args":["1","\"/in\""],"boundary":"","control":{"effect":0,"errno":0,"ret":3,"where":"scratch"},"effect":0,"errno":1,)"
      R"("id":"network/x","ret":-1,"seq":0,"syscall":"","walls":{"effect":0,"errno":0,"ret":0}})";
  EXPECT_EQ(transcript_head(evidence), file::sha256_hex(bytes(head) + json));
}

TEST(TranscriptHead, ChangesWithEverythingInIt) {
  Evidence evidence = small_evidence();
  evidence.probes.resize(3);
  const std::string head = transcript_head(evidence);
  Evidence other = evidence;
  other.nonce = "";
  EXPECT_EQ(transcript_head(other), head);
  other.nonce = "x";
  EXPECT_NE(transcript_head(other), head);
  other = evidence;
  other.run_id[0] = '1';
  EXPECT_NE(transcript_head(other), head);
  other = evidence;
  other.probes[1].walls = Answer{};
  EXPECT_NE(transcript_head(other), head);
  other = evidence;
  other.probes.pop_back();
  EXPECT_NE(transcript_head(other), head);
}

}  // namespace
}  // namespace immure::evidence
