/// The command line of a walk, and the words in which a walk names calls.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <seccomp.h>

namespace immure::faults {

/// The options that every walk has: BIN_DIR [--as UID] [--every N] [--from N] [--part I/N] [--verbose] [--only WHAT]
struct WalkOptions {
  std::string bin, only;
  int uid = -1;
  bool verbose = false;
  std::size_t every = 1, from = 0, part = 0, parts = 1;
};

inline std::size_t number_of(std::string_view text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Reads the arguments of main(). `flags` are the options that only this walk has. Returns false if BIN_DIR is missing
/// or a word is unknown.
inline bool read_words(std::span<char*> words, WalkOptions& options,
                       std::span<const std::pair<std::string_view, bool*>> flags = {}) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const auto next = [&] { return std::string_view(i + 1 < words.size() ? words[++i] : ""); };
    const auto flag = std::ranges::find(flags, word, &std::pair<std::string_view, bool*>::first);
    if (flag != flags.end()) {
      *flag->second = true;
    } else if (word == "--as") {
      options.uid = static_cast<int>(number_of(next()));
    } else if (word == "--verbose") {
      options.verbose = true;
    } else if (word == "--every") {
      options.every = std::max<std::size_t>(1, number_of(next()));
    } else if (word == "--from") {
      options.from = number_of(next());
    } else if (word == "--only") {
      options.only = next();
    } else if (word == "--part") {
      const std::string_view part = next();
      options.part = number_of(part);
      options.parts = std::max<std::size_t>(1, number_of(part.substr(part.find('/') + 1)));
    } else if (word.starts_with("-")) {
      return false;
    } else {
      options.bin = word;
    }
  }
  return !options.bin.empty();
}

inline std::string call_name(int nr) {
  char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
  std::string text = name != nullptr ? name : std::to_string(nr);
  std::free(name);
  return text;
}

}  // namespace immure::faults
