#include "attest/records.hpp"

#include <algorithm>

#include <sys/utsname.h>

#include "attest/engine/venue_names.hpp"
#include "attest/host/launcher.hpp"
#include "attest/host/proc_text.hpp"
#include "attest/witness.hpp"
#include "file/io.hpp"
#include "file/sha256.hpp"
#include "judge/claim.hpp"
#include "judge/edition.hpp"
#include "judge/text.hpp"
#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/filter.hpp"
#include "plan/package/package_set.hpp"
#include "probe/catalogue.hpp"
#include "probe/limits.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"
#include "sys/namespaces.hpp"
#include "text/base64.hpp"
#include "text/hex.hpp"
#include "text/utc_time.hpp"
#include "text/visible.hpp"

namespace immure::attest {
namespace {

using evidence::Evidence;

std::string limit_text(std::uint64_t value) { return value == RLIM64_INFINITY ? "unlimited" : std::to_string(value); }

evidence::Mount mount_of(const sys::MountRow& row) {
  evidence::Mount mount{.point = row.point, .type = row.type, .options = {}};
  if ((row.flags & sys::kNoDev) != 0) mount.options.emplace_back("nodev");
  if ((row.flags & sys::kNoExec) != 0) mount.options.emplace_back("noexec");
  if ((row.flags & sys::kNoSuid) != 0) mount.options.emplace_back("nosuid");
  mount.options.emplace_back((row.flags & sys::kReadOnly) != 0 ? "ro" : "rw");
  return mount;
}

std::vector<std::string> split_list(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::vector<std::string> names;
  for (std::string_view rest = text; !rest.empty();) names.emplace_back(take(rest, ','));
  return names;
}

Result<evidence::Host> host() {
  utsname names{};
  if (const int failure = sys::error_of(::uname, &names); failure != 0)
    return fail(Code::kSystem, "uname", "failed", {}, failure);
  evidence::Host host{.kernel = names.release,
                      .architecture = std::string(sys::name(sys::kThisMachine)),
                      .venue = std::string(venue::kNative),
                      .venue_version = IMMURE_VERSION,
                      .lsms = {},
                      .landlock_abi = 0};
  // Not every host mounts securityfs. The list is only information for people; no verdict depends on it.
  if (auto lsms = file::read_whole("/sys/kernel/security/lsm", 4096)) host.lsms = split_list(std::move(*lsms));
  return host;
}

evidence::Filter filter(const plan::FilterProgram& program) {
  evidence::AllowedCalls allowed{.numbers = plan::let_through(program.instructions, plan::kNativeArch, 0)};
  for (const auto& [architecture, first] : plan::kForeignTables)
    allowed.foreign += static_cast<std::uint32_t>(plan::let_through(program.instructions, architecture, first).size());
  return {.sha256 = program.sha256,
          .source_sha256 = program.source_sha256,
          .instructions = static_cast<std::uint32_t>(program.instructions.size()),
          .allowed = std::move(allowed),
          .bpf = text::base64(plan::neutral_bytes(program.instructions))};
}

/// The packages whose files are in the image. The list of the files that were left out is shortened, so that evidence
/// stays small.
evidence::ImagePackages packages_of(const plan::PackageSet& set) {
  constexpr std::size_t kMost = 1000;
  evidence::ImagePackages packages{.files = set.files, .left_out = set.left_out, .packages = {}};
  if (packages.left_out.size() > kMost) {
    const std::size_t more = packages.left_out.size() - kMost;
    packages.left_out.resize(kMost);
    packages.left_out.push_back("and " + std::to_string(more) + " more");
  }
  for (std::string& path : packages.left_out) path = text::visible(path);
  for (const plan::PackageName& package : set.packages) packages.packages.push_back(plan::package_text(package));
  std::ranges::sort(packages.packages);
  return packages;
}

evidence::Acceptance acceptance(const plan::Plan& plan) {
  const plan::Profile& profile = plan.profile;
  evidence::Acceptance stated{.helpers = {},
                              .profile = {},
                              .read_back = profile.read_back,
                              .scratch_bytes = profile.scratch_bytes,
                              .socket_pairs = profile.socket_pairs};
  if (!profile.unsafe_exec.empty()) {
    evidence::Helpers& helpers = stated.helpers.emplace();
    helpers.whole_image = profile.executes_image();
    for (const plan::Helper& helper : plan.helpers) helpers.files.push_back({helper.path, helper.sha256});
  }
  return judge::with_profile(std::move(stated));
}

std::string null_text(const cell::Look& look) {
  if (look.null_answer != 0) return judge::errno_text(look.null_answer);
  return std::to_string(look.null_major) + ":" + std::to_string(look.null_minor);
}

}  // namespace

std::vector<evidence::Enforcement> enforcements(const plan::Limits& limits, const Cgroup* group,
                                                std::uint64_t scratch_bytes) {
  std::vector<evidence::Enforcement> list;
  for (const probe::LimitRow* row : probe::kLimitsByEvidenceName) {
    const bool by_group = group != nullptr && row->means == probe::Means::kGroup;
    const evidence::Enforcement limit{std::string(row->evidence_name), limits.*row->member,
                                      std::string(name(row->unit)),
                                      by_group ? group->version() : std::string(name(row->means))};
    list.push_back(limit);
    if (row->watched && group == nullptr) list.push_back({limit.name, limit.value, limit.unit, "watch"});
  }
  if (scratch_bytes != 0) list.push_back({std::string(probe::kScratchLimit), scratch_bytes, "bytes", "tmpfs"});
  if (group != nullptr && group->limits_swap()) list.push_back({"swap", 0, "bytes", group->version()});
  std::ranges::stable_sort(list, {}, &evidence::Enforcement::name);
  return list;
}

std::vector<evidence::ProbeRecord> probe_records(const cell::Page& page) {
  const auto rows = probe::catalogue();
  const std::size_t count = rows.size();
  std::vector<evidence::ProbeRecord> records(count);
  for (std::size_t i = 0; i < count; ++i) {
    const probe::Row& row = rows[i];
    evidence::ProbeRecord& record = records[i];
    record.seq = static_cast<std::uint32_t>(i);
    record.id = row.id;
    record.boundary = probe::name(row.boundary);
    record.syscall = row.syscall;
    record.args.reserve(row.args.size());
    for (const probe::Arg& arg : row.args) {
      if (arg.kind != probe::Arg::Kind::kNone) record.args.push_back(judge::argument_text(arg));
    }
    record.ret = page.cell[i].ret;
    record.errno_value = page.cell[i].errno_value;
    record.effect = page.cell[i].effect;
    record.control = {page.control[i].ret, page.control[i].errno_value, page.control[i].effect, "scratch"};
    if (probe::demanded(row, probe::Stage::kWalls)) {
      record.walls = {page.walls[i].ret, page.walls[i].errno_value, page.walls[i].effect};
    }
    if (probe::demanded(row, probe::Stage::kAttribution) && (page.attribution[i].effect & probe::kNotRun) == 0)
      record.attribution = page.attribution[i].errno_value;
  }
  return records;
}

Result<evidence::InsideView> inside_view(const cell::Page& page, const std::vector<std::string>& environment) {
  const cell::Look& look = page.look;
  evidence::InsideView view;
  if (look.mountinfo_bytes > 0) {
    view.mount_source = "mountinfo";
    TRY(view.mounts, parse_mountinfo({look.mountinfo, look.mountinfo_bytes}));
  } else {
    view.mount_source = "statmount";
    for (std::uint32_t i = 0; i < look.mount_count; ++i) {
      if (look.mounts[i].cut)
        return fail(Code::kBlocked, "mount table", "a mount point's name is too long to be recorded");
      view.mounts.push_back(mount_of(look.mounts[i]));
    }
    std::ranges::stable_sort(view.mounts, {}, &evidence::Mount::point);
  }
  const sys::CapabilitySets& sets = look.capabilities;
  view.capabilities = {text::hex_number(sets.effective, 16), text::hex_number(sets.permitted, 16),
                       text::hex_number(sets.inheritable, 16), text::hex_number(sets.bounding, 16),
                       text::hex_number(sets.ambient, 16)};
  view.no_new_privs = look.no_new_privs;
  view.seccomp_mode = look.seccomp_mode;
  view.securebits = look.securebits;
  view.shared_memory = look.shared_memory;
  view.null_changed = look.null_changed;
  view.uid = look.uid;
  view.gid = look.gid;
  for (const std::string& entry : environment) view.environment.push_back(entry.substr(0, entry.find('=')));
  std::ranges::sort(view.environment);
  view.descriptors.assign(look.descriptors, look.descriptors + look.descriptor_count);
  for (std::size_t i = 0; i < sys::kNamespaceCount; ++i) view.namespaces[sys::kNamespaceNames[i]] = look.namespaces[i];
  const rlimit64* limit = look.limits;
  for (const probe::LimitRow& row : probe::kLimits) {
    if (row.resource < 0) continue;
    view.limits.push_back({std::string(row.proc_name), limit_text(limit->rlim_cur), limit_text(limit->rlim_max)});
    ++limit;
  }
  return view;
}

evidence::Observer observer_record(const Cell& cell) {
  const auto bytes = std::as_bytes(cell.world->spec->observer);
  return {.answer = cell.page().look.observed,
          .around = cell.filters_around,
          .bpf = text::base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()}),
          .heard = cell.observer && cell.observer->heard_control(),
          .null = null_text(cell.page().look)};
}

