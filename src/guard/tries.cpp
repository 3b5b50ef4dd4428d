#include "guard/tries.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>

namespace immure::guard {
namespace {

/// Appends to a fixed buffer, which always ends in a NUL, and never writes beyond the buffer. Replaces everything but
/// printable ASCII by `?`, because other people choose the names of variables and paths, and the text may reach a
/// terminal.
class Line {
 public:
  explicit Line(std::span<char> buffer) : buffer_(buffer) { buffer_[0] = '\0'; }
  Line& operator<<(std::string_view text) {
    for (const char c : text) {
      if (used_ + 1 >= buffer_.size()) break;
      buffer_[used_++] = c >= 0x20 && c < 0x7F ? c : '?';
    }
    buffer_[used_] = '\0';
    return *this;
  }
  Line& operator<<(std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    return *this << std::string_view(digits, static_cast<std::size_t>(end - digits));
  }

 private:
  std::span<char> buffer_;
  std::size_t used_ = 0;
};

std::string_view error_name(int number) {
  const char* name = ::strerrorname_np(number);
  return name != nullptr ? name : "an unknown error";
}

}  // namespace

Tries::Tries(immure_guard_finding& finding, immure_guard_boundary boundary) : finding_(finding) {
  finding_ = {};
  finding_.boundary = boundary;
  finding_.state = IMMURE_GUARD_HOLDS;
}

void Tries::count(bool denied) {
  ++finding_.tries;
  if (denied) ++finding_.denied;
}

// An open boundary is worse news than a boundary that could not be tried. So the report of an open boundary may replace
// the report of a boundary that could not be tried, and nothing replaces the report of an open boundary.
void Tries::report(immure_guard_state state, std::string_view call, sys::Raw answer) {
  finding_.state = state;
  finding_.ret = sys::failed(answer) ? -1 : answer;
  finding_.error = sys::failed(answer) ? static_cast<int>(-answer) : 0;
  Line(finding_.call) << call;
}

bool Tries::must_fail(std::string_view call, sys::Raw answer, std::initializer_list<int> errnos) {
  const bool denied = sys::failed(answer) && std::ranges::find(errnos, static_cast<int>(-answer)) != errnos.end();
  count(denied);
  if (denied || finding_.state == IMMURE_GUARD_DOES_NOT_HOLD) return denied;
  report(IMMURE_GUARD_DOES_NOT_HOLD, call, answer);
  Line line(finding_.text);
  line << call << " answered ";
  if (sys::failed(answer)) {
    line << error_name(static_cast<int>(-answer));
  } else {
    line << answer;
  }
  line << ", must be";
  for (const int number : errnos) line << " " << error_name(number);
  return denied;
}

bool Tries::must_be(std::string_view call, sys::Raw answer, sys::Raw value) {
  const bool right = answer == value;
  count(right);
  if (right || finding_.state == IMMURE_GUARD_DOES_NOT_HOLD) return right;
  report(IMMURE_GUARD_DOES_NOT_HOLD, call, answer);
  Line line(finding_.text);
  line << call << " answered ";
  if (sys::failed(answer)) {
    line << error_name(static_cast<int>(-answer));
  } else {
    line << answer;
  }
  line << ", must be " << value;
  return right;
}

bool Tries::must_hold(std::string_view call, bool fact, std::string_view text, std::string_view subject) {
  count(fact);
  if (fact || finding_.state == IMMURE_GUARD_DOES_NOT_HOLD) return fact;
  report(IMMURE_GUARD_DOES_NOT_HOLD, call, 0);
  Line line(finding_.text);
  if (!subject.empty()) line << subject << " ";
  line << text;
  return fact;
}

void Tries::cannot(std::string_view call, sys::Raw answer, std::string_view text) {
  count(false);
  if (finding_.state != IMMURE_GUARD_HOLDS) return;
  report(IMMURE_GUARD_CANNOT_BE_TRIED, call, answer);
  Line line(finding_.text);
  line << call << ": ";
  if (sys::failed(answer)) line << error_name(static_cast<int>(-answer)) << ", ";
  line << text;
}

void Tries::close() {
  if (finding_.state != IMMURE_GUARD_HOLDS) return;
  Line(finding_.text) << static_cast<std::int64_t>(finding_.denied) << " of "
                      << static_cast<std::int64_t>(finding_.tries) << " tries answered as they must";
}

}  // namespace immure::guard
