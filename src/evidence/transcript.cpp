#include "evidence/envelope.hpp"
#include "evidence/writer.hpp"
#include "file/sha256.hpp"
#include "text/hex.hpp"

namespace immure::evidence {
namespace {

std::string_view view(const file::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string transcript_head(const Evidence& evidence) {
  // The run's id and nonce seed the chain. Otherwise an attacker could join the first half of one run with the second
  // half of another.
  file::Sha256 hash;
  hash.update(std::string_view("immure-transcript-v1\n"));
  hash.update(std::string_view(evidence.run_id));
  hash.update(std::string_view("\n"));
  hash.update(evidence.nonce ? std::string_view(*evidence.nonce) : std::string_view());
  hash.update(std::string_view("\n"));
  file::Digest head = hash.finish();
  std::string record;
  for (const ProbeRecord& probe : evidence.probes) {
    record.assign(view(head));
    write(record, probe);
    hash.update(std::string_view(record));
    head = hash.finish();
  }
  return text::hex(head);
}

}  // namespace immure::evidence
