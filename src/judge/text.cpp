#include "judge/text.hpp"

#include <cstring>

#include "text/list.hpp"

namespace immure::judge {
namespace {

struct EffectName {
  std::uint32_t bit;
  std::string_view name;
};
constexpr EffectName kEffects[] = {{probe::kCreated, "created"}, {probe::kRead, "read"}, {probe::kWritten, "written"}};

}  // namespace

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
  } else if (answer.errno_value != 0) {
    out = errno_text(answer.errno_value);
    if (answer.ret >= 0) out += " beside ok(" + std::to_string(answer.ret) + ")";
    if (answer.ret < -1) out += " beside " + std::to_string(answer.ret);
  } else {
    out = answer.ret >= 0 ? "ok(" + std::to_string(answer.ret) + ")" : "failed without an errno";
  }
  std::string seen;
  for (const EffectName& effect : kEffects) {
    if ((answer.effect & effect.bit) == 0) continue;
    text::append_item(seen, effect.name);
  }
  return seen.empty() ? out : out + " [" + seen + "]";
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
  return list.empty() ? "nothing" : text::list_text(list, kShown);
}

}  // namespace immure::judge
