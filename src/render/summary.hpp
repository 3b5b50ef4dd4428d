/// Writes the short answer of `immure verify`: the verdict and the run in at most ten lines.
#pragma once

#include <cstddef>
#include <string>

#include "verify/result.hpp"

namespace immure::render {

struct TextStyle {
  bool color = false;
  std::size_t width = 80;  ///< columns of the terminal
  bool whole = false;      ///< cut nothing, however many lines the text then has
};

inline constexpr std::size_t kSummaryLines = 10;

/// The verdict, the run, the program, the input, the outputs, how the program ended, what needs attention, and what was
/// not proved: at most kSummaryLines lines, unless `style` asks for the whole text. What does not fit is cut, with `…`
/// in its place. The result must have a statement. Everything from the evidence is escaped.
[[nodiscard]] std::string summary_text(const verify::AttestationResult& result, const TextStyle& style);

/// `REJECTED: why, in words [code]`, in one line.
[[nodiscard]] std::string verdict_words(const verify::AttestationResult& result);

/// A word in the colour of its verdict.
[[nodiscard]] std::string painted_verdict(verify::Verdict verdict, bool color);

}  // namespace immure::render
