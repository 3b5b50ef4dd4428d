/// Recognises what a program is: which tools made it, which virtual machine it links, which language it interprets. The
/// answer decides which built-in profile the program gets if the operator names none.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "plan/image/elf.hpp"

namespace immure::plan {

struct Recognised {
  std::string profile;  ///< a built-in profile: `static`, `dynamic`, `python` or `jit`
  std::string why;      ///< in words, with the program as the subject: `node links V8`
};

/// What is known of a program when immure chooses its profile.
struct Sight {
  std::string path;  ///< with links resolved
  const ElfFacts& facts;
  const ElfTraits& traits;
  /// True if a file of this name lies in the program's directory.
  std::function<bool(const std::string& name)> beside;
};

/// Compares the program with the table in recognise.cpp. The first row that fits counts.
[[nodiscard]] Recognised recognise(const Sight& sight);

}  // namespace immure::plan
