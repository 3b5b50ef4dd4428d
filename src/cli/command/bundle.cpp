#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "evidence/envelope.hpp"
#include "file/io.hpp"

namespace immure::cli {

Result<ExitCode> bundle_command(const Arguments& arguments) {
  const std::string& from = arguments.operands().front();
  TRY(const std::string path, arguments.required("output"));
  CHECK_OK(check_other_file(path, from));
  CHECK_OK(check_writable_file(path));
  TRY(const std::string envelope, file::read_whole(from, evidence::kMaxEnvelopeBytes));
  auto bundle = evidence::sigstore_bundle(envelope);
  if (!bundle) return fail(Code::kBadInput, from, to_text(bundle.error()), "It must be one DSSE envelope of immure's.");
  CHECK_OK(file::write_whole(path, *bundle, 0644));
  if (arguments.has("json")) {
    CHECK_OK(print(json_line({{"bundle", path}})));
  } else {
    CHECK_OK(print("bundle: " + visible(path) +
                   "\nThe bundle has no entry of a transparency log: its verifier must not ask for one.\n"));
  }
  return kSuccess;
}

}  // namespace immure::cli
