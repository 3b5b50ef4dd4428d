#include "cli/print.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "sys/file.hpp"
#include "sys/patience.hpp"
#include "text/json_writer.hpp"
#include "text/visible.hpp"
#include "text/wrap.hpp"

namespace immure::cli {
namespace {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::kUsage: return "usage";
    case Code::kBadInput: return "bad-input";
    case Code::kUnsupported: return "unsupported";
    case Code::kBlocked: return "blocked";
    case Code::kSystem: return "system";
    case Code::kInterrupted: return "interrupted";
    case Code::kInternal: return "internal";
  }
  return "internal";
}

/// How many milliseconds this process still waits for readers; nothing means no limit.
std::optional<std::int64_t> patience_ms;

SysResult<void> deliver(int descriptor, std::string_view text) {
  return patience_ms ? sys::write_patiently(descriptor, text, *patience_ms) : sys::write_all(descriptor, text);
}

}  // namespace

void limit_patience() {
  constexpr std::int64_t kPatienceMs = 10'000;
  if (!patience_ms) patience_ms = kPatienceMs;
}

Result<void> print(std::string_view text) {
  if (const auto written = deliver(STDOUT_FILENO, text); !written) {
    const int number = written.error().value;
    const bool closed = number == EBADF;
    return fail(Code::kSystem, "standard output", closed ? "is closed: the result is lost" : "cannot be written",
                closed             ? "Start immure with standard output open; `>/dev/null` throws the result away."
                : number == ENOSPC ? "Make room, or send the result to another file."
                                   : "",
                number);
  }
  return {};
}

Result<void> print_to(int descriptor, const std::string& name, std::string_view text) {
  if (const auto written = deliver(descriptor, text); !written)
    return fail(Code::kSystem, name, "cannot be written", {}, written.error().value);
  return {};
}

void tell(std::string_view text) {
  // Ignore the error: if standard error is closed, no message reaches anybody.
  static_cast<void>(deliver(STDERR_FILENO, "immure: " + visible(text) + "\n"));
}

void tell(const Error& error) { tell(to_text(error)); }

void tell_blocked(std::string_view text) {
  const bool color = wants_color(STDERR_FILENO);
  std::string line = color ? "immure: \x1b[1;31mBLOCKED\x1b[0m: " : "immure: BLOCKED: ";
  line += visible(text);
  line += '\n';
  static_cast<void>(deliver(STDERR_FILENO, line));
}

bool wants_color(int descriptor) {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::strcmp(term, "dumb") == 0) return false;
  return ::isatty(descriptor) == 1;
}

std::size_t terminal_columns(int descriptor) {
  constexpr std::size_t kUsual = 80;
  constexpr std::size_t kLeast = 40;
  ::winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return std::max<std::size_t>(size.ws_col, kLeast);
}

std::string error_json(const Error& error) {
  return json_line([&](text::JsonWriter& json) {
    json.object().key("error").object().member("code", code_name(error.code));
    if (error.errno_value != 0) {
      const char* const name = ::strerrorname_np(error.errno_value);
      json.member("errno", name != nullptr ? name : "?");
    }
    json.member("hint", error.hint).member("what", error.what).member("where", error.where).close().close();
  });
}

std::string for_terminal(std::string_view text, std::size_t indent) {
  if (::isatty(STDOUT_FILENO) != 1) return std::string(text);
  return text::wrapped_lines(text, terminal_columns(STDOUT_FILENO), indent);
}

std::string json_line(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  return json_line([&](text::JsonWriter& json) {
    json.object();
    for (const auto& [name, text] : members) json.member(name, text);
    json.close();
  });
}

}  // namespace immure::cli
