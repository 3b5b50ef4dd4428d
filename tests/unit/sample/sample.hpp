/// Evidence of a run in which every wall held. The code makes the evidence from the catalogue itself, so the evidence
/// always fits the catalogue.
#pragma once

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include "../file/temp_dir.hpp"
#include "evidence/envelope.hpp"
#include "file/sha256.hpp"
#include "judge/claim.hpp"
#include "judge/demand.hpp"
#include "judge/edition.hpp"
#include "judge/text.hpp"
#include "probe/catalogue.hpp"
#include "probe/fixed_files.hpp"
#include "probe/limits.hpp"
#include "sys/bpf_eval.hpp"
#include "sys/filter.hpp"
#include "sys/machine.hpp"
#include "text/base64.hpp"
#include "verify/verify.hpp"

namespace immure::test {

inline const std::string kDigestA(64, 'a');
inline const std::string kDigestB(64, 'b');
/// base64url of 32 bytes
inline const std::string kNonce = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
inline constexpr std::int64_t kNow = 1'781'006'460;  // 2026-06-09T12:01:00Z

inline evidence::Answer answer_of(int value) {
  if (value > 0) return {-1, value, 0};
  if (value < 0) return {-value, 0, probe::kSignal};
  return {0, 0, 0};
}

inline evidence::Answer other_than(const probe::Answers& answers) {
  for (const int value : {0, EFAULT, EINVAL, EBADF, ENOTTY, ENOSYS, ERANGE})
    if (const evidence::Answer answer = answer_of(value);
        !answers.contains({answer.ret, answer.errno_value, answer.effect}))
      return answer;
  return {};
}

/// The sample's filter. The filter allows read(2) and denies all other calls as the built-in filters do, except for two
/// calls that have a wall behind the filter: rmdir(2) and setxattr(2).
inline std::vector<sys::Instruction> sample_filter(sys::Machine machine) {
  using namespace sys::seccomp;
  using sys::simulation::kRetAllow, sys::simulation::kRetErrno;
  std::vector<sys::Instruction> filter{load(offsetof(seccomp_data, nr))};
  const auto answer = [&](std::string_view id, std::uint32_t with) {
    for (const probe::Row& row : probe::catalogue(machine)) {
      if (row.id != id) continue;
      filter.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(row.nr), 0, 1));
      filter.push_back(finish(with));
    }
  };
  filter.push_back(jump(BPF_JEQ, machine == sys::Machine::kX86_64 ? 0 : 63, 0, 1));
  filter.push_back(finish(kRetAllow));
  answer("input/setxattr", kRetAllow);
  answer("input/old-rmdir", kRetAllow);
  answer("kernel/timerfd", kRetAllow);
  answer("input/flock", kRetErrno);
  answer("process/clone3", kRetErrno | ENOSYS);
  answer("output/openat2", kRetErrno | ENOSYS);
  // The filter answers EAGAIN to the futex call that waits for any process.
  for (const probe::Row& row : probe::catalogue(machine)) {
    if (row.id != "process/futex-wait") continue;
    filter.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(row.nr), 0, 4));
    filter.push_back(load(offsetof(seccomp_data, args) + sizeof(__u64)));
    filter.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(row.args[1].number), 0, 1));
    filter.push_back(finish(kRetErrno | EAGAIN));
    filter.push_back(finish(kRetErrno | EPERM));
  }
  filter.push_back(finish(kRetErrno | EPERM));
  return filter;
}

inline std::string bytes_of(const std::vector<sys::Instruction>& filter) {
  std::string bytes(filter.size() * sizeof(sys::Instruction), '\0');
  std::memcpy(bytes.data(), filter.data(), bytes.size());
  return bytes;
}

/// Puts a filter into the evidence.
inline void set_filter(evidence::Filter& into, const std::vector<sys::Instruction>& filter) {
  const std::string bytes = bytes_of(filter);
  into.bpf = text::base64(bytes);
  into.sha256 = file::sha256_hex(bytes);
  into.instructions = static_cast<std::uint32_t>(filter.size());
}

