#include <algorithm>
#include <array>

#include "file/sha256.hpp"
#include "judge/edition.hpp"
#include "judge/observed.hpp"
#include "judge/text.hpp"

namespace immure::judge {
namespace {

using evidence::Mount;
using Mounts = std::vector<Mount>;

constexpr std::array<std::string_view, 4> kFlags{"ro", "nosuid", "nodev", "noexec"};

bool has(const Mount& mount, std::string_view option) {
  return std::ranges::find(mount.options, option) != mount.options.end();
}

bool is_input(std::string_view point) { return point == "/in" || point.starts_with("/in/"); }
bool is_output(std::string_view point) { return point == "/out"; }
bool is_root(std::string_view point) { return point == "/"; }

/// The mount table of one witness, and its place in the evidence.
struct Table {
  const Mounts* mounts;
  std::string where;
  [[nodiscard]] std::string at(const Mount& mount) const {
    return where + "/" + std::to_string(&mount - mounts->data());
  }
};

void demand_flags(SandboxTest test, const Table& table, bool (*concerned)(std::string_view), std::string_view name,
                  std::span<const std::string_view> flags, Findings& findings) {
  bool found = false;
  for (const Mount& mount : *table.mounts) {
    if (!concerned(mount.point)) continue;
    found = true;
    for (const std::string_view flag : flags)
      if (!has(mount, flag) || (flag == "ro" && has(mount, "rw")))
        findings.open(test, "mount-flags", table.at(mount), mount.point + " " + std::string(flag),
                      list_text(mount.options));
  }
  if (!found) findings.open(test, "mount-missing", table.where, std::string(name) + " is a mount", "it is not");
}

/// Test 28: every mount but /out is read-only, and /out is writable.
void check_single_writable(const Table& table, Findings& findings) {
  bool writable_output = false;
  for (const Mount& mount : *table.mounts) {
    const bool read_only = has(mount, "ro") && !has(mount, "rw");
    if (is_output(mount.point)) {
      writable_output = writable_output || (has(mount, "rw") && !has(mount, "ro"));
    } else if (!read_only) {
      findings.open(28, "mount-writable", table.at(mount), mount.point + " ro", list_text(mount.options));
    }
  }
  if (!writable_output) findings.open(28, "mount-missing", table.where, "/out is a writable mount", "it is not");
}

/// Test 30: there is one mount each for the root, /in and /out, then what was mounted below the input, and nothing
/// else. A second mount on the same point would hide the first mount and everything that was checked about it.
void check_points(const Table& table, Findings& findings) {
  int root = 0;
  int input = 0;
  int output = 0;
  const Mount* last = nullptr;
  for (const Mount& mount : *table.mounts) {
    root += is_root(mount.point) ? 1 : 0;
    input += mount.point == "/in" ? 1 : 0;
    output += is_output(mount.point) ? 1 : 0;
    if (!is_root(mount.point) && !is_input(mount.point) && !is_output(mount.point))
      findings.open(30, "mount-extra", table.at(mount), "/, /in, /out and what is below /in", mount.point);
    if (last != nullptr && last->point == mount.point)
      findings.open(30, "mount-doubled", table.at(mount), "one mount on each mount point", "two on " + mount.point);
    last = &mount;
  }
  if (root != 1 || input != 1 || output != 1)
    findings.open(30, "mount-table", table.where, "/, /in and /out, once each",
                  std::to_string(root) + ", " + std::to_string(input) + " and " + std::to_string(output));
}

/// Test 30: below the input, each table has exactly the mounts that were there when the input was listed and hashed. A
/// copy of the input has no such mounts.
void check_below_input(const Table& table, std::vector<std::string> listed, Findings& findings) {
  constexpr std::string_view kInput = "/in/";
  for (std::string& path : listed) path.insert(0, kInput);
  for (const Mount& mount : *table.mounts) {
    if (mount.point.starts_with(kInput) && std::ranges::find(listed, mount.point) == listed.end())
      findings.open(30, "mount-extra", table.at(mount), "a mount that was listed with the input", mount.point);
  }
  for (const std::string& point : listed) {
    if (std::ranges::find(*table.mounts, point, &Mount::point) == table.mounts->end())
      findings.open(30, "mount-missing", table.where, point + ", which was mounted when the input was listed",
                    "no mount");
  }
}

bool same_flags(const Mount& a, const Mount& b) {
  return std::ranges::all_of(kFlags, [&](std::string_view flag) { return has(a, flag) == has(b, flag); });
}

/// From Linux 6.8 to 6.10 statmount does not give the type. So the cell's table may lack the type, but the table from
/// outside may not.
bool same_type(const Mount& a, const Mount& b) { return !b.type.empty() && (a.type.empty() || a.type == b.type); }

std::string mount_text(const Mount& mount) { return mount.point + " " + mount.type + " " + list_text(mount.options); }

/// Test 30: both witnesses saw the same table.
void check_agreement(const Table& one, const Table& other, Findings& findings) {
  const std::size_t common = std::min(one.mounts->size(), other.mounts->size());
  for (std::size_t i = 0; i < common; ++i) {
    const Mount& a = (*one.mounts)[i];
    const Mount& b = (*other.mounts)[i];
    if (a.point != b.point || !same_type(a, b) || !same_flags(a, b))
      return findings.open(30, "witness-disagrees", other.at(b), mount_text(a) + ", as in " + one.where, mount_text(b));
  }
  if (one.mounts->size() != other.mounts->size())
    findings.open(30, "witness-disagrees", other.where,
                  std::to_string(one.mounts->size()) + " mounts, as in " + one.where,
                  std::to_string(other.mounts->size()));
}

void check_tables(const Observed& observed, Findings& findings) {
  if (observed.inside.mount_source != "statmount" && observed.inside.mount_source != "mountinfo")
    findings.unproved(30, "witness-contradicts", "/inside/mountSource", "statmount or mountinfo",
                      observed.inside.mount_source);
  constexpr std::array<std::string_view, 1> kReadOnly{"ro"};
  constexpr std::array<std::string_view, 1> kWritable{"rw"};
  constexpr std::array<std::string_view, 3> kInert{"nosuid", "nodev", "noexec"};
  constexpr std::array<std::string_view, 3> kSealed{"ro", "nosuid", "nodev"};
  std::vector<Table> tables;
  tables.reserve(3);
  tables.push_back({&observed.inside.mounts, "/inside/mounts"});
  for (const Look& look : observed.looks) tables.push_back({&look->mounts, look.at("/mounts")});
  const evidence::Input& input = observed.evidence.input;
  const Edition* edition = edition_of(observed.evidence);
  const bool knows_mounts = edition == nullptr || edition->number >= kMountsSince;
  if (knows_mounts && !input.staged && !input.mounts)
    findings.unproved(30, "mount-table", "/input/mounts", "what was mounted below the input", "none");
  for (const Table& table : tables) {
    if (knows_mounts) check_below_input(table, input.mounts.value_or(std::vector<std::string>()), findings);
    demand_flags(26, table, is_input, "/in", kReadOnly, findings);
    demand_flags(27, table, is_input, "/in", kInert, findings);
    check_single_writable(table, findings);
    demand_flags(29, table, is_output, "/out", kInert, findings);
    check_points(table, findings);
    demand_flags(30, table, is_root, "/", kSealed, findings);
    demand_flags(30, table, is_input, "/in", kReadOnly, findings);
    demand_flags(30, table, is_output, "/out", kWritable, findings);
    if (&table != &tables.front()) check_agreement(tables.front(), table, findings);
  }
}

/// Judges that the program read the input that was hashed: either nobody could write to the input in between, or immure
/// hashed the input while copying it for the cell.
void check_held(const Observed& observed, Findings& findings) {
  const evidence::Input& input = observed.evidence.input;
  const Edition* edition = edition_of(observed.evidence);
  if (edition != nullptr && edition->number < kChannelsSince && !input.held) return;
  const std::string held = input.held.value_or("none");
  if (held.starts_with("broken: ")) {
    findings.open(26, "input-changed", "/input/held", "nobody opens the input for writing", held);
  } else if (held != "leases" && !held.starts_with("staged: ")) {
    findings.unproved(26, "input-not-held", "/input/held", "`leases` or `staged: reason`", held);
  }
}

/// Judges that the finished evidence has the digest of the program's standard input.
void check_standard_input(const Observed& observed, Findings& findings) {
  const auto& seen = observed.evidence.input.standard_input;
  if (!seen || observed.moment != Moment::kFinal || !observed.evidence.payload) return;
  if (!file::is_sha256_hex(seen->sha256))
    findings.unproved(26, "input-not-held", "/input/standardInput/sha256", "a SHA-256", seen->sha256);
}

/// Judges that each file and directory of the input was copied for the cell and digested.
void check_parts(const Observed& observed, Findings& findings) {
  const evidence::Input& input = observed.evidence.input;
  if (!input.parts) return;
  if (!input.staged || input.parts->empty())
    findings.unproved(26, "input-contradicts", "/input/parts", "parts of which the cell got copies",
                      input.staged ? "no part" : "no copy");
  const evidence::InputPart* last = nullptr;
  for (const evidence::InputPart& part : *input.parts) {
    const bool is_name = !part.place.empty() && part.place != "." && part.place != ".." &&
                         part.place.find('/') == std::string::npos && (last == nullptr || last->place < part.place);
    if (!is_name)
      findings.unproved(26, "input-contradicts", "/input/parts", "one name below /in for each part, sorted",
                        part.place);
    last = &part;
    if (observed.moment != Moment::kFinal || !observed.evidence.payload || file::is_sha256_hex(part.sha256)) continue;
    findings.unproved(26, "input-not-held", "/input/parts", "a SHA-256 of " + part.place, "none");
  }
}

void check_input(const Observed& observed, Findings& findings) {
  const evidence::Input& input = observed.evidence.input;
  check_parts(observed, findings);
  if (!file::is_sha256_hex(input.stat_before))
    findings.unproved(26, "input-unseen", "/input/statBefore", "a digest of the input tree before the run", "none");
  if (!input.staged && !input.left_out.empty())
    findings.unproved(26, "input-contradicts", "/input/leftOut", "nothing, where the input is not a copy",
                      list_text(input.left_out));
  if (observed.moment != Moment::kFinal) return;
  if (!file::is_sha256_hex(input.stat_after))
    findings.unproved(26, "input-unseen", "/input/statAfter", "a digest of the input tree after the run", "none");
  else if (input.stat_before != input.stat_after)
    findings.open(26, "input-changed", "/input/statAfter", input.stat_before, input.stat_after);
  check_held(observed, findings);
  check_standard_input(observed, findings);
}

// Judges that the program was started from the very files that were digested, if the edition demands this.
void check_image(const Observed& observed, Findings& findings) {
  const Edition* edition = edition_of(observed.evidence);
  const auto& state = observed.evidence.image_state;
  if (!state) {
    if (edition != nullptr && edition->number >= kChannelsSince)
      findings.unproved(30, "image-unseen", "/imageState", "the state of the image before and after the run", "none");
    return;
  }
  if (!file::is_sha256_hex(state->stat_before))
    return findings.unproved(30, "image-unseen", "/imageState/statBefore", "a digest of the image before the run",
                             "none");
  if (observed.moment != Moment::kFinal) return;
  if (!file::is_sha256_hex(state->stat_after))
    findings.unproved(30, "image-unseen", "/imageState/statAfter", "a digest of the image after the run", "none");
  else if (state->stat_before != state->stat_after)
    findings.open(30, "image-changed", "/imageState/statAfter", state->stat_before, state->stat_after);
}

/// True for `/`, and for an absolute path without `.`, `..` and empty components.
bool is_place_in_cell(std::string_view path) {
  if (path == "/") return true;
  if (!path.starts_with('/')) return false;
  for (std::size_t start = 1; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view component = path.substr(start, end - start);
    if (component.empty() || component == "." || component == "..") return false;
    start = end + 1;
  }
  return true;
}

/// Judges that the program's root is the cell's, and that the program starts in the directory that was planned. Every
/// directory below the cell's root is the image's, the input's or /out.
void check_root(const Observed& observed, Findings& findings) {
  const std::string workdir = observed.evidence.workdir.value_or("/");
  if (!is_place_in_cell(workdir))
    findings.open(31, "root-outside", "/workdir", "the path of a directory in the cell", workdir);
  for (const Look& look : observed.looks) {
    if (look->root != "/") findings.open(31, "root-outside", look.at("/root"), "/", look->root);
    if (look->cwd != workdir) findings.open(31, "root-outside", look.at("/cwd"), workdir, look->cwd);
  }
}

}  // namespace

void judge_places(const Observed& observed, Findings& findings) {
  check_tables(observed, findings);
  check_input(observed, findings);
  check_image(observed, findings);
  check_root(observed, findings);
}

}  // namespace immure::judge
