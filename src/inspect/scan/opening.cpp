#include "inspect/scan/opening.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "inspect/scan/encoded.hpp"
#include "inspect/scan/layout.hpp"
#include "inspect/scan/packed_type.hpp"
#include "inspect/scan/zip_layout.hpp"

namespace immure::inspect {
namespace {

/// How often one content is tried as something else. Its author chooses how often the marks of containers stand in it.
constexpr std::uint64_t kMostTries = 20'000;

class Unpacking {
 public:
  explicit Unpacking(const Opening& opening)
      : it_(opening.it),
        limits_(opening.limits),
        result_(opening.result),
        type_(file_types()[opening.it.type]),
        bytes_{.memory = it_.bytes, .fd = it_.whole ? -1 : it_.fd, .size = it_.size},
        source_(bytes_),
        walk_{type_.container, bytes_, it_.member, it_.name, limits_, opening.budget, result_, opening.each} {
    if (bytes_.fd < 0) bytes_.size = it_.bytes.size();
  }

  bool run(const std::vector<std::uint64_t>& places, const std::vector<std::uint64_t>& encoded) {
    if (type_.container == Container::kNone) {
      if (type_.group == Group::kContainer)
        result_.add(Rule::kArchiveUnsupported, it_.member, std::string(type_.name) + " is not opened");
      embedded(places);
      decode(encoded);
      return false;
    }
    if (!may_open()) return false;
    if (type_.container == Container::kZip) return zip();
    Walked walked = walk_container(walk_);
    if (type_.container != Container::kOle && !is_only_members(type_.container)) embedded(places, walked.end);
    const bool iso_is_whole = type_.container != Container::kIso || iso(places);
    if (const std::uint64_t end = end_by_header(type_.container, source_); end != 0) walked.end = end;
    if (walked.end != 0) trailing(walked.end);
    return walked.whole && iso_is_whole;
  }

 private:
  bool may_open() {
    if (!it_.containers) {
      result_.add(Rule::kLimitExpandedRun, it_.member, "not opened");
      return false;
    }
    if (it_.depth >= limits_.container_depth) {
      result_.add(Rule::kLimitDepth, it_.member,
                  "container number " + std::to_string(it_.depth + 1) + " within each other");
      return false;
    }
    result_.walked = true;
    return true;
  }

  /// Counts a try. Returns false, and adds a finding, if there were too many, or if nothing more may come out.
  bool may_try() {
    if (++tries_ <= kMostTries && walk_.budget.expanded > 0 && walk_.budget.members > 0) return true;
    result_.add(Rule::kLimitMembers, it_.member, "too many places where containers may begin");
    return false;
  }

  /// What follows the end of a container is a content of its own. Zeros only fill blocks of tapes and disks.
  void trailing(std::uint64_t end) {
    const std::uint64_t rest = source_.after_zeros(end);
    if (rest >= bytes_.size) return;
    if (as_text(source_.at(rest)) == "\n") return;
    result_.add(Rule::kArchiveTrailing, it_.member, std::to_string(bytes_.size - rest) + " bytes after the end");
    pass_on_part(walk_, source_, rest, bytes_.size - rest, "(after the end at " + std::to_string(rest) + ")");
  }

  bool zip() {
    std::optional<Mapping> mapping;
    if (bytes_.fd >= 0) mapping.emplace(bytes_);
    const Bytes all = mapping ? mapping->bytes() : it_.bytes;
    // Programs find the directory from the end of the file.
    const ZipExtent extent = zip_extent(all, true);
    const bool seen = all.size() == bytes_.size;
    if (!seen) result_.add(Rule::kLimitAnalysed, it_.member, "the zip is too large to compare its directory");
    const Walked walked = walk_container(walk_);
    if (!seen || extent.size == 0) return walked.whole && seen;
    const std::vector<Part> parts = check_zip(all, extent, it_.member, result_);
    for (const Part& part : parts) pass_on_part(walk_, source_, part.offset, part.size, part.label);
    const std::uint64_t end = extent.start + extent.size;
    if (extent.start != 0) {
      result_.add(Rule::kArchiveTrailing, it_.member, std::to_string(extent.start) + " bytes before the zip");
      pass_on_part(walk_, source_, 0, extent.start, "(before the zip)");
    }
    trailing(end);
    return walked.whole;
  }

  bool iso(const std::vector<std::uint64_t>& places) {
    const IsoViews views = iso_views(source_);
    if (views.udf)
      result_.add(Rule::kArchiveUnsupported, it_.member,
                  "the image has directories of UDF, too, in a form that is not read");
    for (const Part& file : views.files) {
      result_.add(Rule::kArchiveViews, it_.member, "only one of the image's directories has " + file.label);
      pass_on_part(walk_, source_, file.offset, file.size, "(other directory)/" + file.label);
    }
    // Containers in places that no directory names.
    std::vector<std::uint64_t> unlisted;
    std::ranges::copy_if(places, std::back_inserter(unlisted), [&views](std::uint64_t place) {
      const auto after = std::ranges::upper_bound(views.known, place, {}, &Part::offset);
      return after == views.known.begin() || place >= std::prev(after)->offset + std::prev(after)->size;
    });
    embedded(unlisted, 0, false);
    return !views.udf;
  }

