#include <algorithm>
#include <optional>

#include "file/sha256.hpp"
#include "judge/claim.hpp"
#include "judge/edition.hpp"
#include "judge/observed.hpp"
#include "probe/fixed_files.hpp"

namespace immure::judge {
namespace {

using evidence::FixedFile;

std::optional<std::uint64_t> memory_limit(const evidence::Evidence& evidence) {
  const auto found = std::ranges::find(evidence.limits, "memory", &evidence::Enforcement::name);
  return found == evidence.limits.end() ? std::nullopt : std::optional(found->value);
}

/// The fixed files of this run, computed here: neither the plan nor the host decides what they may hold.
std::vector<FixedFile> expected_files(const evidence::Evidence& evidence, std::uint64_t memory) {
  std::vector<FixedFile> files;
  const auto stated = probe::fixed_files({.processors = *evidence.processors,
                                          .memory_bytes = memory,
                                          .scratch = (claim_of(evidence).gifts & probe::kScratch) != 0,
                                          .helpers = (claim_of(evidence).gifts & probe::kHelpers) != 0,
                                          .program = evidence.program.name});
  for (const probe::FixedFile& file : stated)
    files.push_back({.path = file.path, .kind = file.link ? "link" : "file", .sha256 = file::sha256_hex(file.content)});
  return files;
}

std::string text_of(const FixedFile& file) { return file.kind + " " + (file.sha256.empty() ? "" : file.sha256); }

bool saw(const Look& look, std::string_view path) {
  return std::ranges::find(*look->fixed_files, path, &FixedFile::path) != look->fixed_files->end();
}

/// Judges that each probe of a fixed file says the same as the witness outside: the file is there, or nothing is there.
void check_agreement(const Observed& observed, const Look& look, const Edition& edition, Findings& findings) {
  const auto rows = rows_of(edition);
  const auto& records = observed.evidence.probes;
  for (std::size_t i = 0; i < std::min(rows.size(), records.size()); ++i) {
    const evidence::ProbeRecord& record = records[i];
    if ((rows[i]->flags & probe::kFixed) == 0 || record.id != rows[i]->id) continue;
    // judge_probes() judges every other answer.
    if (!rows[i]->cell.contains({record.ret, record.errno_value, record.effect})) continue;
    const std::string path = rows[i]->args[1].text;
    const bool found = record.errno_value == 0;
    if (saw(look, path) != found)
      findings.open(31, "witness-disagrees", look.at("/fixedFiles"),
                    path + (found ? " found, as " : " not found, as ") + record.id + " says too",
                    saw(look, path) ? "found" : "not found");
  }
}

void check_look(const Look& look, const std::vector<FixedFile>& expected, Findings& findings) {
  const std::vector<FixedFile>& seen = *look->fixed_files;
  const auto not_ascending = [](const FixedFile& one, const FixedFile& other) { return one.path >= other.path; };
  if (std::ranges::adjacent_find(seen, not_ascending) != seen.end())
    return findings.unproved(31, "witness-contradicts", look.at("/fixedFiles"), "each path once, sorted", "others");
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const std::string where = look.at("/fixedFiles/" + std::to_string(i));
    const auto known = std::ranges::find(expected, seen[i].path, &FixedFile::path);
    if (known == expected.end())
      findings.open(31, "fixed-file-extra", where, "nothing but fixed files there", seen[i].path);
    else if (*known != seen[i])
      findings.open(31, "fixed-file-differs", where, known->path + ": " + text_of(*known), text_of(seen[i]));
  }
}

}  // namespace

void judge_fixed_files(const Observed& observed, Findings& findings) {
  const Edition* edition = edition_of(observed.evidence);
  if (edition == nullptr || edition->number < kFixedFilesSince) return;
  const auto& processors = observed.evidence.processors;
  if (!processors || *processors == 0 || *processors > probe::kMaxProcessors)
    return findings.unproved(31, "fixed-files-unseen", "/processors",
                             "from 1 to " + std::to_string(probe::kMaxProcessors) + " processors",
                             processors ? std::to_string(*processors) : "none");
  const auto memory = memory_limit(observed.evidence);
  if (!memory)
    return findings.unproved(31, "fixed-files-unseen", "/limits",
                             "a limit of memory, which /proc/meminfo of the cell shows", "none");
  const std::vector<FixedFile> expected = expected_files(observed.evidence, *memory);
  for (const Look& look : observed.looks) {
    if (!look->fixed_files) {
      findings.unproved(31, "fixed-files-unseen", look.at("/fixedFiles"),
                        "what the image has at the paths of fixed files", "none");
      continue;
    }
    check_look(look, expected, findings);
    check_agreement(observed, look, *edition, findings);
  }
}

}  // namespace immure::judge
