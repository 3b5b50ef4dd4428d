/// Decodes files that are written as text: attachments of mails, uuencode, data URIs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace immure::inspect {

struct Encoded {
  std::string label;      ///< what stands in the place of a member's name
  std::string content;    ///< the decoded bytes
  std::uint64_t end = 0;  ///< where the encoded text ends
  bool whole = true;      ///< false if the text breaks off or has letters that its encoding lacks
};

/// Decodes what the mark at `at` begins: `begin 644 NAME`, `begin-base64 644 NAME`, the header
/// `Content-Transfer-Encoding` of a mail, `;base64,` of a data URI, `<data>` of a property list, or `\objdata` of RTF.
/// nullopt if nothing encoded follows.
[[nodiscard]] std::optional<Encoded> decode_at(std::string_view text, std::uint64_t at);

}  // namespace immure::inspect
