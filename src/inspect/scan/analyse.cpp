#include "inspect/scan/analyse.hpp"

#include <algorithm>
#include <array>

#include "inspect/scan/elf.hpp"
#include "inspect/scan/names.hpp"
#include "inspect/scan/opening.hpp"
#include "inspect/scan/packed_type.hpp"
#include "inspect/scan/text_check.hpp"
#include "inspect/scan/text_content.hpp"

namespace immure::inspect {
namespace {

std::string_view last_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_text(const FileType& type) { return type.group == Group::kText || type.group == Group::kScript; }

TextKind kind_of(const FileType& type) {
  if (type.name == "text-utf16") return TextKind::kUtf16;
  if (type.name == "text-utf32") return TextKind::kUtf32;
  return is_text(type) ? TextKind::kUtf8 : TextKind::kNone;
}

void check_name_against_type(std::string_view name, std::uint16_t type, const std::string& member, FileResult& result) {
  const auto seen = [&] { return "named ." + extension(name) + ", is " + std::string(file_types()[type].name); };
  switch (fit(name, type)) {
    case Fit::kFits: return;
    case Fit::kOtherType: result.add(Rule::kTypeMismatch, member, seen()); return;
    case Fit::kDisguisedProgram: result.add(Rule::kTypeMismatchExecutable, member, seen()); return;
  }
}

/// True for zeros and nothing else.
bool is_blank(const Content& it) {
  return it.whole && std::ranges::all_of(it.bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

/// A document keeps its macros in members of these names.
bool holds_macros(const FileType& document, std::string_view member) {
  if (document.name == "ooxml")
    return member.ends_with("vbaProject.bin") || member.find("macrosheets/") != std::string_view::npos;
  return document.name == "odf" && member.starts_with("Basic/");
}

class Analysis {
 public:
  Analysis(std::string_view path, const Limits& limits, const Magic& magic, RuleScanner& scanner, FileResult& result,
           const std::function<void(FileResult&)>& stage)
      : path_(path),
        limits_(limits),
        magic_(magic),
        scanner_(scanner),
        result_(result),
        stage_(stage),
        budget_{limits.expanded_file, limits.members} {}

  void content(const Content& it) {
    const FileType& type = file_types()[it.type];
    check_name_against_type(it.name, it.type, it.member, result_);
    const Bytes analysed = it.bytes.first(std::min<std::uint64_t>(it.bytes.size(), limits_.analysed_bytes));
    const WideText wide = wide_text(analysed, kind_of(type));
    // Of a container, its members are looked at.
    if (!is_only_members(type.container)) check_text(analysed, is_text(type), wide, it.member, result_);
    // A container is inspected member by member. The rules see only these first bytes of any other content.
    if (analysed.size() < it.size && !is_only_members(type.container)) {
      result_.add(Rule::kLimitAnalysed, it.member,
                  std::to_string(analysed.size()) + " of " + std::to_string(it.size) + " bytes");
    }
    Covered covered{.by = static_cast<std::uint8_t>(bit(Scanner::kType) | bit(Scanner::kText))};
    result_.covers.push_back({it.number, covered});
    stage_(result_);
    if (type.name == "elf") {
      check_elf(it.bytes, it.whole, it.member, result_);
      covered.by |= bit(Scanner::kElf);
    }
    if (type.group == Group::kUnknown) describe(it, covered);
    RuleScanner::Scanned scanned = rules(it, analysed, type, wide, covered);
    result_.covers.push_back({it.number, covered});
    stage_(result_);
    if (open(it, type, scanned)) {
      covered.by |= bit(Scanner::kContainer);
      covered.unpacked = it.size - covered.analysed;
      result_.covers.push_back({it.number, covered});
    }
    stage_(result_);
  }

 private:
  /// A content of no known type is a gap, unless it is of a kind that holds no packed content.
  void describe(const Content& it, Covered& covered) {
    covered.by |= bit(Scanner::kMagic);
    const std::string description = magic_.describe(it.bytes);
    result_.covers.push_back({it.number, covered, description});
    if (describes_container(description)) {
      result_.add(Rule::kArchiveUnsupported, it.member, description);
    } else if (!it.natural && !is_blank(it) && !is_opaque_by_nature(description) && !is_known_to_user(it.name)) {
      result_.add(Rule::kTypeUnknown, it.member, description.empty() ? "no program knows it" : description);
    }
  }

  [[nodiscard]] bool is_known_to_user(std::string_view name) const {
    return std::ranges::find(limits_.opaque, extension(name)) != limits_.opaque.end();
  }

  RuleScanner::Scanned rules(const Content& it, Bytes analysed, const FileType& type, const WideText& wide,
                             Covered& covered) {
    const RuleInput input{analysed, is_only_members(type.container),
                          it.member.empty() ? path_ : std::string_view(it.member), it.member};
    RuleScanner::Scanned scanned = scanner_.scan(input, result_);
    if (!scanner_.scan_wide(input, wide, result_)) scanned.by = 0;
    covered.by |= scanned.by;
    if ((covered.by & bit(Scanner::kRules)) != 0) covered.analysed = analysed.size();
    return scanned;
  }

  /// Opens `it` as a container, and the containers within it. Returns true if it is one and was read to its end.
  bool open(const Content& it, const FileType& type, const RuleScanner::Scanned& scanned) {
    const auto each = [&](const MemberContent& member) {
      const std::size_t before = it.member.empty() ? 0 : it.member.size() + 2;
      if (holds_macros(type, std::string_view(member.path).substr(std::min(before, member.path.size()))))
        result_.add(Rule::kTypeMacro, member.path, std::string(last_name(member.path)));
      const auto number = result_.members_before + static_cast<std::uint32_t>(result_.members.size());
      stage_(result_);
      content({.bytes = member.bytes,
               .whole = member.whole,
               .size = member.size,
               .fd = -1,
               .type = member.type,
               .name = last_name(member.path),
               .member = member.path,
               .number = number,
               .depth = it.depth + 1,
               .containers = true,
               .natural = member.natural});
    };
    return open_content({it, limits_, budget_, result_, each}, scanned.places, scanned.encoded);
  }

  std::string_view path_;
  const Limits& limits_;
  const Magic& magic_;
  RuleScanner& scanner_;
  FileResult& result_;
  const std::function<void(FileResult&)>& stage_;
  Budget budget_;
};

}  // namespace

void Analyser::analyse(const FileContent& file, FileResult& result, const std::function<void(FileResult&)>& stage) {
  result.type = detect(file.bytes.first(std::min(file.bytes.size(), kTypePrefix)));
  const std::string itself;
  Analysis(file.path, limits_, magic_, scanner_, result, stage)
      .content({.bytes = file.bytes,
                .whole = file.bytes.size() == file.size,
                .size = file.size,
                .fd = file.fd,
                .type = result.type,
                .name = last_name(file.path),
                .member = itself,
                .number = 0,
                .depth = 0,
                .containers = file.containers});
}

}  // namespace immure::inspect