/// An answer that meets a demand.
inline evidence::Answer as_demanded(const judge::Demand& demand) {
  return demand.any ? evidence::Answer{-1, EINVAL, 0} : answer_of(demand.answers.values[0]);
}

/// Gives a record the answers that the filter's own instructions make right (edition 6 and later).
inline void follow(evidence::ProbeRecord& record, const probe::Row& row, const judge::Demand& demand) {
  const evidence::Answer cell = as_demanded(demand);
  record.ret = cell.ret;
  record.errno_value = cell.errno_value;
  record.effect = cell.effect | demand.effects;
  if (record.walls && demand.walls.count != 0) record.walls = answer_of(demand.walls.values[0]);
  if (demand.told_apart && (row.flags & probe::kCostly) == 0) {
    const evidence::Answer control = other_than(demand.answers);
    record.control = {control.ret, control.errno_value, control.effect, "scratch"};
  }
  if (record.attribution && demand.by != judge::Layer::kAny)
    record.attribution = demand.by == judge::Layer::kFilter ? probe::kFilterAnswer : cell.errno_value;
}

inline evidence::ProbeRecord record_of(const probe::Row& row, std::uint32_t seq, int edition) {
  evidence::ProbeRecord record;
  record.seq = seq;
  record.id = row.id;
  record.boundary = probe::name(row.boundary);
  record.syscall = row.syscall;
  for (const probe::Arg& arg : row.args)
    if (arg.kind != probe::Arg::Kind::kNone) record.args.push_back(judge::argument_text(arg));
  const evidence::Answer cell = answer_of(row.cell.values[0]);
  record.ret = cell.ret;
  record.errno_value = cell.errno_value;
  record.effect = cell.effect;
  const evidence::Answer control = other_than(row.cell);
  record.control = {control.ret, control.errno_value, control.effect, "scratch"};
  // The cell does not try a costly probe, which needs its own process, if nothing depends on the answer.
  if ((row.flags & probe::kCostly) != 0 && !demanded(row, probe::Stage::kControl))
    record.control = {-1, 0, probe::kNotRun, "scratch"};
  if (!row.walls.empty()) record.walls = answer_of(row.walls.values[0]);
  if (judge::asks_layer(edition, row)) record.attribution = cell.ret < 0 ? probe::kFilterAnswer : 0;
  return record;
}

/// The calls that the sample's filter allows: reading, and the calls that must succeed for a probe.
inline std::vector<std::uint32_t> allowed_calls(sys::Machine machine = sys::kThisMachine) {
  std::set<std::uint32_t> numbers{0};
  for (const probe::Row& row : probe::catalogue(machine))
    if (demanded(row, probe::Stage::kAttribution) && row.cell.values[0] == probe::Answers::kOk)
      numbers.insert(static_cast<std::uint32_t>(row.nr));
  return {numbers.begin(), numbers.end()};
}

