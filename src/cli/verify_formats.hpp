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
  bool color = false;
};

struct VerifyFormat {
  std::string_view name;
  std::string (*write)(const Shown& shown);
};

/// The formats. The first one is the default.
inline constexpr VerifyFormat kVerifyFormats[] = {
    {"text",
     [](const Shown& shown) {
       return shown.result.statement ? render::result_text(shown.result, shown.color)
                                     : render::unread_text(shown.result, shown.evidence, shown.color);
     }},
    {"json", [](const Shown& shown) { return render::result_json(shown.result); }},
    {"junit", [](const Shown& shown) { return render::result_junit(shown.result); }},
    {"sarif", [](const Shown& shown) { return render::result_sarif(shown.result); }},
    {"markdown", [](const Shown& shown) { return render::result_markdown(shown.result); }},
};

}  // namespace immure::cli
