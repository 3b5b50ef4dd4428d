#include "inspect/scan/analyse.hpp"

#include <algorithm>
#include <array>

#include "inspect/report/escape.hpp"
#include "inspect/scan/elf.hpp"
#include "inspect/scan/names.hpp"
#include "inspect/scan/zip_layout.hpp"
#include "text/utf8.hpp"
#include "text/visible.hpp"

namespace immure::inspect {
namespace {

std::string_view last_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_text(const FileType& type) { return type.group == Group::kText || type.group == Group::kScript; }

void check_name_against_type(std::string_view name, std::uint16_t type, const std::string& member, FileResult& result) {
  const auto seen = [&] { return "named ." + extension(name) + ", is " + std::string(file_types()[type].name); };
  switch (fit(name, type)) {
    case Fit::kFits: return;
    case Fit::kOtherType: result.add(Rule::kTypeMismatch, member, seen()); return;
    case Fit::kDisguisedProgram: result.add(Rule::kTypeMismatchExecutable, member, seen()); return;
  }
}

void check_text(Bytes bytes, const std::string& member, FileResult& result) {
  const std::string_view all = as_text(bytes);
  // All of these characters begin with the byte E2, which most texts lack.
  std::uint64_t count = 0, first = 0;
  for (std::size_t at = all.find('\xE2'); at != std::string_view::npos; at = all.find('\xE2', at + 1)) {
    const text::CodePoint point = text::decode(all.substr(at));
    // Marks alone are ordinary in texts written from right to left. Only characters that reorder text deceive a reader.
    if (!point.valid || text::sight_of(point.value) != text::Sight::kReorders) continue;
    if (count++ == 0) first = at;
  }
  if (count == 0) return;
  result.add(Rule::kTextBidi, member, std::to_string(count) + " controls", first, 3);
}

/// One content: a file or a member.
struct Content {
  Bytes bytes;
  bool whole;
  std::uint64_t size;
  int fd;
  std::uint16_t type;
  std::string_view name;
  const std::string& member;
  std::uint32_t number;  ///< CoveredContent::number
  std::uint64_t depth;   ///< the number of containers around it
  bool containers;
};

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
    if (is_text(type)) check_text(it.bytes, it.member, result_);
    const Bytes analysed = it.bytes.first(std::min<std::uint64_t>(it.bytes.size(), limits_.analysed_bytes));
    // A container is inspected member by member. The rules see only these first bytes of any other content.
    if (analysed.size() < it.size && type.container == Container::kNone) {
      result_.add(Rule::kLimitAnalysed, it.member,
                  std::to_string(analysed.size()) + " of " + std::to_string(it.size) + " bytes");
    }
    Covered covered{.by = bit(Scanner::kType)};
    if (is_text(type)) covered.by |= bit(Scanner::kText);
    result_.covers.push_back({it.number, covered});
    stage_(result_);
    if (type.name == "elf") {
      check_elf(it.bytes, it.whole, it.member, result_);
      covered.by |= bit(Scanner::kElf);
    }
    if (type.group == Group::kUnknown) {
      covered.by |= bit(Scanner::kMagic);
      result_.covers.push_back({it.number, covered, magic_.describe(it.bytes)});
    }
    covered.by |= scanner_.scan(analysed, is_text(type), it.member.empty() ? path_ : std::string_view(it.member),
                                it.member, result_);
    if ((covered.by & bit(Scanner::kRules)) != 0) covered.analysed = analysed.size();
    result_.covers.push_back({it.number, covered});
    stage_(result_);
    if (container(it, type)) {
      covered.by |= bit(Scanner::kContainer);
      covered.unpacked = it.size - covered.analysed;
      result_.covers.push_back({it.number, covered});
    }
    stage_(result_);
  }

 private:
  /// Opens `it` as a container. Returns true if it is one and was read to its end.
  bool container(const Content& it, const FileType& type) {
    Container container = type.container;
    ZipExtent zip;
    if (it.whole || it.fd < 0) {
      zip = zip_extent(it.bytes);
      const bool elsewhere = container != Container::kZip && container != Container::kTar;
      if (zip.size != 0 && container == Container::kNone) {
        result_.add(Rule::kTypePolyglot, it.member,
                    std::string(type.name) + " that is a zip from " + std::to_string(zip.start), zip.start, zip.size);
        container = Container::kZip;
      } else if (zip.size != 0 && !elsewhere && container == Container::kZip &&
                 (zip.start != 0 || zip.start + zip.size != it.size)) {
        result_.add(Rule::kArchiveTrailing, it.member,
                    std::to_string(it.size - zip.size) + " bytes outside of the zip");
      }
    }
    if (const std::uint64_t overlaps = container == Container::kZip ? zip_overlaps(it.bytes, zip) : 0; overlaps != 0)
      result_.add(Rule::kArchiveOverlap, it.member, std::to_string(overlaps) + " members share bytes with another");
    if (container == Container::kNone) {
      if (type.group == Group::kContainer) result_.add(Rule::kArchiveUnsupported, it.member, std::string(type.name));
      return false;
    }
    if (!it.containers) {
      result_.add(Rule::kLimitExpandedRun, it.member, "not opened");
      return false;
    }
    if (it.depth >= limits_.container_depth) {
      result_.add(Rule::kLimitDepth, it.member,
                  "container number " + std::to_string(it.depth + 1) + " within each other");
      return false;
    }
    result_.walked = true;
    ContainerBytes bytes{.memory = it.bytes, .fd = it.whole ? -1 : it.fd, .size = it.size};
    if (!it.whole && it.fd < 0) bytes.size = it.bytes.size();
    const auto each = [&](const MemberContent& member) {
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
               .containers = true});
    };
    return walk_container(container, bytes, it.member, it.name, limits_, budget_, result_, each);
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
