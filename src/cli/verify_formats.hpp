/// The formats that `immure verify` prints an attestation result in.
#pragma once

#include <string>
#include <string_view>

#include "render/formats.hpp"
#include "render/text_report.hpp"
#include "verify/result_statement.hpp"

namespace immure::cli {

/// A result, and what else is needed to print it on a terminal.
struct Shown {
  const verify::AttestationResult& result;
  const std::string& evidence;  ///< the path of the evidence, for evidence that could not be read
  render::TextStyle style;
  bool verbose = false;
};

struct VerifyFormat {
  std::string_view name;
  std::string (*write)(const Shown& shown);
};

/// The formats. The first one is the default.
inline constexpr VerifyFormat kVerifyFormats[] = {
    {"text",
     [](const Shown& shown) {
       if (!shown.result.statement) return render::unread_text(shown.result, shown.evidence, shown.style.color);
       return shown.verbose ? render::result_text(shown.result, shown.style)
                            : render::summary_text(shown.result, shown.style);
     }},
    {"json", [](const Shown& shown) { return render::result_json(shown.result); }},
    {"junit", [](const Shown& shown) { return render::result_junit(shown.result); }},
    {"sarif", [](const Shown& shown) { return render::result_sarif(shown.result, shown.evidence); }},
    {"markdown", [](const Shown& shown) { return render::result_markdown(shown.result); }},
};

}  // namespace immure::cli
