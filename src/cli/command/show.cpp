#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "evidence/envelope.hpp"
#include "file/io.hpp"
#include "render/show.hpp"
#include "verify/lock_down.hpp"

namespace immure::cli {

namespace {

/// A file that is no evidence gives exit code 3, as for `verify` and `diff`.
std::unexpected<Error> unreadable(const std::string& path, const Error& error) {
  const bool signature = error.what.starts_with("signature-invalid");
  return fail(Code::kBlocked, error.where.empty() ? path : path + ":" + error.where, error.what,
              signature ? "Name the key of the host that made the file, or leave --key out to see what nobody checked."
                        : "Give a file that `immure run` wrote as evidence.");
}

}  // namespace

Result<ExitCode> show_command(const Arguments& arguments) {
  std::vector<evidence::PublicKey> keys;
  for (const std::string& path : arguments.values("key")) {
    TRY(const evidence::PublicKey key, evidence::PublicKey::load(path));
    keys.push_back(key);
  }
  const std::size_t width = terminal_columns(STDOUT_FILENO);
  // Enter a sandbox before reading a stranger's file, as `verify` does. Go on if the kernel cannot build the sandbox,
  // because show decides nothing.
  TRY(const auto missing, verify::lock_down(arguments.operands()));
  const std::string& path = arguments.operands().front();
  TRY(const std::string bytes, file::read_whole(path, evidence::kMaxEnvelopeBytes));
  const auto opened = keys.empty() ? evidence::open_unverified(bytes) : evidence::open_envelope(bytes, keys);
  if (!opened) return unreadable(path, opened.error());
  const auto statement = evidence::parse_statement(opened->payload);
  if (!statement) return unreadable(path, statement.error());
  const render::Signature signature{.checked = !keys.empty(), .key_id = opened->key_id};
  CHECK_OK(print(arguments.has("json") ? render::shown_json(*statement, signature)
                                       : render::shown_text(*statement, signature, width)));
  return kSuccess;
}

}  // namespace immure::cli
