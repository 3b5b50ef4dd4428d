#include "verify/edition.hpp"

#include <algorithm>
#include <array>

#include "verify/text.hpp"

namespace immure::verify {
namespace {

constexpr std::string_view kMatrix = "c57e98f6cae8df877b2f329aa5600311c67b4b070e258c47db7b9d11e88ead94";

constexpr auto kEditions = std::to_array<Edition>({
    {1, "cfb1f454c5158ddf839d19bf8977f78239a27a93d9d0e61a4a914a56e31f8825", kMatrix},
    {2, "61cfececfb0b6b1ee4d1fc442c7c0c4c053bfd4f606a412e819f6c4eb6db085f", kMatrix},
    {3, "2ff34e91a7209ba70d7229d40c495b538d5b32660ae2878e646cc8b640a88075", kMatrix},
    {4, "d505591a4ecb38300e9fb9327a68475669ddf9e42318e31efbaa5c0e145ca307", kMatrix},
});

}  // namespace

std::span<const Edition> editions() { return kEditions; }

const Edition& present_edition() { return kEditions.back(); }

const Edition* edition_of(const evidence::Evidence& evidence) {
  const auto found = std::ranges::find_if(kEditions, [&](const Edition& edition) {
    return edition.catalogue == evidence.catalogue.sha256 && edition.matrix == evidence.matrix.sha256 &&
           std::to_string(edition.number) == evidence.catalogue.name;
  });
  return found == kEditions.end() ? nullptr : &*found;
}

bool asks_layer(int edition, const probe::Row& row) {
  return edition >= kLayersSince && probe::demanded(row, probe::Stage::kAttribution);
}

std::vector<const probe::Row*> rows_of(int edition) {
  std::vector<const probe::Row*> rows;
  rows.reserve(probe::catalogue().size());
  for (const probe::Row& row : probe::catalogue())
    if (row.edition <= edition) rows.push_back(&row);
  return rows;
}

std::string catalogue_text(int edition) {
  std::string text;
  for (const probe::Row* row : rows_of(edition)) {
    text += std::string(row->id) + " " + std::string(probe::name(row->boundary)) + " " + std::string(row->syscall);
    char before = '(';
    for (const probe::Arg& arg : row->args) {
      if (arg.kind == probe::Arg::Kind::kNone) continue;
      text += before + argument_text(arg);
      before = ',';
    }
    text += before == '(' ? "()" : ")";
    text += asks_layer(edition, *row) ? " layer\n" : "\n";
  }
  return text;
}

}  // namespace immure::verify
