#include "plan/profile.hpp"

#include <algorithm>

#include "file/io.hpp"
#include "file/named.hpp"
#include "plan/filter/builtin.hpp"

namespace immure::plan {
namespace {

constexpr std::uint64_t kMaxProfileBytes = 64ULL << 10;

Result<const BuiltinToml*> find_toml(std::string_view name) {
  const auto tomls = builtin_tomls();
  const auto found = std::ranges::find(tomls, name, &BuiltinToml::name);
  if (found == tomls.end())
    return fail(Code::kUsage, name, "there is no built-in profile of this name",
                "Choose static, dynamic, python or jit, or name a file.");
  return &*found;
}

}  // namespace

std::vector<std::string> Profile::unsafe_keys() const {
  std::vector<std::string> keys;
  if (!unsafe_exec.empty()) keys.emplace_back("unsafe_exec");
  if (unsafe_seccomp_file) keys.emplace_back("unsafe_seccomp");
  if (!unsafe_syscalls.empty()) keys.emplace_back("unsafe_syscalls");
  if (unsafe_writable_code) keys.emplace_back("unsafe_writable_code");
  return keys;
}

probe::Gifts Profile::gifts() const {
  return static_cast<probe::Gifts>((scratch_bytes != 0 ? probe::kScratch : 0) | (read_back ? probe::kReadBack : 0) |
                                   (socket_pairs ? probe::kSocketPairs : 0) |
                                   (unsafe_exec.empty() ? 0 : probe::kHelpers));
}

bool Profile::executes_image() const { return unsafe_exec == std::vector<std::string>{std::string(kWholeImage)}; }

// Use the compiled defaults instead of the TOML text, so that a run without a profile file does not need the TOML
// parser. A test compares the two.
Result<Profile> builtin_profile(std::string_view name) {
  TRY(const BuiltinToml* toml, find_toml(name));
  Profile profile;
  profile.name = profile.base = name;
  profile.unsafe_writable_code = name == "jit";
  profile.source_sha256 = toml->sha256;
  if (name == "inspect") {
    // The inspector limits its own run to this time and needs a minute more to write the report. One worker process may
    // use all this time on a processor.
    profile.limits.wall_ms = 960'000;
    profile.limits.cpu_s = 960;
  }
  return profile;
}

Result<Profile> read_profile(const std::string& path) {
  TRY(const std::string text, file::read_named(path, kMaxProfileBytes));
  return parse_profile(text, path);
}

bool is_profile_file(std::string_view name) { return name.find_first_of("/.") != std::string_view::npos; }

Result<Profile> profile_called(const std::string& name) {
  return is_profile_file(name) ? read_profile(name) : builtin_profile(name);
}

Result<std::string> profile_toml(std::string_view name) {
  TRY(const BuiltinToml* toml, find_toml(name));
  return std::string(toml->text);
}

}  // namespace immure::plan
