#include "inspect/report/coverage.hpp"

#include <numeric>

namespace immure::inspect {
namespace {

void add(CoveredBytes& sum, const Covered& covered, std::uint64_t size) {
  sum.all += size;
  sum.analysed += covered.analysed;
  sum.unpacked += covered.unpacked;
}

void add(std::array<Coverage::Work, kScannerNames.size()>& scanners, const Covered& covered,
         std::uint64_t Coverage::Work::* what) {
  for (std::size_t i = 0; i < scanners.size(); ++i) {
    if ((covered.by & bit(Scanner{static_cast<std::uint8_t>(i)})) != 0) ++(scanners[i].*what);
  }
}

template <class Counts>
std::uint64_t total(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::uint64_t of(const Coverage& coverage, EntryKind kind) { return coverage.entries[static_cast<std::size_t>(kind)]; }
std::uint64_t of(const Coverage& coverage, MemberKind kind) { return coverage.members[static_cast<std::size_t>(kind)]; }

std::uint64_t special(const Coverage& coverage) {
  return of(coverage, EntryKind::kFifo) + of(coverage, EntryKind::kSocket) + of(coverage, EntryKind::kCharDevice) +
         of(coverage, EntryKind::kBlockDevice);
}

void write_bytes(JsonWriter& json, const CoveredBytes& bytes) {
  json.key("all").value(bytes.all).key("analysed").value(bytes.analysed);
}

void write_entries(JsonWriter& json, const Coverage& c) {
  json.key("entries").object().key("all").value(total(c.entries));
  json.key("directories").value(of(c, EntryKind::kDirectory)).key("files").value(of(c, EntryKind::kFile));
  json.key("links").value(of(c, EntryKind::kLink)).key("special").value(special(c));
  json.key("with_gaps").value(c.entries_with_gaps).close();
}

void write_files(JsonWriter& json, const Coverage& c) {
  json.key("files").object().key("all").value(of(c, EntryKind::kFile)).key("bytes").object();
  write_bytes(json, c.files);
  json.key("hashed").value(c.hashed_bytes).key("not_analysed").value(c.files.rest());
  json.key("not_hashed").value(c.files.all - c.hashed_bytes).key("unpacked").value(c.files.unpacked).close();
  json.key("hashed").value(c.hashed_files);
  json.key("not_hashed").value(of(c, EntryKind::kFile) - c.hashed_files).close();
}

void write_members(JsonWriter& json, const Coverage& c) {
  json.key("members").object().key("all").value(total(c.members)).key("bytes").object();
  write_bytes(json, c.expanded);
  json.key("not_analysed").value(c.expanded.rest()).key("unpacked").value(c.expanded.unpacked).close();
  json.key("directories").value(of(c, MemberKind::kDirectory)).key("files").value(of(c, MemberKind::kFile));
  json.key("hard_links").value(of(c, MemberKind::kHardLink)).key("hashed").value(c.members_hashed);
  json.key("links").value(of(c, MemberKind::kLink));
  json.key("not_hashed").value(of(c, MemberKind::kFile) - c.members_hashed);
  json.key("special").value(of(c, MemberKind::kSpecial)).close();
}

std::string bytes_text(const CoveredBytes& bytes) {
  return std::to_string(bytes.all) + " bytes = " + std::to_string(bytes.analysed) + " analysed + " +
         std::to_string(bytes.unpacked) + " unpacked + " + std::to_string(bytes.rest()) + " not";
}

}  // namespace

Coverage coverage_of(const Report& report) {
  Coverage c;
  for (const ReportEntry& one : report.entries) {
    ++c.entries[static_cast<std::size_t>(one.entry.kind)];
    if (!one.gaps.empty()) ++c.entries_with_gaps;
    if (one.entry.kind != EntryKind::kFile) continue;
    add(c.files, one.covered, one.entry.size);
    add(c.scanners, one.covered, &Coverage::Work::files);
    if (one.sha256) {
      ++c.hashed_files;
      c.hashed_bytes += one.entry.size;
    }
    for (const Member& member : one.members) {
      ++c.members[static_cast<std::size_t>(member.kind)];
      if (member.sha256) ++c.members_hashed;
      if (member.kind != MemberKind::kFile) continue;
      add(c.expanded, member.covered, member.size);
      add(c.scanners, member.covered, &Coverage::Work::members);
    }
  }
  return c;
}

void write_coverage(const Report& report, JsonWriter& json) {
  const Coverage c = coverage_of(report);
  json.key("coverage").object().key("complete").boolean(report.complete);
  write_entries(json, c);
  write_files(json, c);
  write_members(json, c);
  json.key("reasons").object();
  for (const auto& [rule, count] : report.reasons) json.key(rule).value(count);
  json.close().key("scanners").array();
  for (std::size_t i = 0; i < c.scanners.size(); ++i) {
    json.object().key("files").value(c.scanners[i].files).key("members").value(c.scanners[i].members);
    json.key("name").ours(kScannerNames[i]).close();
  }
  json.close().close();
}

std::string coverage_text(const Report& report) {
  const Coverage c = coverage_of(report);
  std::string text = std::to_string(total(c.entries)) + " entries = " + std::to_string(of(c, EntryKind::kFile)) +
                     " files + " + std::to_string(of(c, EntryKind::kDirectory)) + " directories + " +
                     std::to_string(of(c, EntryKind::kLink)) + " links + " + std::to_string(special(c)) + " special\n";
  text += "hashed: " + std::to_string(of(c, EntryKind::kFile)) + " files = " + std::to_string(c.hashed_files) + " + " +
          std::to_string(of(c, EntryKind::kFile) - c.hashed_files) + " not; " + std::to_string(c.files.all) +
          " bytes = " + std::to_string(c.hashed_bytes) + " + " + std::to_string(c.files.all - c.hashed_bytes) +
          " not\n";
  text += "inspected: " + bytes_text(c.files) + "\n";
  if (total(c.members) > 0)
    text += "out of containers: " + std::to_string(total(c.members)) + " members; " + bytes_text(c.expanded) + "\n";
  for (const auto& [rule, count] : report.reasons)
    text += "not inspected: " + std::string(rule) + ", " + std::to_string(count) + " times\n";
  return text;
}

}  // namespace immure::inspect
