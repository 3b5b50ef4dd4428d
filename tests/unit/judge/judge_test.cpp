#include <algorithm>
#include <functional>
#include <ostream>

#include <gtest/gtest.h>

#include "../sample/sample.hpp"
#include "judge/judge.hpp"
#include "judge/observed.hpp"

namespace immure::judge {
namespace {

using evidence::Evidence;
using test::evidence_of_a_good_run;

/// One defect in a good run: the test that must not hold because of the defect, and the reason code.
struct Fault {
  std::string name;
  int test;
  Outcome outcome;
  std::string code;
  std::function<void(Evidence&)> make;
};

void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

constexpr Outcome kOpen = Outcome::kDoesNotHold;
constexpr Outcome kUnproved = Outcome::kNotProved;

const Row& row_of(const Judgement& judgement, int test) {
  return judgement.rows.at(static_cast<std::size_t>(test - 24));
}

bool has_code(const Row& row, std::string_view code) {
  return std::ranges::any_of(row.findings, [&](const Finding& finding) { return finding.code.text() == code; });
}

evidence::Limit& with_limit(std::vector<evidence::Limit>& limits, std::string_view name) {
  return *std::ranges::find(limits, name, &evidence::Limit::name);
}

const std::vector<Fault>& faults() {
  using E = Evidence;
  static const std::vector<Fault> kFaults{
      {"net_namespace_of_the_host", 24, kOpen, "namespace-shared",
       [](E& e) {
         e.inside->namespaces["net"] = e.outside[0].namespaces["net"] = e.outside[1].namespaces["net"] =
             e.outside[0].host_namespaces["net"];
       }},
      {"net_namespace_seen_differently", 24, kOpen, "witness-disagrees",
       [](E& e) { e.inside->namespaces["net"] += 1; }},
      {"net_namespace_unknown_inside", 24, kUnproved, "witness-missing",
       [](E& e) { e.inside->namespaces.erase("net"); }},
      {"net_namespace_of_the_host_unknown", 24, kUnproved, "witness-missing",
       [](E& e) { e.outside[1].host_namespaces.erase("net"); }},
      {"second_interface", 24, kOpen, "network-interface",
       [](E& e) { e.outside[0].net_dev.push_back("eth0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"); }},
      {"loopback_that_carried_bytes", 24, kOpen, "network-interface",
       [](E& e) { e.outside[1].net_dev = {"lo: 84 1 0 0 0 0 0 0 84 1 0 0 0 0 0 0"}; }},
      {"interfaces_not_read", 24, kOpen, "network-interface", [](E& e) { e.outside[0].net_dev.clear(); }},
      {"route_v4", 24, kOpen, "network-table", [](E& e) { e.outside[0].net_route = {"eth0 00000000"}; }},
      {"route_v6_elsewhere", 24, kOpen, "network-table",
       [](E& e) { e.outside[0].net_ipv6_route.push_back("0 00 eth0"); }},
      {"address_v6", 24, kOpen, "network-table",
       [](E& e) { e.outside[1].net_if_inet6 = {"00000000000000000000000000000001 01 80 10 80 lo"}; }},
      {"tcp_socket", 24, kOpen, "network-table", [](E& e) { e.outside[1].inet_sockets = 1; }},
      {"unix_socket", 24, kOpen, "network-table", [](E& e) { e.outside[1].net_unix = {"@x"}; }},
      {"socket_descriptor", 25, kOpen, "socket-held",
       [](E& e) { e.outside[1].descriptors.push_back({3, "socket", "rw"}); }},
      {"input_writable_inside", 26, kOpen, "mount-flags",
       [](E& e) { e.inside->mounts[1].options = {"nodev", "noexec", "nosuid", "rw"}; }},
      {"input_writable_outside", 26, kOpen, "mount-flags",
       [](E& e) { e.outside[1].mounts[1].options = {"nodev", "noexec", "nosuid", "rw"}; }},
      {"submount_writable", 26, kOpen, "mount-flags",
       [](E& e) {
         const evidence::Mount sub{"/in/sub", "tmpfs", {"nodev", "noexec", "nosuid", "rw"}};
         for (auto* mounts : {&e.inside->mounts, &e.outside[0].mounts, &e.outside[1].mounts})
           mounts->insert(mounts->begin() + 2, sub);
       }},
      {"input_not_mounted", 26, kOpen, "mount-missing",
       [](E& e) { e.outside[0].mounts.erase(e.outside[0].mounts.begin() + 1); }},
      {"input_changed", 26, kOpen, "input-changed", [](E& e) { e.input.stat_after = test::kDigestA; }},
      {"input_opened_for_writing", 26, kOpen, "input-changed", [](E& e) { e.input.held = "broken: a"; }},
      {"input_not_held", 26, kUnproved, "input-not-held", [](E& e) { e.input.held.reset(); }},
      {"input_held_otherwise", 26, kUnproved, "input-not-held", [](E& e) { e.input.held = "hands"; }},
      {"input_not_looked_at_afterwards", 26, kUnproved, "input-unseen", [](E& e) { e.input.stat_after.clear(); }},
      {"image_changed", 30, kOpen, "image-changed", [](E& e) { e.image_state->stat_after = test::kDigestA; }},
      {"image_not_looked_at", 30, kUnproved, "image-unseen", [](E& e) { e.image_state.reset(); }},
      {"image_not_looked_at_before", 30, kUnproved, "image-unseen", [](E& e) { e.image_state->stat_before.clear(); }},
      {"image_not_looked_at_afterwards", 30, kUnproved, "image-unseen",
       [](E& e) { e.image_state->stat_after.clear(); }},
      {"input_executable", 27, kOpen, "mount-flags",
       [](E& e) { e.outside[0].mounts[1].options = {"nodev", "nosuid", "ro"}; }},
      {"root_writable", 28, kOpen, "mount-writable",
       [](E& e) { e.inside->mounts[0].options = {"nodev", "nosuid", "rw"}; }},
      {"output_not_writable", 28, kOpen, "mount-missing",
       [](E& e) { e.inside->mounts[2].options = {"nodev", "noexec", "nosuid", "ro"}; }},
      {"output_neither_ro_nor_rw", 28, kOpen, "mount-missing",
       [](E& e) { e.outside[0].mounts[2].options = {"nodev", "noexec", "nosuid"}; }},
      {"output_had_files", 29, kUnproved, "output-not-empty", [](E& e) { e.output.empty_at_start = false; }},
      {"control_bytes_lost", 29, kUnproved, "output-control", [](E& e) { e.output.control_bytes_arrived = false; }},
      {"secret_came_back", 29, kOpen, "output-read", [](E& e) { e.output.secret_came_back = true; }},
      {"output_with_devices", 29, kOpen, "mount-flags",
       [](E& e) { e.outside[1].mounts[2].options = {"noexec", "nosuid", "rw"}; }},
      {"further_mount", 30, kOpen, "mount-extra",
       [](E& e) { e.outside[1].mounts.push_back({"/proc", "proc", {"ro"}}); }},
      {"over_mount", 30, kOpen, "mount-doubled",
       [](E& e) { e.outside[1].mounts.insert(e.outside[1].mounts.begin() + 1, e.outside[1].mounts[1]); }},
      {"over_mount_of_output", 30, kOpen, "mount-table",
       [](E& e) { e.outside[1].mounts.push_back(e.outside[1].mounts[2]); }},
      {"mount_that_was_not_listed", 30, kOpen, "mount-extra",
       [](E& e) {
         const evidence::Mount sub{"/in/sub", "ext4", {"nodev", "noexec", "nosuid", "ro"}};
         for (auto* mounts : {&e.inside->mounts, &e.outside[0].mounts, &e.outside[1].mounts})
           mounts->insert(mounts->begin() + 2, sub);
       }},
      {"mount_below_a_copy", 30, kOpen, "mount-extra",
       [](E& e) {
         e.input.staged = true;
         e.input.held = "staged: by request";
         e.input.mounts.reset();
         e.outside[1].mounts.insert(e.outside[1].mounts.begin() + 2,
                                    {"/in/sub", "ext4", {"nodev", "noexec", "nosuid", "ro"}});
       }},
      {"listed_mount_is_gone", 30, kOpen, "mount-missing", [](E& e) { e.input.mounts = {"sub"}; }},
      {"listed_mounts_not_told", 30, kUnproved, "mount-table", [](E& e) { e.input.mounts.reset(); }},
      {"types_differ", 30, kOpen, "witness-disagrees", [](E& e) { e.outside[0].mounts[2].type = "tmpfs"; }},
      {"flags_differ", 30, kOpen, "witness-disagrees",
       [](E& e) { e.outside[0].mounts[0].options = {"nodev", "noexec", "nosuid", "ro"}; }},
      {"workdir_that_was_not_planned", 31, kOpen, "root-outside",
       [](E& e) { e.outside[0].cwd = e.outside[1].cwd = "/in"; }},
      {"workdir_is_another", 31, kOpen, "root-outside",
       [](E& e) {
         e.workdir = "/out";
         e.outside[0].cwd = e.outside[1].cwd = "/in";
       }},
      {"workdir_is_left_before_the_exec", 31, kOpen, "root-outside",
       [](E& e) {
         e.workdir = "/in";
         e.outside[0].cwd = "/in";
       }},
      {"workdir_leads_up", 31, kOpen, "root-outside",
       [](E& e) {
         e.workdir = "/in/../..";
         e.outside[0].cwd = e.outside[1].cwd = "/in/../..";
       }},
      {"parts_without_a_copy", 26, kUnproved, "input-contradicts",
       [](E& e) { e.input.parts = {{"a.txt", "a.txt", test::kDigestA}}; }},
      {"part_that_was_not_hashed", 26, kUnproved, "input-not-held",
       [](E& e) {
         e.input.staged = true;
         e.input.held = "staged: by request";
         e.input.parts = {{"a.txt", "a.txt", ""}};
       }},
      {"parts_at_one_place", 26, kUnproved, "input-contradicts",
       [](E& e) {
         e.input.staged = true;
         e.input.held = "staged: by request";
         e.input.parts = {{"a.txt", "a", test::kDigestA}, {"b.txt", "a", test::kDigestA}};
       }},
      {"root_on_the_host", 31, kOpen, "root-outside", [](E& e) { e.outside[0].root = "/var/lib/image"; }},
      {"fixed_files_not_seen", 31, kUnproved, "fixed-files-unseen", [](E& e) { e.outside[0].fixed_files.reset(); }},
      {"fixed_files_twice", 31, kUnproved, "witness-contradicts",
       [](E& e) { e.outside[0].fixed_files->push_back(e.outside[0].fixed_files->front()); }},
      {"passwd_of_the_host", 31, kOpen, "fixed-file-differs",
       [](E& e) { e.outside[1].fixed_files->at(4).sha256 = test::kDigestA; }},
      {"passwd_is_a_link", 31, kOpen, "fixed-file-differs",
       [](E& e) { e.outside[0].fixed_files->at(4).kind = "link"; }},
      {"further_file_in_proc", 31, kOpen, "fixed-file-extra",
       [](E& e) { e.outside[1].fixed_files->push_back({"/sys/kernel/notes", "file", test::kDigestA}); }},
      {"fixed_file_seen_inside_alone", 31, kOpen, "witness-disagrees",
       [](E& e) { e.outside[1].fixed_files->pop_back(); }},
      {"other_number_of_processors", 31, kOpen, "fixed-file-differs", [](E& e) { e.processors = 3; }},
      {"no_number_of_processors", 31, kUnproved, "fixed-files-unseen", [](E& e) { e.processors.reset(); }},
      {"too_many_processors", 31, kUnproved, "fixed-files-unseen", [](E& e) { e.processors = 8193; }},
      {"cwd_on_the_host", 31, kOpen, "root-outside", [](E& e) { e.outside[1].cwd = "/home/user"; }},
      {"further_variable_inside", 32, kOpen, "environment-differs",
       [](E& e) { e.inside->environment.push_back("PATH"); }},
      {"further_variable_outside", 32, kOpen, "environment-differs",
       [](E& e) { e.outside[1].environment.push_back("PATH"); }},
      {"entry_without_a_name", 32, kOpen, "environment-differs",
       [](E& e) { e.outside[1].environment.insert(e.outside[1].environment.begin(), "?"); }},
      {"environment_at_the_gate", 32, kOpen, "environment-differs", [](E& e) { e.outside[0].environment = {"HOME"}; }},
      {"secret_declared", 32, kOpen, "environment-secret",
       [](E& e) { e.environment = e.inside->environment = e.outside[1].environment = {"GITHUB_TOKEN"}; }},
      {"name_with_an_equals_sign", 32, kOpen, "environment-malformed",
       [](E& e) { e.environment = e.inside->environment = e.outside[1].environment = {"A=b"}; }},
      {"no_filter", 33, kUnproved, "filter-missing", [](E& e) { e.filter.instructions = 0; }},
      {"filter_without_digest", 33, kUnproved, "filter-missing", [](E& e) { e.filter.sha256.clear(); }},
      {"allowed_calls_not_listed", 36, kUnproved, "filter-missing", [](E& e) { e.filter.allowed.reset(); }},
      {"no_call_allowed", 36, kUnproved, "filter-missing", [](E& e) { e.filter.allowed->numbers.clear(); }},
      {"number_no_call_has", 36, kUnproved, "filter-missing", [](E& e) { e.filter.allowed->numbers.push_back(1024); }},
      {"call_of_another_table", 36, kOpen, "filter-foreign", [](E& e) { e.filter.allowed->foreign = 1; }},
      {"pid_namespace_of_the_host", 34, kOpen, "namespace-shared",
       [](E& e) { e.outside[0].namespaces["pid"] = e.outside[0].host_namespaces["pid"]; }},
      {"one_pid", 34, kOpen, "process-namespace", [](E& e) { e.outside[1].ns_pid = "4711"; }},
      {"payload_as_init", 34, kOpen, "process-namespace", [](E& e) { e.outside[1].ns_pid = "4711 1"; }},
      {"pid_line_with_junk", 34, kOpen, "process-namespace", [](E& e) { e.outside[1].ns_pid = "4711  2"; }},
      {"capability_inside", 35, kOpen, "capability-held",
       [](E& e) { e.inside->capabilities.bounding = "0000000000000001"; }},
      {"capability_outside", 35, kOpen, "capability-held",
       [](E& e) { e.outside[1].capabilities.effective = "000001ffffffffff"; }},
      {"capability_not_read", 35, kUnproved, "witness-missing",
       [](E& e) { e.outside[1].capabilities.ambient.clear(); }},
      {"new_privileges_inside", 35, kOpen, "privileges-gained", [](E& e) { e.inside->no_new_privs = 0; }},
      {"new_privileges_outside", 35, kOpen, "privileges-gained", [](E& e) { e.outside[0].no_new_privs = 0; }},
      {"securebits_unlocked", 35, kOpen, "securebits-open", [](E& e) { e.inside->securebits = 0x2f; }},
      {"root_outside", 35, kOpen, "user-ids", [](E& e) { e.outside[1].uids = {0, 0, 0, 0}; }},
      {"saved_id_differs", 35, kOpen, "user-ids", [](E& e) { e.outside[1].gids = {7, 7, 0, 7}; }},
      {"ids_not_read", 35, kUnproved, "witness-missing",
       [](E& e) { e.outside[0].uids.clear(), e.outside[1].uids.clear(); }},
      {"core_dumps_to_a_socket", 37, kOpen, "core-socket", [](E& e) { e.host.core_pattern = "@"; }},
      {"core_pattern_not_read", 37, kUnproved, "core-pattern-unseen", [](E& e) { e.host.core_pattern.reset(); }},
      {"core_dumps_with_memory", 37, kOpen, "core-memory",
       [](E& e) { e.outside[1].inherited->core_filter = "00000033"; }},
      {"core_limit_of_nothing_and_a_pipe", 37, kOpen, "limit-differs",
       [](E& e) {
         for (auto* limits : {&e.inside->limits, &e.outside[0].limits, &e.outside[1].limits})
           limits->at(1) = {"core-file-size", "0", "0"};
       }},
      {"core_limit_unknown", 37, kUnproved, "limit-missing",
       [](E& e) { e.inside->limits.erase(e.inside->limits.begin() + 1); }},
      {"addresses_known_beforehand", 33, kOpen, "personality-inherited",
       [](E& e) { e.outside[0].inherited->personality = "00040000"; }},
      {"signal_ignored", 37, kOpen, "signals-inherited",
       [](E& e) { e.outside[1].inherited->ignored_signals = "0000000000000001"; }},
      {"signal_blocked_at_exec", 37, kOpen, "signals-inherited",
       [](E& e) { e.outside[1].inherited->blocked_signals = "0000000000000001"; }},
      {"blocked_signals_not_read", 37, kOpen, "signals-inherited",
       [](E& e) { e.outside[1].inherited->blocked_signals.reset(); }},
      {"inheritance_not_read", 37, kUnproved, "witness-missing", [](E& e) { e.outside[0].inherited.reset(); }},
      {"groups_of_root", 35, kOpen, "groups-held",
       [](E& e) {
         for (auto& view : e.outside) {
           view.uids = view.gids = {0x7fe00001, 0x7fe00001, 0x7fe00001, 0x7fe00001};
           view.uid_map = view.gid_map = "1000 2145386497 1";
         }
         e.outside[1].inherited->groups = {0};
       }},
      {"ids_changed_at_exec", 35, kOpen, "witness-disagrees", [](E& e) { e.outside[1].uids = {5, 5, 5, 5}; }},
      {"user_namespace_of_the_host", 35, kOpen, "namespace-shared",
       [](E& e) { e.outside[1].namespaces["user"] = e.outside[1].host_namespaces["user"]; }},
      {"setgroups_allowed", 35, kOpen, "setgroups-open", [](E& e) { e.outside[0].setgroups = "allow"; }},
      {"seccomp_off_inside", 36, kOpen, "seccomp-off", [](E& e) { e.inside->seccomp_mode = 0; }},
      {"seccomp_off_outside", 36, kOpen, "seccomp-off", [](E& e) { e.outside[1].seccomp_mode = 0; }},
      {"no_filter_counted", 36, kOpen, "seccomp-off", [](E& e) { e.outside[1].seccomp_filters = 0; }},
      {"cgroup_namespace_of_the_host", 37, kOpen, "namespace-shared",
       [](E& e) { e.outside[1].namespaces["cgroup"] = e.outside[1].host_namespaces["cgroup"]; }},
      {"namespace_changed_at_exec", 37, kOpen, "witness-disagrees", [](E& e) { e.outside[1].namespaces["uts"] += 1; }},
      {"inherited_descriptor_inside", 37, kOpen, "descriptor-held", [](E& e) { e.inside->descriptors.push_back(3); }},
      {"inherited_descriptor_at_the_gate", 37, kOpen, "descriptor-held",
       [](E& e) { e.outside[0].descriptors.push_back({7, "file", "r"}); }},
      {"inherited_descriptor_at_exec", 37, kOpen, "descriptor-held",
       [](E& e) { e.outside[1].descriptors.push_back({3, "directory", "r"}); }},
      {"standard_descriptors_not_seen_at_the_gate", 37, kOpen, "descriptor-held",
       [](E& e) { e.outside[0].descriptors.clear(); }},
      {"stdin_writable", 37, kOpen, "descriptor-held", [](E& e) { e.outside[1].descriptors[0].access = "rw"; }},
      {"stdout_readable", 37, kOpen, "descriptor-held", [](E& e) { e.outside[1].descriptors[1].access = "rw"; }},
      {"stdout_is_a_file", 37, kOpen, "descriptor-held", [](E& e) { e.outside[1].descriptors[1].kind = "file"; }},
      {"stdin_is_a_pipe_that_nobody_speaks_of", 37, kOpen, "descriptor-held",
       [](E& e) { e.outside[1].descriptors[0].kind = "pipe"; }},
      {"stdin_is_the_operators_own_file", 37, kOpen, "descriptor-held",
       [](E& e) {
         e.input.standard_input.emplace().sha256 = std::string(64, 'a');
         e.outside[0].descriptors[0].kind = e.outside[1].descriptors[0].kind = "file";
       }},
      {"stdin_without_a_digest", 26, kUnproved, "input-not-held",
       [](E& e) {
         e.input.standard_input.emplace();
         e.outside[0].descriptors[0].kind = e.outside[1].descriptors[0].kind = "pipe";
       }},
      {"terminal", 37, kOpen, "terminal-held", [](E& e) { e.outside[1].tty = 34816; }},
      {"core_limit_zero", 37, kOpen, "limit-differs",
       [](E& e) { e.outside[1].limits[0] = {"core-file-size", "0", "0"}; }},
      {"pending_signals_of_the_user", 37, kOpen, "limit-differs",
       [](E& e) { with_limit(e.inside->limits, "pending-signals").hard = "96363"; }},
      {"pending_signals_unlimited", 37, kOpen, "limit-differs",
       [](E& e) { with_limit(e.outside[1].limits, "pending-signals").hard = "unlimited"; }},
      {"pending_signals_unsaid", 37, kUnproved, "limit-missing",
       [](E& e) {
         const auto is_it = [](const evidence::Limit& limit) { return limit.name == "pending-signals"; };
         for (auto* limits : {&e.inside->limits, &e.outside[0].limits, &e.outside[1].limits})
           std::erase_if(*limits, is_it);
       }},
      {"open_files_unlimited", 37, kOpen, "limit-differs", [](E& e) { e.inside->limits[1].hard = "unlimited"; }},
      {"open_files_not_read", 37, kUnproved, "limit-missing", [](E& e) { e.inside->limits.pop_back(); }},
      {"memory_unbounded", 37, kUnproved, "limit-missing", [](E& e) { e.limits.erase(e.limits.begin()); }},
      {"wall_clock_of_zero", 37, kUnproved, "limit-missing", [](E& e) { e.limits[7].value = 0; }},
      {"memory_that_nobody_adds_up", 37, kUnproved, "limit-missing",
       [](E& e) { e.limits.erase(e.limits.begin() + 3); }},
      {"memory_of_no_process", 37, kUnproved, "limit-missing", [](E& e) { e.limits.erase(e.limits.begin() + 2); }},
      {"two_amounts_of_memory", 37, kOpen, "limit-differs", [](E& e) { e.limits[3].value = 2000; }},
      {"address_space_unlimited", 37, kOpen, "limit-differs",
       [](E& e) { std::ranges::find(e.inside->limits, "address-space", &evidence::Limit::name)->hard = "unlimited"; }},
      {"memory_of_nobody", 37, kOpen, "shared-memory", [](E& e) { e.inside->shared_memory = 0; }},
      {"memory_of_nobody_not_tried", 37, kUnproved, "witness-missing", [](E& e) { e.inside->shared_memory.reset(); }},
      {"others_die_first", 37, kOpen, "oom-score", [](E& e) { e.outside[1].oom_score_adj = 0; }},
      {"victim_not_read", 37, kOpen, "oom-score", [](E& e) { e.outside[0].oom_score_adj.reset(); }},
      {"swap_without_a_group", 37, kOpen, "limit-differs",
       [](E& e) { e.limits.insert(e.limits.begin() + 7, {"swap", 0, "bytes", "cgroup2"}); }},
  };
  return kFaults;
}

class WitnessFault : public ::testing::TestWithParam<Fault> {};

TEST_P(WitnessFault, IsFoundByItsTest) {
  Evidence evidence = evidence_of_a_good_run();
  GetParam().make(evidence);
  const Judgement judgement = judge(evidence, Moment::kFinal);
  const Row& row = row_of(judgement, GetParam().test);
  EXPECT_FALSE(judgement.holds());
  EXPECT_EQ(row.outcome, GetParam().outcome);
  ASSERT_TRUE(has_code(row, GetParam().code))
      << (row.findings.empty() ? "nothing found" : row.findings.front().code.text());
  EXPECT_EQ(row.expected, row.findings.front().expected);
}

INSTANTIATE_TEST_SUITE_P(Judge, WitnessFault, ::testing::ValuesIn(faults()),
                         [](const auto& given) { return given.param.name; });

TEST(Judge, GoodRunHoldsAtEveryMoment) {
  Evidence evidence = evidence_of_a_good_run();
  for (const Moment moment : {Moment::kFinal, Moment::kExec}) {
    const Judgement judgement = judge(evidence, moment);
    for (const Row& row : judgement.rows)
      EXPECT_EQ(row.outcome, Outcome::kHolds)
          << row.number << ": " << row.findings.front().code.text() << " " << row.findings.front().where;
    EXPECT_TRUE(judgement.holds());
    EXPECT_EQ(judgement.first_failing(), nullptr);
  }
  evidence.outside.pop_back();
  evidence.input.stat_after.clear();
  evidence.payload.reset();
  EXPECT_TRUE(judge(evidence, Moment::kGate).holds());
}

TEST(Judge, AlwaysGivesFourteenRowsInOrder) {
  for (const Evidence& evidence : {Evidence{}, evidence_of_a_good_run()})
    for (const Moment moment : {Moment::kGate, Moment::kExec, Moment::kFinal}) {
      const Judgement judgement = judge(evidence, moment);
      ASSERT_EQ(judgement.rows.size(), 14U);
      for (int i = 0; i < 14; ++i) {
        const Row& row = judgement.rows[static_cast<std::size_t>(i)];
        EXPECT_EQ(row.number, 24 + i);
        EXPECT_EQ(row.findings.empty(), row.outcome == Outcome::kHolds);
        EXPECT_FALSE(row.expected.empty());
        EXPECT_FALSE(row.observed.empty());
      }
    }
}

TEST(Judge, EmptyEvidenceProvesNothing) {
  for (const Row& row : judge({}, Moment::kGate).rows) EXPECT_EQ(row.outcome, Outcome::kNotProved) << row.number;
}

TEST(Judge, AWitnessThatIsMissingLeavesEveryTestUnproved) {
  Evidence evidence = evidence_of_a_good_run();
  evidence.inside.reset();
  for (const Row& row : judge(evidence, Moment::kFinal).rows)
    EXPECT_TRUE(has_code(row, "witness-missing")) << row.number;
  evidence = evidence_of_a_good_run();
  evidence.outside.pop_back();
  for (const Row& row : judge(evidence, Moment::kFinal).rows)
    EXPECT_TRUE(has_code(row, "witness-missing")) << row.number;
}

TEST(Judge, LooksOutOfOrderOrDoubledProveNothing) {
  Evidence evidence = evidence_of_a_good_run();
  std::swap(evidence.outside[0], evidence.outside[1]);
  EXPECT_TRUE(has_code(row_of(judge(evidence, Moment::kFinal), 24), "witness-contradicts"));
  evidence = evidence_of_a_good_run();
  evidence.outside.push_back(evidence.outside[1]);
  EXPECT_TRUE(has_code(row_of(judge(evidence, Moment::kFinal), 37), "witness-contradicts"));
  evidence = evidence_of_a_good_run();
  EXPECT_TRUE(has_code(row_of(judge(evidence, Moment::kGate), 30), "witness-contradicts"));
}

}  // namespace
}  // namespace immure::judge
