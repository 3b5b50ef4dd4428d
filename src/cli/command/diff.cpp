#include <optional>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "evidence/envelope.hpp"
#include "file/io.hpp"
#include "render/difference.hpp"
#include "verify/lock_down.hpp"

namespace immure::cli {
namespace {

/// A file that cannot be read does not count as a difference: the exit code is 3, as for evidence that cannot be
/// appraised.
std::unexpected<Error> unreadable(const std::string& path, const Error& error) {
  return fail(Code::kBlocked, path, to_text(error));
}

Result<evidence::Statement> read_statement(const std::string& path, const std::vector<evidence::PublicKey>& keys) {
  const auto bytes = file::read_whole(path, evidence::kMaxEnvelopeBytes);
  if (!bytes) return std::unexpected(bytes.error());
  const auto opened = keys.empty() ? evidence::open_unverified(*bytes) : evidence::open_envelope(*bytes, keys);
  if (!opened) return unreadable(path, opened.error());
  auto statement = evidence::parse_statement(opened->payload);
  if (!statement) return unreadable(path, statement.error());
  return statement;
}

}  // namespace

Result<ExitCode> diff_command(const Arguments& arguments) {
  std::vector<evidence::PublicKey> keys;
  for (const std::string& path : arguments.values("key")) {
    TRY(const evidence::PublicKey key, evidence::PublicKey::load(path));
    keys.push_back(key);
  }
  // Enter a sandbox before reading files of strangers, as `verify` does. Go on if the kernel cannot build the sandbox,
  // because diff decides nothing.
  TRY(const auto missing, verify::lock_down(arguments.operands()));
  TRY(const evidence::Statement first, read_statement(arguments.operands()[0], keys));
  TRY(const evidence::Statement second, read_statement(arguments.operands()[1], keys));
  const render::Comparison comparison = render::compare(first, second, arguments.has("all"));
  if (arguments.has("json")) {
    CHECK_OK(print(render::comparison_json(comparison, !keys.empty())));
  } else {
    CHECK_OK(print(render::comparison_text(comparison)));
    if (keys.empty()) CHECK_OK(print("signatures were not checked (--key)\n"));
  }
  return comparison.differences.empty() ? kSuccess : kDiffers;
}

}  // namespace immure::cli
