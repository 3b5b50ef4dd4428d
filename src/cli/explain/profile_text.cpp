#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "cli/explain/explanation.hpp"
#include "plan/profile.hpp"
#include "text/hex.hpp"
#include "text/list.hpp"
#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::cli {
namespace {

constexpr std::string_view kHad = "as in the explained run";
constexpr std::uint64_t kUsualScratch = 256ULL << 20U;

/// A TOML text. A profile file may have characters beyond ASCII in comments alone, so they become escapes. Nor may
/// three quotes follow each other: a file with three quotes may have such characters nowhere (file/toml.cpp).
std::string toml_string(std::string_view text) {
  constexpr std::size_t kWidth = 8;
  std::string out = "\"";
  while (!text.empty()) {
    const auto [point, length, valid] = text::decode(text);
    text.remove_prefix(length);
    if (point >= ' ' && point <= '~' && !(point == '\'' && out.ends_with('\''))) {
      if (point == '"' || point == '\\') out += '\\';
      text::append_utf8(out, point);
      continue;
    }
    out += "\\U" + text::hex_number(point, kWidth, text::Letters::kUpper);
  }
  return out + "\"";
}

/// A comment has a line of its own, because only such a line may have characters beyond ASCII. A blank parts quotes
/// that follow each other.
std::string comment(std::string_view because) {
  std::string out = "# ";
  for (const char letter : text::visible(because)) {
    if ((letter == '"' || letter == '\'') && out.back() == letter) out += ' ';
    out += letter;
  }
  return out + "\n";
}

/// One entry of a list, with the reason for it.
using Entries = std::map<std::string, std::string>;

std::string list_lines(std::string_view key, const Entries& entries) {
  std::string out = std::string(key) + " = [\n";
  for (const auto& [value, because] : entries) out += "  " + comment(because) + "  " + toml_string(value) + ",\n";
  return out + "]\n";
}

std::string reason(const Finding& finding) {
  return "refused " + std::to_string(finding.obstacle.count) + "x: " + finding.what;
}

struct Wanted {
  std::string base, base_because;
  std::uint64_t scratch = 0;
  bool read_back = false, socket_pairs = false;
  std::string scratch_because, read_back_because, socket_pairs_because;
  Entries calls, include, helpers;
};

void add(Wanted& wanted, const Finding& finding) {
  const std::string because = reason(finding);
  switch (finding.help) {
    case Help::kNothing:
    case Help::kOther: return;
    case Help::kScratch:
      if (wanted.scratch == 0) wanted.scratch_because = because;
      wanted.scratch = std::max(wanted.scratch, kUsualScratch);
      return;
    case Help::kReadBack:
      if (!wanted.read_back) wanted.read_back_because = because;
      wanted.read_back = true;
      return;
    case Help::kSocketPair:
      if (!wanted.socket_pairs) wanted.socket_pairs_because = because;
      wanted.socket_pairs = true;
      return;
    case Help::kProfile:
      // `jit` has all that the other profiles have.
      if (wanted.base == "jit") return;
      wanted.base = finding.value;
      wanted.base_because = because;
      return;
    case Help::kCall: wanted.calls.emplace(finding.value, because); return;
    case Help::kExec: wanted.helpers.emplace(finding.value, because); return;
    case Help::kInclude: wanted.include.emplace(finding.value, because); return;
  }
}

/// A profile that nobody has read must not change which acceptance profile a run claims. So new helpers are a comment.
std::string helper_lines(const Entries& helpers, const plan::Profile& had) {
  if (had.executes_image()) return comment(kHad) + "unsafe_exec = " + toml_string(plan::kWholeImage) + "\n";
  if (helpers.empty()) return {};
  if (!had.unsafe_exec.empty()) return list_lines("unsafe_exec", helpers);
  std::string names;
  for (const auto& [name, because] : helpers) text::append_item(names, toml_string(name));
  return comment(
             "The program could not start other programs. With the next line it can, and runs claim the acceptance "
             "profile build:") +
         "# unsafe_exec = [" + names + "]\n";
}

std::string limits_lines(const plan::Profile& had, const plan::Profile& base) {
  std::string out;
  const auto usual = plan::limit_texts(base.limits);
  const auto own = plan::limit_texts(had.limits);
  for (std::size_t i = 0; i < own.size() && i < usual.size(); ++i) {
    if (own[i].value == usual[i].value) continue;
    const bool is_number = own[i].value.find_first_not_of("0123456789") == std::string::npos;
    out += comment(kHad) + own[i].key + " = " + (is_number ? own[i].value : toml_string(own[i].value)) + "\n";
  }
  return out.empty() ? out : "\n[limits]\n" + out;
}

std::string environment_lines(const plan::Profile& had) {
  std::string out;
  for (const auto& [name, value] : had.environment) out += comment(kHad) + name + " = " + toml_string(value) + "\n";
  return out.empty() ? out : "\n[environment]\n" + out;
}

}  // namespace

Result<std::string> profile_text(const std::vector<Finding>& findings, const plan::Profile& had,
                                 std::string_view command) {
  Wanted wanted{.base = had.base,
                .base_because = std::string(had.why.empty() ? kHad : std::string_view(had.why)),
                .scratch = had.scratch_bytes,
                .read_back = had.read_back,
                .socket_pairs = had.socket_pairs,
                .scratch_because = std::string(kHad),
                .read_back_because = std::string(kHad),
                .socket_pairs_because = std::string(kHad)};
  for (const std::string& call : had.unsafe_syscalls) wanted.calls.emplace(call, kHad);
  for (const std::string& path : had.image_include) wanted.include.emplace(path, kHad);
  if (!had.executes_image())
    for (const std::string& name : had.unsafe_exec) wanted.helpers.emplace(name, kHad);
  for (const Finding& finding : findings)
    if (finding.weight >= kWorthSeeing) add(wanted, finding);
  TRY(const plan::Profile base, plan::builtin_profile(wanted.base));
  std::string out = comment("What `immure explain` found that this program needs: " + std::string(command));
  out += comment(wanted.base_because) + "base = " + toml_string(wanted.base) + "\n";
  if (wanted.scratch != 0)
    out += comment(wanted.scratch_because) + "scratch = " + toml_string(plan::size_text(wanted.scratch)) + "\n";
  if (wanted.read_back) out += comment(wanted.read_back_because) + "output = \"private\"\n";
  if (wanted.socket_pairs) out += comment(wanted.socket_pairs_because) + "socket_pairs = true\n";
  out += helper_lines(wanted.helpers, had);
  if (!wanted.calls.empty()) out += list_lines("unsafe_syscalls", wanted.calls);
  if (had.unsafe_writable_code && wanted.base != "jit") out += comment(kHad) + "unsafe_writable_code = true\n";
  if (had.unsafe_seccomp_file) {
    // A relative path would start in the directory of the new file.
    std::error_code error;
    const std::filesystem::path filter = std::filesystem::absolute(*had.unsafe_seccomp_file, error);
    out += comment(kHad) + "unsafe_seccomp = " + toml_string(error ? *had.unsafe_seccomp_file : filter.string()) + "\n";
  }
  out += limits_lines(had, base);
  out += environment_lines(had);
  if (!wanted.include.empty()) out += "\n[image]\n" + list_lines("include", wanted.include);
  return out;
}

}  // namespace immure::cli
