#include "judge/edition.hpp"

#include <algorithm>
#include <array>

#include "judge/text.hpp"

namespace immure::judge {
namespace {

using sys::Machine;

constexpr std::string_view kMatrix = "c57e98f6cae8df877b2f329aa5600311c67b4b070e258c47db7b9d11e88ead94";
/// The matrix of edition 6 has #47 and #48 too, and its #31 says what fixed files are.
constexpr std::string_view kMatrixOf6 = "4c8a8d41b35a33d6cf5d79de1f2e428ed2dfa8c5a05ec879e64986095708d435";

/// The matrix of edition 7 has #46 too.
constexpr std::string_view kMatrixOf7 = "a1edd8e6d9ab835c46f86e4522b69a4880afb2db15b69c579ff592e838aae2c8";

constexpr auto kX86_64 = std::to_array<Edition>({
    {1, Machine::kX86_64, "cfb1f454c5158ddf839d19bf8977f78239a27a93d9d0e61a4a914a56e31f8825", kMatrix},
    {2, Machine::kX86_64, "61cfececfb0b6b1ee4d1fc442c7c0c4c053bfd4f606a412e819f6c4eb6db085f", kMatrix},
    {3, Machine::kX86_64, "2ff34e91a7209ba70d7229d40c495b538d5b32660ae2878e646cc8b640a88075", kMatrix},
    {4, Machine::kX86_64, "d505591a4ecb38300e9fb9327a68475669ddf9e42318e31efbaa5c0e145ca307", kMatrix},
    {5, Machine::kX86_64, "e4465931025207e5881604d13f44c72948b0d8f89fe1506af6f532f2ebb38739", kMatrix},
    {6, Machine::kX86_64, "0d9135d74e669e42df7660ce3a583a1cadb8048d9d85aa9add9177aba5c77d92", kMatrixOf6},
    {7, Machine::kX86_64, "091360e6f92bbc986501d868c808187347eec6231e272aeb9addc47d777f6c08", kMatrixOf7},
});
constexpr auto kAarch64 = std::to_array<Edition>({
    {4, Machine::kAarch64, "832346005dc844b74d76c439f59e2ae91b637bf0803bcefef11148564d04b414", kMatrix},
    {5, Machine::kAarch64, "1bf39e4e7e3231f6f5da8dade7decb4fab7e727ec48d32a420612b659177e4b6", kMatrix},
    {6, Machine::kAarch64, "86eb94dc4273cb8c1dbe28acb4b9a2821f99f4f13dae72796f52bc5ee31ba3c2", kMatrixOf6},
    {7, Machine::kAarch64, "33bd36c069152d24836659d9205f16c9697ec54c96f4cacca5958b9d9835a4fc", kMatrixOf7},
});
static_assert(kX86_64.back().number == kAarch64.back().number, "the present edition is of every machine");

}  // namespace

std::span<const Edition> editions(Machine machine) {
  switch (machine) {
    case Machine::kX86_64: return kX86_64;
    case Machine::kAarch64: return kAarch64;
  }
  return {};
}

const Edition& present_edition(Machine machine) { return editions(machine).back(); }

const Edition* edition_of(const evidence::Evidence& evidence) {
  const auto machine = sys::machine_named(evidence.host.architecture);
  if (!machine) return nullptr;
  const auto known = editions(*machine);
  const auto found = std::ranges::find_if(known, [&](const Edition& edition) {
    return edition.catalogue == evidence.catalogue.sha256 && edition.matrix == evidence.matrix.sha256 &&
           std::to_string(edition.number) == evidence.catalogue.name;
  });
  return found == known.end() ? nullptr : &*found;
}

std::string architecture_text(const evidence::Evidence& evidence) {
  return evidence.host.architecture.empty() ? "none" : evidence.host.architecture;
}

bool asks_layer(int edition, const probe::Row& row) {
  return edition >= kLayersSince && probe::demanded(row, probe::Stage::kAttribution);
}

std::vector<const probe::Row*> rows_of(const Edition& edition) {
  std::vector<const probe::Row*> rows;
  const auto all = probe::rows_of_all_editions(edition.machine);
  rows.reserve(all.size());
  for (const probe::Row& row : all)
    if (row.edition <= edition.number && (row.until == 0 || edition.number <= row.until)) rows.push_back(&row);
  return rows;
}

std::size_t rows_since(const Edition& edition) {
  const auto younger = [&](const probe::Row& row) { return row.edition > edition.number; };
  return static_cast<std::size_t>(std::ranges::count_if(probe::catalogue(edition.machine), younger));
}

std::string catalogue_text(const Edition& edition) {
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
    text += asks_layer(edition.number, *row) ? " layer\n" : "\n";
  }
  return text;
}

}  // namespace immure::judge