  /// Opens the containers that begin within a content of another type.
  /// If `zip_too`, the end of the content may be that of a zip.
  void embedded(const std::vector<std::uint64_t>& places, std::uint64_t end = 0, bool zip_too = true) {
    std::uint64_t from = 1;
    const ZipExtent zip = zip_too && end == 0 ? zip_extent(it_.bytes) : ZipExtent{};
    if (zip.size != 0 && zip.start == 0) from = embed(0, zip.size, "zip");
    for (const std::uint64_t place : places) {
      if (place < from || place >= it_.bytes.size()) continue;
      // What follows the end of a picture is a content of its own.
      if (end != 0 && place >= end) break;
      const bool is_zip = zip.size != 0 && place >= zip.start && place < zip.start + zip.size;
      if (is_zip) {
        from = embed(zip.start, zip.size, "zip");
        continue;
      }
      if (!may_try()) return;
      const Bytes rest = it_.bytes.subspan(place);
      const FileType& type = file_types()[detect(rest.first(std::min(rest.size(), kTypePrefix)))];
      const bool container = type.container != Container::kNone || type.group == Group::kContainer;
      if (!container || !begins_container(type.name, rest)) continue;
      from = std::max(place + 1, embed(place, 0, type.name));
    }
  }

  /// Decodes files that are written as text.
  void decode(const std::vector<std::uint64_t>& places) {
    std::uint64_t from = 0, count = 0;
    for (const std::uint64_t place : places) {
      if (place < from) continue;
      if (!may_try()) return;
      const auto found = decode_at(as_text(it_.bytes), place);
      if (!found) continue;
      if (count == 0 && !may_open()) return;
      if (!may_have_member(walk_, ++count)) return;
      from = found->end;
      MemberSink sink(walk_, member_path(walk_, "(at " + std::to_string(place) + ")/" + found->label), true);
      static_cast<void>(sink.take(std::as_bytes(std::span(found->content))));
      if (!found->whole) result_.add(Rule::kArchiveMalformed, sink.path(), "the encoded text breaks off");
      sink.finish(found->whole);
    }
  }

  /// Opens the container at `place`. Returns where it ends, as far as that is known.
  std::uint64_t embed(std::uint64_t place, std::uint64_t size, std::string_view name) {
    const FileType& type = *std::ranges::find(file_types(), name, &FileType::name);
    const std::string label = "(" + std::string(name) + " at " + std::to_string(place) + ")";
    const Bytes rest = size != 0 ? it_.bytes.subspan(place, size) : it_.bytes.subspan(place);
    const auto found = [&] {
      const bool odd = type_.group == Group::kImage || type_.group == Group::kMedia ||
                       (type_.group == Group::kDocument && type_.name != "ole");
      result_.add(odd ? Rule::kTypePolyglot : Rule::kArchiveEmbedded, it_.member,
                  std::string(type_.name) + " with a " + std::string(name) + " at " + std::to_string(place), place,
                  rest.size());
    };
    if (type.container == Container::kNone) {
      found();
      result_.add(Rule::kArchiveUnsupported, member_path(walk_, label), std::string(name) + " is not opened");
      return place + type_size(name, rest);
    }
    if (!may_open()) return it_.bytes.size();
    const std::string where = member_path(walk_, label);
    const std::string_view stem = it_.name;
    const ContainerBytes bytes{.memory = rest, .fd = -1, .size = rest.size()};
    ByteSource source(bytes);
    const Walk walk{type.container, bytes, where, stem, limits_, walk_.budget, result_, walk_.content};
    if (size != 0) {
      found();
      pass_on_part(walk_, source_, place, size, label);
      return place + size;
    }
    const std::size_t findings = result_.findings.size(), members = result_.members.size() + result_.members_before;
    Walked walked = walk_container(walk);
    if (const std::uint64_t end = end_by_header(type.container, source); end != 0) walked.end = end;
    const bool something = result_.members.size() + result_.members_before > members;
    // The magic bytes stood there by chance, or the program knows the format.
    if (!something && !walked.whole && result_.findings.size() > findings && is_only_damage(findings)) {
      result_.findings.resize(findings);
      return place + 1;
    }
    found();
    return walked.end != 0 ? place + walked.end : (walked.whole ? it_.bytes.size() : place + 1);
  }

  [[nodiscard]] bool is_only_damage(std::size_t from) const {
    return std::all_of(
        result_.findings.begin() + static_cast<std::ptrdiff_t>(from), result_.findings.end(),
        [](const Finding& one) { return one.rule == static_cast<std::uint16_t>(Rule::kArchiveMalformed); });
  }

  static std::uint64_t type_size(std::string_view name, Bytes bytes) {
    constexpr std::size_t kUsed = 40;
    if (name != "squashfs" || bytes.size() < kUsed + 8) return 1;
    std::uint64_t size = 0;
    for (std::size_t i = 8; i-- > 0;) size = size << 8U | std::to_integer<std::uint64_t>(bytes[kUsed + i]);
    return std::min<std::uint64_t>(std::max<std::uint64_t>(size, 1), bytes.size());
  }

  const Content& it_;
  const Limits& limits_;
  FileResult& result_;
  const FileType& type_;
  ContainerBytes bytes_;
  ByteSource source_;
  Walk walk_;
  std::uint64_t tries_ = 0;
};

}  // namespace

bool open_content(const Opening& opening, const std::vector<std::uint64_t>& places,
                  const std::vector<std::uint64_t>& encoded) {
  return Unpacking(opening).run(places, encoded);
}

}  // namespace immure::inspect
