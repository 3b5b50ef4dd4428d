/// Looks in texts for characters that show a reader something else than a program reads.
#pragma once

#include <string>

#include "inspect/scan/findings.hpp"
#include "inspect/scan/text_content.hpp"

namespace immure::inspect {

/// Looks at a content that is a text, or of which a part may be one, and at its wide texts.
void check_text(Bytes bytes, bool is_text, const WideText& wide, const std::string& member, FileResult& result);

}  // namespace immure::inspect
