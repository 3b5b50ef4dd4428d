#include "plan/filter/filter.hpp"

#include <algorithm>

#include "file/io.hpp"
#include "plan/filter/builtin.hpp"
#include "plan/filter/groups.hpp"

namespace immure::plan {
namespace {

constexpr std::uint64_t kMaxFilterBytes = 1ULL << 20;

Result<const BuiltinFilter*> find_builtin(std::string_view profile) {
  const auto filters = builtin_filters();
  const auto found = std::ranges::find(filters, profile, &BuiltinFilter::name);
  if (found == filters.end()) return fail(Code::kInternal, profile, "no built-in filter of this name");
  return &*found;
}

/// The name of the built-in filter with which a profile begins.
std::string base_filter(const Profile& profile) {
  return profile.socket_pairs ? with_socket_pairs(profile.base) : profile.base;
}

}  // namespace

Result<FilterProgram> builtin_filter(std::string_view profile) {
  TRY(const BuiltinFilter* builtin, find_builtin(profile));
  return FilterProgram{.instructions = {builtin->instructions.begin(), builtin->instructions.end()},
                       .source_sha256 = std::string(builtin->source_sha256),
                       .sha256 = std::string(builtin->sha256)};
}

Result<std::string_view> builtin_filter_json(std::string_view profile) {
  TRY(const BuiltinFilter* builtin, find_builtin(profile));
  return builtin->json;
}

Result<Groups> builtin_groups() { return parse_groups(builtin_groups_text(), "profiles/groups.toml"); }

std::vector<std::string> extra_calls(const Profile& profile) {
  std::vector<std::string> extra = profile.unsafe_syscalls;
  // The filter of `jit` allows writable code already, so this key adds no calls to it.
  if (!profile.unsafe_exec.empty()) extra.emplace_back("execve");
  if (profile.unsafe_writable_code && profile.base != "jit") extra.insert(extra.end(), {"mmap", "mprotect"});
  std::ranges::sort(extra);
  extra.erase(std::ranges::unique(extra).begin(), extra.end());
  return extra;
}

Result<FilterProgram> filter_for(const Profile& profile) {
  if (std::ranges::find(profile.unsafe_syscalls, "execve") != profile.unsafe_syscalls.end())
    return fail(Code::kBadInput, profile.name, "unsafe_syscalls names execve",
                "unsafe_exec names the programs that may be started.");
  TRY(const BuiltinFilter* builtin, find_builtin(base_filter(profile)));
  const std::vector<std::string> extra = extra_calls(profile);
  if (profile.unsafe_seccomp_file) {
    TRY(const std::string json, file::read_whole(*profile.unsafe_seccomp_file, kMaxFilterBytes));
    return compile_filter(json, *profile.unsafe_seccomp_file, extra);
  }
  if (extra.empty()) return builtin_filter(base_filter(profile));
  return compile_filter(builtin->json, profile.name, extra);
}

}  // namespace immure::plan