inline evidence::InsideView inside_view() {
  evidence::InsideView view;
  view.mount_source = "statmount";
  view.mounts = {{"/", "ext4", {"nodev", "nosuid", "ro"}},
                 {"/in", "ext4", {"nodev", "noexec", "nosuid", "ro"}},
                 {"/out", "ext4", {"nodev", "noexec", "nosuid", "rw"}}};
  const std::string none(16, '0');
  view.capabilities = {none, none, none, none, none};
  view.no_new_privs = 1;
  view.seccomp_mode = 2;
  view.securebits = 0xef;
  view.uid = view.gid = 1000;
  view.environment = {"HOME", "LANG"};
  view.descriptors = {0, 1, 2};
  std::uint64_t inode = 4'026'532'500;
  for (const char* name : {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"}) view.namespaces[name] = inode++;
  view.limits = {{"address-space", "1000", "1000"}, {"core-file-size", "1", "1"}, {"cpu-time", "1000", "1001"},
                 {"locked-memory", "0", "0"},       {"msgqueue-size", "0", "0"},  {"open-files", "256", "256"},
                 {"processes", "1000", "1000"}};
  return view;
}

inline evidence::OutsideView outside_view(std::string_view moment) {
  const evidence::InsideView inside = inside_view();
  evidence::OutsideView view;
  view.moment = moment;
  view.mounts = inside.mounts;
  view.capabilities = inside.capabilities;
  view.no_new_privs = 1;
  view.seccomp_mode = 2;
  view.seccomp_filters = 1;
  view.uids = view.gids = {100'000, 100'000, 100'000, 100'000};
  view.uid_map = view.gid_map = "1000 100000 1";
  view.setgroups = "deny";
  view.namespaces = inside.namespaces;
  std::uint64_t inode = 4'026'531'830;
  for (const char* name : {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"}) view.host_namespaces[name] = inode++;
  view.net_dev = {"lo: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"};
  view.net_ipv6_route = {"00000000000000000000000000000000 00 ffffffff 00000001 00000000 00200200 lo"};
  view.inherited = evidence::Inherited{.core_filter = "00000000",
                                       .ignored_signals = std::string(16, '0'),
                                       .blocked_signals = {},
                                       .personality = "00000000",
                                       .groups = {}};
  if (moment == "exec") {
    view.environment = inside.environment;
    view.environment_bytes = 24;
    view.inherited->blocked_signals = std::string(16, '0');
  }
  view.descriptors = {{0, "null", "r"}, {1, "pipe", "w"}, {2, "pipe", "w"}};
  if (moment == "gate") view.descriptors.push_back({256, "file", "r"});
  view.ns_pid = "4711 2";
  view.cwd = view.root = "/";
  view.limits = inside.limits;
  return view;
}

inline evidence::Evidence evidence_of_a_good_run(const judge::Edition& edition = judge::present_edition()) {
  evidence::Evidence evidence;
  evidence.nonce = kNonce;
  evidence.audience = "ops@example.org";
  evidence.run_id = "0123456789abcdef0123456789abcdef";
  evidence.started_on = "2026-06-09T12:00:00Z";
  evidence.finished_on = "2026-06-09T12:00:01Z";
  evidence.duration_us = 812'345;
  evidence.catalogue = {std::to_string(edition.number), std::string(edition.catalogue)};
  evidence.matrix = {"acceptance.toml", std::string(edition.matrix)};
  evidence.profile = {"static", kDigestA};
  evidence.plan = {"plan", kDigestB};
  evidence.image = {"image", kDigestA};
  if (edition.number >= judge::kChannelsSince) evidence.image_state = {kDigestB, kDigestB};
  evidence.program = {"/inspect", kDigestA};
  evidence.launcher = {"immure", kDigestA};
  evidence.filter = {kDigestA, kDigestB, 61, std::nullopt};
  if (edition.number >= judge::kLayersSince) evidence.filter.allowed = {0, allowed_calls(edition.machine)};
  evidence.input = {.name = "DROP",
                    .manifest_sha256 = kDigestA,
                    .stat_before = kDigestB,
                    .stat_after = kDigestB,
                    .files = 3,
                    .directories = 1,
                    .bytes = 4096};
  if (edition.number >= judge::kChannelsSince) evidence.input.held = "leases";
  if (edition.number >= judge::kMountsSince) evidence.input.mounts.emplace();
  evidence.output = {"REPORT", true, {}, true, false};
  evidence.host = {"6.18.0", std::string(sys::name(edition.machine)), "native", "0.1.0", {"landlock", "lockdown"}, 6};
  if (edition.number >= judge::kChannelsSince) evidence.host.core_pattern = "|";
  evidence.limits = {{"cpu", 1000, "s", "rlimit"},
                     {"files", 256, "count", "rlimit"},
                     {"memory", 1000, "bytes", "rlimit"},
                     {"output-bytes", 1000, "bytes", "tmpfs"},
                     {"output-files", 1000, "count", "tmpfs"},
                     {"pids", 1000, "count", "rlimit"},
                     {"wall-clock", 1000, "ms", "timer"}};
  evidence.environment = {"HOME", "LANG"};
  evidence.inside = inside_view();
  evidence.neighbours = {{}, {"/run/crun: absent", "/run/runc: none"}};
  evidence.outside = {outside_view("gate"), outside_view("exec")};
  if (edition.number < judge::kChannelsSince)
    for (evidence::OutsideView& view : evidence.outside) view.inherited.reset();
  if (edition.number >= judge::kChannelsSince) {
    evidence.limits.insert(evidence.limits.begin() + 3, {"memory", 1000, "bytes", "watch"});
    evidence.inside->shared_memory = ENOMEM;
    for (evidence::OutsideView& view : evidence.outside) view.oom_score_adj = 1000;
  }
  for (const probe::LimitRow& row : probe::kLimits) {
    if (!row.lower_stays || row.since > edition.number) continue;
    const std::string value = std::to_string(row.fixed);
    for (auto* limits : {&evidence.inside->limits, &evidence.outside[0].limits, &evidence.outside[1].limits})
      limits->push_back({std::string(row.proc_name), value, value});
  }
  if (edition.number >= judge::kFixedFilesSince) {
    evidence.processors = 2;
    for (evidence::OutsideView& view : evidence.outside) {
      view.fixed_files.emplace();
      for (const probe::FixedFile& file :
           probe::fixed_files({.processors = 2, .memory_bytes = 1000, .program = evidence.program.name}))
        view.fixed_files->push_back({file.path, file.link ? "link" : "file", file::sha256_hex(file.content)});
    }
  }
  for (const probe::Row* row : judge::rows_of(edition))
    evidence.probes.push_back(record_of(*row, static_cast<std::uint32_t>(evidence.probes.size()), edition.number));
  if (edition.number >= judge::kFilterSince) {
    set_filter(evidence.filter, sample_filter(edition.machine));
    const judge::Demands demands(evidence, edition);
    for (std::size_t i = 0; i < evidence.probes.size(); ++i)
      follow(evidence.probes[i], *judge::rows_of(edition)[i], *demands.of(*judge::rows_of(edition)[i]));
  }
  evidence.transcript = {evidence.probes.size(), evidence::transcript_head(evidence)};
  evidence.payload = evidence::Payload{{"/inspect", "/in", "/out"}, 0, std::nullopt, 1200, 800, 1024, {}};
  return evidence;
}

/// The sample's filter, which also lets through what pairs of sockets need.
inline std::vector<sys::Instruction> filter_with_pairs(sys::Machine machine) {
  using namespace sys::seccomp;
  std::vector<sys::Instruction> filter = sample_filter(machine);
  std::vector<sys::Instruction> more;
  for (const probe::Row& row : probe::catalogue(machine)) {
    if (row.run != nullptr || probe::given_to(row, probe::kSocketPairs) == nullptr) continue;
    // A call with a name, as the fifth argument, stays denied.
    more.push_back(jump(BPF_JEQ, static_cast<std::uint32_t>(row.nr), 0, 4));
    more.push_back(load(offsetof(seccomp_data, args) + 4 * sizeof(__u64)));
    more.push_back(jump(BPF_JEQ, 0, 0, 1));
    more.push_back(finish(sys::simulation::kRetAllow));
    more.push_back(finish(sys::simulation::kRetErrno | EPERM));
  }
  filter.insert(filter.begin() + 1, more.begin(), more.end());
  return filter;
}

/// The sample's filter, which also lets through execve.
inline std::vector<sys::Instruction> filter_with_execve(sys::Machine machine) {
  using namespace sys::seccomp;
  std::vector<sys::Instruction> filter = sample_filter(machine);
  const auto row = std::ranges::find(probe::catalogue(machine), "exec/execve", &probe::Row::id);
  const sys::Instruction more[] = {jump(BPF_JEQ, static_cast<std::uint32_t>(row->nr), 0, 1),
                                   finish(sys::simulation::kRetAllow)};
  filter.insert(filter.begin() + 1, std::begin(more), std::end(more));
  return filter;
}

inline void give_helpers(evidence::Evidence& evidence, evidence::Acceptance& stated) {
  const judge::Edition& edition = *judge::edition_of(evidence);
  stated.helpers = evidence::Helpers{.files = {{"/usr/bin/gzip", std::string(64, 'e')}}, .whole_image = false};
  evidence.unsafe = {"unsafe_exec"};
  set_filter(evidence.filter, filter_with_execve(edition.machine));
  for (evidence::OutsideView& view : evidence.outside)
    for (const probe::FixedFile& file : probe::helper_fixtures())
      view.fixed_files->insert(std::ranges::lower_bound(*view.fixed_files, file.path, {}, &evidence::FixedFile::path),
                               {.path = file.path, .kind = "file", .sha256 = file::sha256_hex(file.content)});
}

/// Changes a good run into a run whose program gets something, and whose evidence claims `work`.
inline void give(evidence::Evidence& evidence, probe::Gifts gifts) {
  const judge::Edition& edition = *judge::edition_of(evidence);
  const bool scratch = (gifts & probe::kScratch) != 0;
  evidence::Acceptance stated{.helpers = {},
                              .profile = {},
                              .read_back = (gifts & probe::kReadBack) != 0,
                              .scratch_bytes = scratch ? 65536U : 0U,
                              .socket_pairs = (gifts & probe::kSocketPairs) != 0};
  if ((gifts & probe::kHelpers) != 0) give_helpers(evidence, stated);
  evidence.acceptance = judge::with_profile(std::move(stated));
  if ((gifts & probe::kSocketPairs) != 0) set_filter(evidence.filter, filter_with_pairs(edition.machine));
  if (scratch) {
    const auto after = std::ranges::find(evidence.limits, "wall-clock", &evidence::Enforcement::name);
    evidence.limits.insert(after, {"scratch-bytes", 65536, "bytes", "tmpfs"});
  }
  for (evidence::OutsideView& view : evidence.outside) {
    if ((gifts & (probe::kScratch | probe::kReadBack)) != 0) view.output.emplace();
    if (scratch) view.output->entries = {".immure-scratch: directory"};
  }
  const auto rows = judge::rows_of(edition);
  const judge::Demands demands(evidence, edition);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    evidence.probes[i] = record_of(*rows[i], static_cast<std::uint32_t>(i), edition.number);
    follow(evidence.probes[i], *rows[i], *demands.of(*rows[i]));
  }
  evidence.transcript = {evidence.probes.size(), evidence::transcript_head(evidence)};
}

/// Computes the hash chain over the present records, as the launcher does.
inline void chain(evidence::Evidence& evidence) {
  evidence.transcript = {evidence.probes.size(), evidence::transcript_head(evidence)};
}

inline evidence::Statement statement_of_a_good_run(const judge::Edition& edition = judge::present_edition()) {
  return {{{"a.txt", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},  // "abc"
           {"sub/empty", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
          {evidence_of_a_good_run(edition)}};
}

/// A host's key, a directory for its files, and a verifier's usual request.
class Desk {
 public:
  Desk() : key(evidence::PrivateKey::generate()) { key_path = directory.write("host.pub", key.public_key().pem()); }
  [[nodiscard]] verify::Request request(std::string_view envelope) const {
    verify::Request request;
    request.evidence_path = directory.write("evidence.json", envelope);
    request.key_paths = {key_path};
    request.nonce = kNonce;
    request.audience = "ops@example.org";
    request.max_age_s = 3600;
    request.now = kNow;
    return request;
  }
  [[nodiscard]] verify::AttestationResult appraise(const evidence::Statement& statement) const {
    return verify::appraise(request(evidence::seal(statement, key)));
  }

  TempDir directory;
  evidence::PrivateKey key;
  std::string key_path;
};

}  // namespace immure::test
