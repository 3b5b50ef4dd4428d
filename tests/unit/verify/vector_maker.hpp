/// Makes the vectors of tests/vectors: evidence from fixed keys, and the verdict that belongs to each file.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../sample/pipeline.hpp"
#include "../sample/sample.hpp"
#include "file/io.hpp"
#include "text/base64.hpp"
#include "verify/verify.hpp"

namespace immure::verify {

using evidence::Evidence;
using evidence::Statement;
using nlohmann::json;

inline const std::string kDirectory = std::string(IMMURE_SOURCE_DIR) + "/tests/vectors";
inline constexpr std::size_t kMaxBytes = 4U << 20;

/// A key that never changes and that everybody knows: its seed is one byte, repeated.
inline evidence::PrivateKey key_of(char seed) {
  using namespace std::string_view_literals;
  constexpr auto kPkcs8 = "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"sv;
  const test::TempDir directory;
  const std::string path =
      directory.write("k", "-----BEGIN PRIVATE KEY-----\n" + text::base64(std::string(kPkcs8) + std::string(32, seed)) +
                               "\n-----END PRIVATE KEY-----\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return *evidence::PrivateKey::load(path);
}

/// A vector: its result, and the facts that another program can check without knowing what evidence means.
struct Vector {
  std::string name, bytes, verdict, code;
  /// True for a canonical envelope with one signature that is valid for the key.
  bool authentic = true;
  bool canonical = true;  ///< true if its payload is canonical JSON
  std::string key = "attester.pub";
  std::string nonce = test::kNonce;
  std::int64_t now = test::kNow;
  int oldest_edition = 0;  ///< the oldest edition that is accepted; 0: the present one
  /// True for a vector that was made once and is never made again, because old evidence must stay valid.
  bool kept = false;
};

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// The machine of all vectors, on whichever machine this test runs.
inline constexpr sys::Machine kMachine = sys::Machine::kX86_64;

class Maker {
 public:
  std::vector<Vector> make() {
    valid();
    envelopes();
    statements();
    runs();
    return std::move(vectors_);
  }

 private:
  void valid() {
    add("good", evidence::seal(good_, key_), "ACCEPTED", "accepted");
    Statement signal = good_;
    signal.predicate.payload->exit_code.reset();
    signal.predicate.payload->signal = 11;
    add("payload_ended_by_signal", evidence::seal(signal, key_), "ACCEPTED", "accepted");
    pipelines();
    add("aarch64", evidence::seal(test::statement_of_a_good_run(judge::present_edition(sys::Machine::kAarch64)), key_),
        "ACCEPTED", "accepted");
    // Evidence of each earlier edition, as a launcher of that time wrote it.
    for (const judge::Edition& edition : judge::editions(kMachine)) {
      if (edition.number == judge::present_edition().number) continue;
      add("edition_" + std::to_string(edition.number), evidence::seal(test::statement_of_a_good_run(edition), key_),
          "ACCEPTED", "accepted");
      vectors_.back().oldest_edition = edition.number;
      vectors_.back().kept = true;
    }
  }

  void pipelines() {
    add("pipeline", evidence::seal(test::statement_of_a_good_pipeline(), key_), "ACCEPTED", "accepted");
    const auto rejected = [this](const std::string& name, std::string code,
                                 const std::function<void(Statement&)>& change) {
      Statement statement = test::statement_of_a_good_pipeline();
      change(statement);
      add("pipeline_" + name + "_fail", evidence::seal(statement, key_), "REJECTED", std::move(code));
    };
    rejected("stage_missing", "stages-contradict",
             [](Statement& s) { s.predicate.stages->erase(s.predicate.stages->begin()); });
    rejected("stages_exchanged", "stages-contradict",
             [](Statement& s) { std::swap(s.predicate.stages->at(0), s.predicate.stages->at(1)); });
    rejected("bytes_lost", "stages-contradict", [](Statement& s) { s.predicate.stage->read->bytes = 2; });
    rejected("namespace_shared", "stage-shared", [](Statement& s) {
      Evidence& first = s.predicate.stages->front();
      first.inside->namespaces["ipc"] = s.predicate.inside->namespaces["ipc"];
      for (evidence::OutsideView& view : first.outside) view.namespaces = first.inside->namespaces;
    });
    rejected("first_stage_blocked", "probe-leaked", test::block_first_stage);
    rejected("first_stage_leaked", "probe-leaked", [](Statement& s) {
      s.predicate.stages->front().probes[0].effect = probe::kRead;
      test::chain(s.predicate.stages->front());
    });
  }

  void add(std::string name, std::string bytes, std::string verdict, std::string code) {
    vectors_.push_back({std::move(name), std::move(bytes), std::move(verdict), std::move(code)});
  }
  void refuse(const std::string& name, std::string bytes, std::string code) {
    add(name + "_fail", std::move(bytes), "BLOCKED", std::move(code));
  }
  void forged(const std::string& name, std::string bytes, std::string code) {
    refuse(name, std::move(bytes), std::move(code));
    vectors_.back().authentic = false;
  }

  /// Vectors of envelopes. The verifier refuses them before it reads the statement, so a short statement is enough.
  void envelopes() {
    const std::string body = evidence::statement_json(small_);
    const std::string sealed = evidence::seal(small_, key_);
    const std::string id = key_.public_key().key_id();
    const std::size_t from = sealed.find("[{") + 1;
    const std::string signature = sealed.substr(from, sealed.find("}]") + 1 - from);
    const std::string sig = signature.substr(signature.find("sig\":\"") + 6, 88);
    const std::string type = R"("payloadType":"application/vnd.in-toto+json",)";
    const auto malformed = [&](const std::string& name, std::string bytes) {
      forged(name, std::move(bytes), "envelope-malformed");
    };
    malformed("envelope_key_twice", replaced(sealed, type, type + type));
    malformed("envelope_key_in_another_case", replaced(sealed, R"({"payload")", R"({"Payload")"));
    malformed("envelope_key_unknown", replaced(sealed, R"("signatures")", R"("passed":true,"signatures")"));
    malformed("envelope_cut_off", sealed.substr(0, sealed.size() / 2));
    malformed("envelope_trailing_bytes", sealed + "x");
    malformed("envelope_byte_order_mark", "\xEF\xBB\xBF" + sealed);
    malformed("envelope_blank", replaced(sealed, R"({"payload":)", R"({"payload": )"));
    malformed("envelope_escape", replaced(sealed, R"("payload":"e)", R"("payload":"\u0065)"));
    malformed("envelope_depth", std::string(100'000, '['));
    malformed("envelope_empty", "");
    malformed("base64_junk", replaced(sealed, R"("payload":"e)", R"("payload":"!)"));
    malformed("base64_line_break", replaced(sealed, R"("payload":"e)", "\"payload\":\"\ne"));
    malformed("base64_trailing_bits", with_trailing_bits(sealed));
    forged("payload_type_other", replaced(sealed, "vnd.in-toto+json", "vnd.in-toto+yaml"), "payload-type");
    forged("signature_missing", replaced(sealed, signature, ""), "signature-missing");
    forged("signature_empty", replaced(sealed, sig, ""), "signature-malformed");
    forged("signature_extra", replaced(sealed, signature, signature + "," + stranger_part(body)), "signature-count");
    forged("signature_twice", replaced(sealed, signature, signature + "," + signature), "signature-count");
    std::string many = signature;
    for (int i = 0; i < 500; ++i) many += "," + signature;
    forged("signature_five_hundred", replaced(sealed, signature, many), "signature-count");
    forged("signature_der", replaced(sealed, sig, text::base64("\x30\x44\x02\x20" + std::string(66, 'x'))),
           "signature-malformed");
    forged("signature_zero", replaced(sealed, sig, text::base64(std::string(64, '\0'))), "signature-invalid");
    forged("signature_larger_scalar", replaced(sealed, sig, larger_scalar(sig)), "signature-invalid");
    forged("signature_of_the_body_alone", replaced(sealed, sig, text::base64(key_.sign(body))), "signature-invalid");
    forged("key_of_a_stranger", evidence::seal(small_, stranger_), "signature-invalid");
    forged("key_id_of_the_host_signature_of_a_stranger",
           replaced(evidence::seal(small_, stranger_), stranger_.public_key().key_id(), id), "signature-invalid");
    forged("key_id_of_another", replaced(sealed, id, stranger_.public_key().key_id()), "key-id-mismatch");
    forged("key_of_small_order", replaced(sealed, sig, text::base64("\x01" + std::string(63, '\0'))), "key-unusable");
    vectors_.back().key = "small_order.pub";
    forged("payload_changed", replaced(sealed, text::base64(body).substr(400, 4), "AAAA"), "signature-invalid");
  }

  std::string stranger_part(const std::string& body) {
    const std::string other = evidence::seal_bytes(body, stranger_);
    const std::size_t from = other.find("[{") + 1;
    return other.substr(from, other.find("}]") + 1 - from);
  }
  /// Sets a bit without meaning in the last base64 digit before the padding.
  static std::string with_trailing_bits(std::string sealed) {
    const std::size_t pad = sealed.find("=\"");
    EXPECT_NE(pad, std::string::npos) << "the short statement's size must leave padding";
    sealed[sealed.rfind("==\"", pad + 1) == pad - 1 ? pad - 2 : pad - 1] += 1;
    return sealed;
  }
  /// Returns the signature with S + L in place of S. S + L satisfies the same equation (RFC 8032, section 8.4).
  static std::string larger_scalar(const std::string& sig) {
    using namespace std::string_view_literals;
    constexpr auto kOrder =
        "\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10"sv;
    std::string bytes = *text::unbase64(sig);
    unsigned carry = 0;
    for (std::size_t i = 0; i < kOrder.size(); ++i, carry >>= 8) {
      carry += static_cast<unsigned char>(bytes[32 + i]) + unsigned{static_cast<unsigned char>(kOrder[i])};
      bytes[32 + i] = static_cast<char>(carry);
    }
    return text::base64(bytes);
  }

  /// Vectors of statements. They are signed with the right key, so only the reader of the statement can refuse them.
  void statements() {
    const std::string body = evidence::statement_json(small_);
    const auto text = [&](const std::string& name, bool canonical, std::string_view from, std::string_view to,
                          const std::string& code = "statement-malformed") {
      refuse(name, evidence::seal_bytes(replaced(body, from, to), key_), code);
      vectors_.back().canonical = canonical;
    };
    text("statement_key_twice", false, R"("durationUs":812345)", R"("durationUs":812345,"durationUs":812345)");
    text("statement_key_in_another_case", false, R"("fault":)", R"("Fault":)");
    text("statement_key_unknown", true, R"("unsafe":[])", R"("unsafe":[],"zPassed":true)");
    text("statement_key_missing", true, R"("durationUs":812345,)", "");
    text("statement_keys_out_of_order", false, R"("name":"acceptance.toml")", R"("name":"acceptance.toml","a":1)");
    text("statement_float", false, "812345", "812345.0");
    text("statement_exponent", false, "812345", "8e5");
    text("statement_nan", false, "812345", "NaN");
    text("statement_null", true, "812345", "null");
    text("statement_beyond_2_53", false, "812345", "9007199254740993");
    text("statement_negative_zero", false, "812345", "-0");
    text("statement_invalid_utf8", false, "DROP", "DR\xC3\x28P");
    text("statement_lone_surrogate", false, "DROP", "DR\\ud800P");
    text("statement_escape", false, "DROP", "DR\\u004fP");
    text("statement_blank", false, R"("name":"DROP")", R"("name": "DROP")");
    text("statement_number_as_text", true, "812345", "\"812345\"");
    text("statement_type_other", true, "in-toto.io/Statement/v1", "in-toto.io/Statement/v2", "statement-type");
    text("statement_type_older", true, "in-toto.io/Statement/v1", "in-toto.io/Statement/v0.1", "statement-type");
    text("predicate_type_other", true, "sandbox-evidence:v1", "sandbox-evidence:v2", "predicate-type");
    const std::string first = R"({"digest":{"sha256":")" + small_.subjects[0].sha256 + R"("},"name":"a.txt"})";
    refuse("subject_missing", sealed_with([](Statement& s) { s.subjects.clear(); }), "subject-missing");
    text("subject_twice", true, first, first + "," + first);
    text("subject_weak_digest", true, R"("sha256":")" + small_.subjects[0].sha256,
         R"("sha1":")" + std::string(40, 'a'));
    text("subject_short_digest", true, small_.subjects[0].sha256, std::string(40, 'a'));
    text("subject_upper_case_digest", true, small_.subjects[0].sha256, std::string(64, 'A'));
    for (const auto& [name, path] : {std::pair("above", "../a"), std::pair("absolute", "/a"), std::pair("empty", "")})
      refuse(std::string("subject_") + name,
             sealed_with([outside = path](Statement& s) { s.subjects = {{outside, test::kDigestA}}; }), "subject-name");
  }

  std::string sealed_with(const std::function<void(Statement&)>& change) {
    Statement statement = small_;
    change(statement);
    return evidence::seal(statement, key_);
  }

  /// Adds a run with one defect, with its hash chain and signature as the host would make them.
  void run(const std::string& name, std::string verdict, std::string code, const std::function<void(Evidence&)>& change,
           bool chained = true) {
    Statement statement = good_;
    change(statement.predicate);
    if (chained) test::chain(statement.predicate);
    add(name + "_fail", evidence::seal(statement, key_), std::move(verdict), std::move(code));
  }
  void runs() {
    add("nonce_of_another_challenge_fail", evidence::seal(good_, key_), "BLOCKED", "nonce-mismatch");
    vectors_.back().nonce = std::string(43, 'A');
    add("stale_fail", evidence::seal(good_, key_), "BLOCKED", "evidence-stale");
    vectors_.back().now += 4000;
    run("nonce_absent", "BLOCKED", "nonce-missing", [](Evidence& e) { e.nonce.reset(); });
    run("nonce_short", "BLOCKED", "nonce-malformed", [](Evidence& e) { e.nonce = "AAEC"; });
    run("audience_other", "BLOCKED", "audience-mismatch", [](Evidence& e) { e.audience = "someone@example.org"; });
    run("finish_before_start", "BLOCKED", "time-order", [](Evidence& e) { e.finished_on = "2026-06-09T11:59:59Z"; });
    run("matrix_other", "BLOCKED", "matrix-mismatch", [](Evidence& e) { e.matrix.sha256 = test::kDigestA; });
    add("edition_older_fail", evidence::seal(test::statement_of_a_good_run(judge::editions(kMachine).front()), key_),
        "BLOCKED", "edition-older");
    run("catalogue_unknown", "BLOCKED", "catalogue-unknown", [](Evidence& e) { e.catalogue.sha256 = test::kDigestA; });
    run("catalogue_under_the_name_of_another", "BLOCKED", "catalogue-unknown",
        [](Evidence& e) { e.catalogue.sha256 = judge::editions(kMachine).front().catalogue; });
    run("architecture_unknown", "BLOCKED", "architecture-unknown",
        [](Evidence& e) { e.host.architecture = "riscv64"; });
    run("architecture_other", "BLOCKED", "catalogue-unknown", [](Evidence& e) { e.host.architecture = "aarch64"; });
    run("probes_of_a_later_edition_than_named", "BLOCKED", "probes-inconsistent", [](Evidence& e) {
      const judge::Edition& first = judge::editions(kMachine).front();
      e.catalogue = {"1", std::string(first.catalogue)};
      e.matrix.sha256 = first.matrix;
    });
    run("probes_of_an_earlier_edition_than_named", "BLOCKED", "probes-inconsistent",
        [](Evidence& e) { e.probes = test::evidence_of_a_good_run(judge::editions(kMachine).front()).probes; });
    run("probe_none", "BLOCKED", "probes-missing", [](Evidence& e) { e.probes.clear(); });
    run("probe_missing", "BLOCKED", "probes-inconsistent", [](Evidence& e) { e.probes.pop_back(); });
    run("probe_twice", "BLOCKED", "probes-inconsistent",
        [](Evidence& e) { e.probes.insert(e.probes.begin() + 1, e.probes[0]); });
    run("probes_reordered", "BLOCKED", "probes-inconsistent", [](Evidence& e) { std::swap(e.probes[0], e.probes[1]); });
    run("probe_leaked", "REJECTED", "probe-leaked", [](Evidence& e) { e.probes[0].effect = probe::kRead; });
    run("probe_not_run", "BLOCKED", "probe-not-run", [](Evidence& e) { e.probes[0].effect = probe::kNotRun; });
    run(
        "two_halves_spliced", "BLOCKED", "transcript-head",
        [](Evidence& e) {
          Evidence other = e;
          other.run_id = std::string(32, 'f');
          test::chain(other);
          e.transcript = other.transcript;
        },
        false);
    run("over_mount", "REJECTED", "mount-doubled", [](Evidence& e) {
      for (auto& look : e.outside) look.mounts.insert(look.mounts.begin() + 1, look.mounts[1]);
      e.inside->mounts.insert(e.inside->mounts.begin() + 1, e.inside->mounts[1]);
    });
    run("network_of_the_host", "REJECTED", "namespace-shared", [](Evidence& e) {
      for (auto& look : e.outside) look.host_namespaces["net"] = look.namespaces["net"];
    });
    run("network_with_a_link", "REJECTED", "network-interface", [](Evidence& e) {
      for (auto& look : e.outside) look.net_dev.emplace_back("eth0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0");
    });
    run("seccomp_off", "REJECTED", "seccomp-off", [](Evidence& e) { e.outside[1].seccomp_mode = 0; });
    run("new_privileges", "REJECTED", "privileges-gained", [](Evidence& e) { e.outside[1].no_new_privs = 0; });
    run("mounts_disagree", "REJECTED", "witness-disagrees", [](Evidence& e) { e.outside[0].mounts[0].type = "tmpfs"; });
    run("environment_undeclared", "REJECTED", "environment-differs",
        [](Evidence& e) { e.outside[1].environment.emplace_back("PATH"); });
    run("witness_missing", "BLOCKED", "witness-missing", [](Evidence& e) { e.outside.pop_back(); });
    run("faulted", "BLOCKED", "run-faulted", [](Evidence& e) { e.fault = "gate: EPERM"; });
  }

  /// The index of a probe that answers with an errno and whose control is demanded.
  static std::size_t a_denied_probe() {
    const auto rows = probe::catalogue(kMachine);
    const auto fits = [](const probe::Row& row) {
      return row.cell.values[0] > 0 && row.unless.empty() && demanded(row, probe::Stage::kControl);
    };
    return static_cast<std::size_t>(std::ranges::find_if(rows, fits) - rows.begin());
  }

  static Statement small_statement() {
    Statement statement = test::statement_of_a_good_run(judge::present_edition(kMachine));
    statement.predicate.probes.clear();
    statement.predicate.payload.reset();
    statement.predicate.inside.reset();
    statement.predicate.outside.clear();
    // Make a payload whose base64 has padding, which one of the vectors needs.
    statement.predicate.fault = "gate: EPERM";
    while (evidence::statement_json(statement).size() % 3 != 1) *statement.predicate.fault += ' ';
    return statement;
  }

  evidence::PrivateKey key_ = key_of('a');
  evidence::PrivateKey stranger_ = key_of('s');
  Statement good_ = test::statement_of_a_good_run(judge::present_edition(kMachine));
  Statement small_ = small_statement();
  std::vector<Vector> vectors_;
};

}  // namespace immure::verify
