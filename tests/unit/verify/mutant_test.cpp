/// Makes thousands of changes to good evidence, and signs each with the right key. A mutant may be accepted only if the
/// change concerns nothing but free words of the attester (free_words.hpp). IMMURE_MUTANTS sets the number; see
/// script/mutants.
#include <cstdlib>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "../sample/free_words.hpp"
#include "../sample/mutation.hpp"
#include "../sample/sample.hpp"
#include "file/io.hpp"
#include "verify/verify.hpp"

namespace immure::verify {
namespace {

using evidence::Statement;
using test::json;

constexpr int kUsual = 1500;

int wanted() {
  const char* text = std::getenv("IMMURE_MUTANTS");
  return text != nullptr ? std::atoi(text) : kUsual;
}

/// Another run, on another host and machine, which has all the optional values that the plain run lacks.
Statement another_run() {
  constexpr auto kOther = sys::kThisMachine == sys::Machine::kX86_64 ? sys::Machine::kAarch64 : sys::Machine::kX86_64;
  Statement statement = test::statement_of_a_good_run(judge::present_edition(kOther));
  evidence::Evidence& e = statement.predicate;
  statement.subjects = {{"b.txt", test::kDigestA}, {"stdout", test::kDigestB}};
  e.run_id = "fedcba9876543210fedcba9876543210";
  e.started_on = "2026-06-09T11:59:00Z";
  e.finished_on = "2026-06-09T11:59:30Z";
  e.profile = {"jit", test::kDigestB};
  e.unsafe = {"unsafe_writable_code"};
  e.host = {"6.1.0",      std::string(sys::name(kOther)),
            "podman",     "podman 4.3.1",
            {"apparmor"}, 2,
            "c",          std::vector<std::string>{"native: forbidden"}};
  e.input.staged = true;
  e.input.left_out = {"pipe: FIFO"};
  e.input.manifest_sha256 = test::kDigestB;
  e.input.stat_before = e.input.stat_after = test::kDigestA;
  e.output.refused = {"link: a link"};
  // Use a control group in place of the resource limits and the watch.
  e.limits.erase(e.limits.begin() + 3);
  e.limits.insert(e.limits.end() - 1, {"swap", 0, "bytes", "cgroup2"});
  for (auto& limit : e.limits)
    if (limit.name == "memory" || limit.name == "pids") limit.by = "cgroup2";
  e.inside->shared_memory = 0;
  const auto grouped = [](std::vector<evidence::Limit>& limits) {
    for (auto& limit : limits) {
      if (limit.name == "address-space") limit.soft = limit.hard = "unlimited";
      if (limit.name == "processes") limit.soft = limit.hard = "1001";
    }
  };
  grouped(e.inside->limits);
  e.inside->mount_source = "mountinfo";
  e.inside->uid = e.inside->gid = 65'534;
  for (auto& [name, inode] : e.inside->namespaces) inode += 1000;
  e.input.mounts = {"sub"};
  const evidence::Mount below{"/in/sub", "xfs", {"nodev", "noexec", "nosuid", "ro"}};
  e.inside->mounts.insert(e.inside->mounts.begin() + 2, below);
  for (auto& look : e.outside) {
    look.inherited->groups = {4, 1002};
    look.inherited->nice = 10;
    look.mounts.insert(look.mounts.begin() + 2, below);
    for (auto& mount : look.mounts) mount.options.insert(mount.options.end() - 1, "relatime");
    look.namespaces = e.inside->namespaces;
    for (auto& [name, inode] : look.host_namespaces) inode += 7;
    look.uids = look.gids = {200'000, 200'000, 200'000, 200'000};
    look.uid_map = look.gid_map = "65534 200000 1";
    look.ns_pid = "99 5 3";
    look.limits.push_back({"stack-size", "8388608", "unlimited"});
    grouped(look.limits);
    look.cgroup = {{"memory", "1000", "1000"}, {"pids", "1000", "1000"}, {"swap", "0", "0"}};
    look.net_ipv6_route.emplace_back("fe800000000000000000000000000000 lo");
  }
  evidence::OuterWalls outer;
  outer.command = {"podman", "run"};
  outer.bounding_capabilities = "0000000080000000";
  outer.effective_capabilities = "0000000080000000";
  outer.namespaces = e.inside->namespaces;
  for (auto& [name, inode] : outer.namespaces) inode += 100;
  outer.no_new_privs = 1;
  outer.seccomp_mode = 2;
  outer.root = {"nodev", "relatime", "ro"};
  outer.uid = 200'001;
  e.outer = outer;
  e.payload->exit_code.reset();
  e.payload->signal = 24;
  e.payload->limits_hit = {"cpu"};
  e.payload->left_running = true;
  e.output.perhaps_cut = {"report"};
  e.payload->peak_memory_bytes = 4096;
  test::chain(e);
  return statement;
}

class Mutants : public ::testing::Test {
 protected:
  Mutants() {
    Statement bubblewrapped = test::statement_of_a_good_run();
    bubblewrapped.predicate.host.venue = "bubblewrap";
    bubblewrapped.predicate.outer = another_run().predicate.outer;
    evidence::Input& input = bubblewrapped.predicate.input;
    input.staged = true;
    input.held = "staged: an input of files and directories";
    input.mounts.reset();
    input.parts = {{"../a.txt", "a.txt", test::kDigestA}, {"drop", "b", test::kDigestA}};
    bubblewrapped.predicate.workdir = "/in/b";
    for (auto& look : bubblewrapped.predicate.outside) look.cwd = "/in/b";
    for (const Statement& statement : {test::statement_of_a_good_run(), another_run(), bubblewrapped}) {
      runs_.push_back(std::make_unique<test::Document>(evidence::statement_json(statement)));
      judged_.push_back(test::judged_part(json::parse(runs_.back()->text)));
    }
  }

