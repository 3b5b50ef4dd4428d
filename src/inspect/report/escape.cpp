#include "inspect/report/escape.hpp"

#include <utility>

#include "text/hex.hpp"
#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::inspect {
namespace {

bool printable(const text::CodePoint& point) {
  // Most characters are plain ASCII, and this first test accepts them quickly.
  if (point.value >= ' ' && point.value <= '~') return true;
  return point.valid && !text::is_unseen(point.value);
}

void append_bytes(std::string& out, std::string_view prefix, std::string_view bytes) {
  for (const char c : bytes) text::append_escape(out, prefix, c, text::Letters::kUpper);
}

template <class Keep>
std::string escape(std::string_view bytes, std::string_view prefix, Keep keep) {
  std::string out;
  out.reserve(bytes.size());
  // The number of bytes at the beginning of `bytes` that stay unchanged.
  std::size_t kept = 0;
  while (kept < bytes.size()) {
    const text::CodePoint point = text::decode(bytes.substr(kept));
    if (keep(point)) {
      kept += point.length;
      continue;
    }
    out += bytes.substr(0, kept);
    append_bytes(out, prefix, bytes.substr(kept, point.length));
    bytes.remove_prefix(kept + point.length);
    kept = 0;
  }
  return out += bytes;
}

}  // namespace

Escaped Escaped::name(std::string_view bytes) {
  if (text::is_plain(bytes) && bytes.find('%') == bytes.npos) return Escaped(std::string(bytes));
  return Escaped(
      escape(bytes, "%", [](const text::CodePoint& point) { return printable(point) && point.value != '%'; }));
}

Escaped Escaped::text(std::string_view bytes) {
  if (text::is_plain(bytes)) return Escaped(std::string(bytes));
  return Escaped(escape(bytes, "\\x", printable));
}

Escaped Escaped::uri(std::string_view bytes) {
  return Escaped(escape(bytes, "%", [](const text::CodePoint& point) {
    const char32_t c = point.value;
    if (!point.valid) return false;
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '-' ||
           c == '.' || c == '_' || c == '~';
  }));
}

}  // namespace immure::inspect
