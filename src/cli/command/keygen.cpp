#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "evidence/keys.hpp"
#include "file/io.hpp"

namespace immure::cli {
namespace {

/// host.key -> host.pub, host -> host.pub.
std::string public_path_of(const std::string& path) {
  constexpr std::string_view kSuffix = ".key";
  std::string_view stem = path;
  // If `.key` is the whole name, it is not a suffix.
  const bool has_stem = stem.size() > kSuffix.size() && stem[stem.size() - kSuffix.size() - 1] != '/';
  if (has_stem && stem.ends_with(kSuffix)) stem.remove_suffix(kSuffix.size());
  return std::string(stem) + ".pub";
}

evidence::KeyType type_of(const Arguments& arguments) {
  return arguments.value("type") == "p256" ? evidence::KeyType::kP256 : evidence::KeyType::kEd25519;
}

}  // namespace

Result<ExitCode> keygen_command(const Arguments& arguments) {
  const std::string& path = arguments.operands().front();
  if (path.ends_with(".pub")) {
    return fail(Code::kUsage, path, "is the name of a public key", "Name the private one, for example host.key.");
  }
  const std::string public_path = public_path_of(path);
  const evidence::PrivateKey key = evidence::PrivateKey::generate(type_of(arguments));
  // Write both files into one directory that is held open, because somebody may move the directory or its entries.
  TRY(const file::Place place, place_to_write(path));
  TRY(const file::Place public_place,
      file::place_in(place.directory, place.parent, public_path.substr(public_path.rfind('/') + 1), public_path));
  // Write the public key first. If the second write fails, only a harmless file is left, which can be removed.
  TRY(const file::NewFile half, file::create_held(public_place, key.public_key().pem(), 0644));
  if (const auto written = file::create_whole(place, key.pem(), 0600); !written) {
    half.take_back();
    return std::unexpected(written.error());
  }
  const std::string id = key.public_key().key_id();
  if (arguments.has("json")) {
    CHECK_OK(print(json_line({{"keyId", id}, {"private", path}, {"public", public_path}})));
  } else {
    CHECK_OK(print("private key: " + visible(path) + "\npublic key:  " + visible(public_path) + "\nkey id:      " + id +
                   "\n"));
  }
  return kSuccess;
}

}  // namespace immure::cli