Result<Evidence> opening(const plan::Plan& plan, bool digest_launcher) {
  Evidence evidence;
  evidence.started_on = text::utc_now();
  const judge::Edition& edition = judge::present_edition();
  evidence.catalogue = {std::to_string(edition.number), std::string(edition.catalogue)};
  evidence.matrix = {"acceptance", std::string(edition.matrix)};
  evidence.profile = {plan.profile.name, plan.profile.source_sha256};
  evidence.plan = {"plan", file::sha256_hex(plan::plan_json(plan))};
  const plan::ImageSource& source = plan.image.source;
  evidence.image = {source.kind, plan.image.sha256};
  if (source.kind != "closure")
    evidence.image_source = {.kind = source.kind,
                             .layers = source.layers,
                             .left_out = source.left_out,
                             .name = source.name,
                             .sha256 = source.sha256};
  if (plan.image.packages) evidence.image_packages = packages_of(*plan.image.packages);
  evidence.program = {plan.program.inner_path, plan.program.sha256};
  if (digest_launcher) {
    TRY(evidence.launcher, launcher_artifact());
  }
  evidence.filter = filter(plan.filter);
  evidence.unsafe = plan.profile.unsafe_keys();
  evidence.input.name = plan.input_name;
  evidence.output.name = plan.output_name;
  if (plan.workdir != "/") evidence.workdir = plan.workdir;
  TRY(evidence.host, host());
  const plan::Profile& profile = plan.profile;
  if (profile.gifts() != probe::kNothing) evidence.acceptance = acceptance(plan);
  evidence.limits = enforcements(profile.limits, nullptr, profile.scratch_bytes);
  for (const auto& [name, value] : plan.environment) evidence.environment.push_back(name);
  evidence.processors = plan.processors;
  if (plan.stages != 0) evidence.stage = {.number = plan.stage, .of = plan.stages, .read = {}, .written = {}};
  return evidence;
}

}  // namespace immure::attest
