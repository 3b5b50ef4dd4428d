/// Writes a first corpus for the fuzz targets of `evidence`, `tlog` and `verify`. Usage: fuzz_seeds DIRECTORY
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "../unit/sample/sample.hpp"
#include "tlog/log.hpp"
#include "verify/nonce_store.hpp"

int main(int argc, char** argv) {
  using namespace immure;
  if (argc != 2) {
    std::fputs("usage: fuzz_seeds DIRECTORY\n", stderr);
    return 64;
  }
  const std::filesystem::path root = argv[1];
  const auto write = [&](std::string_view target, std::string_view name, std::string_view bytes) {
    std::filesystem::create_directories(root / target);
    std::ofstream(root / target / name, std::ios::binary) << bytes;
  };
  const evidence::PrivateKey key = evidence::PrivateKey::generate();
  evidence::Statement good = test::statement_of_a_good_run();
  evidence::Statement small = good;
  small.predicate.probes.resize(1);
  small.predicate.payload.reset();
  small.predicate.inside.reset();
  small.predicate.outside.pop_back();
  for (const char* target : {"evidence_statement", "verify_judge", "verify_page"}) {
    write(target, "good", evidence::statement_json(good));
    write(target, "small", evidence::statement_json(small));
    write(target, "empty", evidence::statement_json({}));
  }
  write("evidence_envelope", "good", evidence::seal(good, key));
  write("evidence_envelope", "small", evidence::seal(small, key));
  write("evidence_keys", "public", key.public_key().pem());
  const evidence::PrivateKey p256 = evidence::PrivateKey::generate(evidence::KeyType::kP256);
  write("evidence_envelope", "p256", evidence::seal(small, p256));
  write("evidence_keys", "p256", p256.public_key().pem());
  write("evidence_keys", "signature", p256.sign("text"));
  write("evidence_keys", "private", evidence::PrivateKey::generate().pem());
  const tlog::Entry entry{.evidence_sha256 = test::kDigestA, .run_id = good.predicate.run_id};
  const tlog::Hash leaf = tlog::leaf_hash(tlog::entry_text(entry));
  const std::string note = *tlog::sign_checkpoint({.origin = "example.com/runs", .size = 1, .root = leaf}, key, "key");
  write("tlog_note", "entry", tlog::entry_text(entry));
  write("tlog_note", "checkpoint", note);
  write("tlog_note", "proof", "c2sp.org/tlog-proof@v1\nindex 0\n\n" + note);
  const auto challenge = verify::new_challenge("ops@example.org", test::kNow, 600);
  write("verify_challenge", "challenge", verify::challenge_json(*challenge));
  write("verify_challenge", "nonce_store", verify::nonce_store_json({{{challenge->expires_on, challenge->nonce}}}));
  write("verify_policy", "policy",
        "version = 1\nprofiles = ['static']\nvenues = ['native']\nimages = ['" + test::kDigestA +
            "']\nprograms = ['sort']\narguments = ['/in/a']\ninputs = ['" + test::kDigestB +
            "']\nexit_codes = [0, 1]\ntests = [24, 44]\nmax_age = '24h'\n[[keys]]\npath = 'host.pub'\nroles = "
            "['attester']\n"
            "from = '2026-01-01T00:00:00Z'\nuntil = '2027-01-01T00:00:00Z'\n");
  write("evidence_text", "text", "\"a\\n\\u0001\\\"\xC3\xA9\"");
  write("evidence_text", "number", "-9007199254740991");
  write("evidence_text", "base64", "Zm9vYmE=");
  return 0;
}