  AttestationResult appraise_text(const std::string& statement) {
    return appraise(desk_.request(evidence::seal_bytes(statement, desk_.key)));
  }
  /// Computes the hash chain again, like a host that lies about its records but does everything else right.
  static std::string chained(const std::string& text) {
    auto statement = evidence::parse_statement(text);
    if (!statement) return text;
    test::chain(statement->predicate);
    return evidence::statement_json(*statement);
  }
  void mark_used(const json& mutant, const json& run) {
    for (const test::FreeWord& word : test::kFreeWords)
      if (!used_.contains(word.where) && test::at_word(mutant, word) != test::at_word(run, word))
        used_.insert(word.where);
  }

  test::Desk desk_;
  std::vector<std::unique_ptr<test::Document>> runs_;
  std::vector<json> judged_;
  std::set<std::string_view> used_;
};

TEST_F(Mutants, TheirOriginalsAreAcceptedInOneForm) {
  for (const auto& document : runs_) {
    const std::string& run = document->text;
    const AttestationResult result = appraise_text(run);
    EXPECT_EQ(result.verdict, Verdict::kAccepted) << result.reason;
    EXPECT_EQ(appraise_text(json::parse(run).dump(1)).code.text(), "statement-malformed");
  }
}

TEST_F(Mutants, AreAcceptedOnlyInTheAttestersOwnWords) {
  const int count = wanted();
  // With so many mutants, also check that every entry in the list of free words is needed.
  const bool thorough = count >= 20 * kUsual;
  test::Mutator mutator(static_cast<std::uint32_t>(count));
  int accepted = 0;
  for (int i = 0; i < count; ++i) {
    const std::size_t base = mutator.random() % runs_.size();
    const test::Document& other = *runs_[(base + 1 + mutator.random() % 2) % runs_.size()];
    std::string mutant = mutator.change(*runs_[base], other);
    std::string where = mutator.where();
    // Make a second change only if the statement is still readable after the first one.
    if (mutator.random() % 4 == 0 && evidence::parse_statement(mutant)) {
      mutant = mutator.change(test::Document(mutant), other);
      where += " and " + mutator.where();
    }
    if (mutator.random() % 2 == 0) mutant = chained(mutant);
    if (mutant == runs_[base]->text || appraise_text(mutant).verdict != Verdict::kAccepted) continue;
    ++accepted;
    const json statement = json::parse(mutant);
    const json judged = test::judged_part(statement);
    EXPECT_TRUE(judged == judged_[base] || judged == judged_[(base + 1) % 3] || judged == judged_[(base + 2) % 3])
        << where << ": " << json::diff(judged_[base], judged).dump().substr(0, 400);
    if (thorough) mark_used(statement, json::parse(runs_[base]->text));
  }
  RecordProperty("accepted", accepted);
  EXPECT_GT(accepted, 0) << "no change was harmless: nothing shows that mutants get as far as the judge";
  if (!thorough) return;
  for (const test::FreeWord& word : test::kFreeWords)
    EXPECT_TRUE(used_.contains(word.where)) << word.where << " is not free";
}

TEST_F(Mutants, OfTheEnvelopeAreNeverAccepted) {
  const std::string sealed = evidence::seal(test::statement_of_a_good_run(), desk_.key);
  test::Mutator mutator(20'260'609);
  const int count = wanted() / 5;
  for (int i = 0; i < count; ++i) {
    std::string mutant = sealed;
    // Put half of the changes after the payload, because the payload is most of the file.
    const std::size_t from = i % 2 == 0 ? 0 : sealed.find("\",\"payloadType");
    const std::size_t at = from + mutator.random() % (mutant.size() - from);
    if (i % 5 == 4)
      mutant.resize(at);
    else
      mutant[at] = static_cast<char>(mutant[at] ^ (1 << (mutator.random() % 8)));
    // Evidence without its last newline is valid.
    if (mutant + "\n" == sealed) continue;
    EXPECT_EQ(appraise(desk_.request(mutant)).verdict, Verdict::kBlocked) << at;
  }
}

TEST(FreeWords, TheDocumentListsTheSameWords) {
  const std::string page =
      file::read_whole(std::string(IMMURE_SOURCE_DIR) + "/docs/evidence-format.md", 1U << 20).value_or("");
  std::string table = "| where | why nobody else can say |\n|---|---|\n";
  for (const test::FreeWord& word : test::kFreeWords)
    table += "| `" + std::string(word.where) + "` | " + std::string(word.why) + " |\n";
  EXPECT_NE(page.find(table), std::string::npos) << table;
}

}  // namespace
}  // namespace immure::verify
