#include "cli/run/manifest.hpp"

#include <limits>
#include <utility>

#include "attest/input.hpp"
#include "attest/input_parts.hpp"
#include "attest/stage.hpp"
#include "cli/run/inputs.hpp"

namespace immure::cli {
namespace {

Result<std::string> digest_of(const attest::OpenInput& input, const file::Entry& entry, const std::string& name) {
  auto opened = attest::open_entry(input, entry.path);
  if (!opened) return fail(Code::kBadInput, name + "/" + entry.path, "cannot be read", {}, opened.error().value);
  std::vector<sys::Fd> files;
  files.push_back(std::move(*opened));
  const std::vector<file::Entry> one{entry};
  file::ManifestHasher hasher(-1, name, one);
  hasher.read_from(files);
  for (bool done = false; !done;) {
    TRY(done, hasher.step(std::numeric_limits<std::uint64_t>::max()));
  }
  return hasher.file_digests().front();
}

}  // namespace

Result<std::string> manifest_of(const std::vector<std::string>& values) {
  TRY(HeldInput held, hold_inputs(values));
  const std::string name = held.parts.empty() ? held.whole.path : std::string("/in");
  attest::OpenInput input;
  if (held.parts.empty()) {
    TRY(input.entries, attest::list_input(held.whole.directory.get(), name, {}));
  } else {
    TRY(input.entries, attest::list_parts(held.parts, {}));
  }
  input.directory = std::move(held.whole.directory);
  input.parts = std::move(held.parts);
  // A cell gets no FIFO, socket or device. A run either refuses them or leaves them out of its copy.
  static_cast<void>(attest::leave_out_channels(input));
  std::vector<std::string> digests(input.entries.size());
  for (std::size_t i = 0; i < digests.size(); ++i) {
    if (input.entries[i].kind != file::Kind::kFile) continue;
    TRY(digests[i], digest_of(input, input.entries[i], name));
  }
  return file::manifest_digest(input.entries, digests);
}

}  // namespace immure::cli
