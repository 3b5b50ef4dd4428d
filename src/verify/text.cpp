#include "verify/text.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "file/utf8.hpp"

namespace immure::verify {
namespace {

/// Invisible, or able to reorder what stands around them (Unicode Standard Annex 9; CVE-2021-42574).
struct Range {
  char32_t first, last;
};
constexpr Range kUnseen[] = {
    {0x7F, 0xA0},     {0xAD, 0xAD},     {0x34F, 0x34F},   {0x61C, 0x61C},     {0x115F, 0x1160},
    {0x17B4, 0x17B5}, {0x180B, 0x180F}, {0x2000, 0x200F}, {0x2028, 0x202F},   {0x205F, 0x206F},
    {0x3000, 0x3000}, {0x3164, 0x3164}, {0xE000, 0xF8FF}, {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0x1D173, 0x1D17A}, {0xE0000, 0x10FFFF},
};

std::string hex(std::uint32_t value) {
  std::array<char, 8> digits;
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr};
}

void append_byte(std::string& out, unsigned char byte) {
  out += byte < 0x10 ? "\\x0" : "\\x";
  out += hex(byte);
}

struct EffectName {
  std::uint32_t bit;
  std::string_view name;
};
constexpr EffectName kEffects[] = {{probe::kCreated, "created"}, {probe::kRead, "read"}, {probe::kWritten, "written"}};

}  // namespace

bool unseen(char32_t point) {
  for (const Range& range : kUnseen)
    if (point >= range.first && point <= range.last) return true;
  return false;
}

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = file::utf8_length(text.substr(i));
    if (byte == '\\') {
      out += "\\\\";
    } else if (length == 0 || byte < 0x20) {
      append_byte(out, byte);
    } else if (const char32_t point = file::utf8_decode(text.substr(i), length); unseen(point)) {
      out += "\\u{" + hex(point) + "}";
    } else {
      out += text.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return out;
}

std::string argument_text(const probe::Arg& arg) {
  switch (arg.kind) {
    case probe::Arg::Kind::kNone: return {};
    case probe::Arg::Kind::kNumber: return std::to_string(static_cast<std::int64_t>(arg.number));
    case probe::Arg::Kind::kText: return "\"" + std::string(arg.text) + "\"";
    case probe::Arg::Kind::kBuffer: return "buffer";
    case probe::Arg::Kind::kNull: return "NULL";
  }
  return {};
}

bool is_argument(std::string_view text, const probe::Arg& arg) {
  if (arg.kind != probe::Arg::Kind::kText) return text == argument_text(arg);
  return text.size() >= 2 && text.starts_with('"') && text.ends_with('"') &&
         text.substr(1, text.size() - 2) == arg.text;
}

std::string errno_text(int number) {
  const char* name = ::strerrorname_np(number);
  return name != nullptr ? name : "errno " + std::to_string(number);
}

std::string answer_text(const evidence::Answer& answer) {
  std::string out;
  if ((answer.effect & probe::kNotRun) != 0) {
    out = "not run";
  } else if ((answer.effect & probe::kSignal) != 0) {
    out = "signal " + std::to_string(answer.ret);
  } else if (answer.number != 0) {
    out = errno_text(answer.number);
    if (answer.ret >= 0) out += " beside ok(" + std::to_string(answer.ret) + ")";
    if (answer.ret < -1) out += " beside " + std::to_string(answer.ret);
  } else {
    out = answer.ret >= 0 ? "ok(" + std::to_string(answer.ret) + ")" : "failed without an errno";
  }
  std::string seen;
  for (const EffectName& effect : kEffects) {
    if ((answer.effect & effect.bit) == 0) continue;
    seen += seen.empty() ? " [" : ", ";
    seen += effect.name;
  }
  return seen.empty() ? out : out + seen + "]";
}

std::string answers_text(const probe::Answers& answers) {
  std::string out;
  for (std::size_t i = 0; i < answers.count; ++i) {
    const int value = answers.values[i];
    if (i != 0) out += " or ";
    if (value == probe::Answers::kOk) {
      out += "ok";
    } else {
      out += value < 0 ? "signal " + std::to_string(-value) : errno_text(value);
    }
  }
  return out.empty() ? "nothing" : out;
}

std::string list_text(const std::vector<std::string>& list) {
  constexpr std::size_t kShown = 8;
  std::string out;
  for (std::size_t i = 0; i < list.size() && i < kShown; ++i) {
    if (i != 0) out += ", ";
    out += list[i];
  }
  if (list.size() > kShown) out += ", and " + std::to_string(list.size() - kShown) + " more";
  return out.empty() ? "nothing" : out;
}

}  // namespace immure::verify
