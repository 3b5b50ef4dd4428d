#include "plan/image/script.hpp"

#include <unistd.h>
#include <array>
#include <cerrno>
#include "sys/file.hpp"

namespace immure::plan {
namespace {

/// BINPRM_BUF_SIZE: the kernel reads no more than this of a script's first line (execve(2)).
constexpr std::size_t kMaxLine = 256;
constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace

Result<std::optional<ScriptLine>> parse_script_line(std::string_view start, std::string_view where) {
  if (!start.starts_with("#!")) return std::optional<ScriptLine>{};
  start = start.substr(0, kMaxLine);
  const std::size_t end = start.find('\n');
  if (end == std::string_view::npos && start.size() == kMaxLine)
    return fail(Code::kBadInput, where, "its first line is longer than the 255 bytes that the kernel reads");
  const std::string_view line = trimmed(start.substr(2, end == std::string_view::npos ? end : end - 2));
  if (line.find('\0') != std::string_view::npos) return fail(Code::kBadInput, where, "its first line contains a NUL");
  const std::size_t blank = std::min(line.find_first_of(kBlanks), line.size());
  ScriptLine script{std::string(line.substr(0, blank)), std::string(trimmed(line.substr(blank)))};
  if (!script.interpreter.starts_with('/'))
    return fail(Code::kBadInput, where, "its first line names no interpreter by an absolute path");
  if (script.interpreter != "/usr/bin/env" && script.interpreter != "/bin/env") return std::optional(std::move(script));
  // The cell does not run /usr/bin/env. immure resolves its argument here, and supports only `env NAME`.
  if (script.argument.empty() || script.argument.find_first_of(" \t=/") != std::string::npos ||
      script.argument.starts_with('-'))
    return fail(Code::kBadInput, where, "its first line uses env with more than a name",
                "Name the interpreter itself.");
  return std::optional(ScriptLine{std::move(script.argument), {}});
}

Result<std::optional<ScriptLine>> read_script_line(int fd, std::string_view where) {
  std::array<char, kMaxLine> start;
  const auto count = sys::read_at(fd, std::as_writable_bytes(std::span(start)), 0);
  if (!count) return fail(Code::kBadInput, where, "cannot be read", {}, count.error().value);
  return parse_script_line({start.data(), *count}, where);
}

}  // namespace immure::plan
