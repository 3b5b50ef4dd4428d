/// immure-mutant is immure without one of its walls, which the variable IMMURE_OMIT names. `IMMURE_OMIT=list` prints
/// what can be left out, one a line: the name, where it can be noticed, and the tests that must notice it. In a
/// pipeline, IMMURE_OMIT_STAGE names the one stage without the wall; without IMMURE_OMIT_STAGE every stage lacks it.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "mutation/omissions.hpp"

namespace immure::cell {
namespace {

struct Name {
  const char* text;
  const char* where;
  const char* numbers;
  Omission omission;
};

constexpr std::array kNames = {
#define X(enumerator, name, where, numbers) Name{name, where, numbers, Omission::enumerator},
    IMMURE_OMISSIONS(X)
#undef X
};

Omission chosen() {
  const char* wanted = std::getenv("IMMURE_OMIT");
  const std::string_view text = wanted == nullptr ? "nothing" : wanted;
  if (text == "nothing") return Omission::kNothing;
  if (text.starts_with("call-")) return Omission::kFilterCall;
  for (const Name& name : kNames) {
    if (name.text == text) return name.omission;
    if (text == "list") std::printf("%s %s %s\n", name.text, name.where, name.numbers);
  }
  if (text == "list") std::exit(0);
  std::fprintf(stderr, "immure-mutant: IMMURE_OMIT: there is no layer %s\n", wanted);
  std::exit(64);
}

}  // namespace

const Omission omission = chosen();
bool stage_is_weak = true;

}  // namespace immure::cell
