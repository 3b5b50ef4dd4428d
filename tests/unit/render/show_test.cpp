#include "render/show.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../sample/sample.hpp"
#include "text/visible.hpp"
#include "text/wrap.hpp"

namespace immure::render {
namespace {

using test::statement_of_a_good_run;

const std::string kKeyId(64, 'd');
const std::string kHostile = "x\x1b[2J\xE2\x80\xAE\n<b>";
constexpr std::size_t kWide = 100'000;

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (part)

TEST(Show, SaysFirstWhetherTheSignatureWasChecked) {
  EXPECT_TRUE(shown_text(statement_of_a_good_run(), {true, kKeyId}, kWide)
                  .starts_with("signature: checked; made by key " + kKeyId + "\n"));
  EXPECT_TRUE(shown_text(statement_of_a_good_run(), {false, kKeyId}, kWide).starts_with("signature: NOT CHECKED, "));
  EXPECT_EQ(nlohmann::json::parse(shown_json(statement_of_a_good_run(), {true, kKeyId}))["signature"], "checked");
  EXPECT_EQ(nlohmann::json::parse(shown_json(statement_of_a_good_run(), {false, kKeyId}))["signature"], "not-checked");
}

TEST(Show, HasTheCallsThatThePacketAsksFor) {
  evidence::Statement statement = statement_of_a_good_run();
  for (evidence::ProbeRecord& record : statement.predicate.probes)
    if (record.id == "input/create") {
      record.ret = 7;
      record.errno_value = 0;
    }
  const std::string text = shown_text(statement, {}, kWide);
  EXPECT_SAYS(text, "\nexecve: execve(");
  EXPECT_SAYS(text, "\nsocket: socket(2, 1, 0) = -1, EPERM (before the walls: ");
  EXPECT_SAYS(text, "\nconnect: connect(");
  EXPECT_SAYS(text, "\nwrite to /in: openat(-100, \"/in/.immure-probe\", 193, 384) = 7, no errno");
  EXPECT_SAYS(text, "\nwrite outside of /out: openat(-100, \"/tmp/.immure-probe\", ");
  const auto denials = nlohmann::json::parse(shown_json(statement, {}))["denials"];
  ASSERT_EQ(denials.size(), 5U);
  EXPECT_EQ(denials[0]["asked"], "execve");
  EXPECT_EQ(denials[1]["errnoName"], "EPERM");
  EXPECT_EQ(denials[3]["ret"], 7);
  EXPECT_EQ(denials[3]["errno"], 0);
}

TEST(Show, SaysWhichOfTheCallsNobodyTried) {
  evidence::Statement statement = statement_of_a_good_run();
  std::erase_if(statement.predicate.probes, [](const auto& record) { return record.id == "network/connect"; });
  EXPECT_SAYS(shown_text(statement, {}, kWide), "\nconnect: no probe was recorded\n");
}

TEST(Show, SaysOnItsFirstPageWhatFollows) {
  const std::string text = shown_text(statement_of_a_good_run(), {}, kWide);
  EXPECT_LT(text.find("below these headings: DENIED BEFORE THE PROGRAM STARTED, OUTPUTS, "), text.find("\nOUTPUTS\n"));
  EXPECT_SAYS(text, ", EACH PROBE, EACH FIELD, AS IT WAS SIGNED.\n");
}

TEST(Show, HasTables) {
  evidence::Statement statement = statement_of_a_good_run();
  evidence::Evidence& e = statement.predicate;
  e.payload->refused = {{3, "/tmp/x", "scratch"}};
  e.image_packages = evidence::ImagePackages{.files = 1, .left_out = {}, .packages = {"coreutils 9.1-1 amd64"}};
  e.output.refused = {"pipe: fifo"};
  const std::string text = shown_text(statement, {}, kWide);
  EXPECT_SAYS(text, "\ninside         /in    ext4  nodev, noexec, nosuid, ro\n");
  EXPECT_SAYS(text, "\noutside, exec  /out   ext4  nodev, noexec, nosuid, rw\n");
  EXPECT_SAYS(text, "\nvariables of the program: HOME, LANG\n");
  EXPECT_SAYS(text, "\nwall-clock    1000   ms     timer\n");
  EXPECT_SAYS(text, "\n3      scratch  /tmp/x\n");
  EXPECT_SAYS(text, "\ncoreutils 9.1-1 amd64\n");
  EXPECT_SAYS(text, "\nlost: pipe: fifo\n");
  EXPECT_SAYS(text, "\nnet        4026532503                4026532503    4026531833\n");
}

/// Goes through the signed JSON: each text and number of it must stand in the text.
void expect_leaves(const nlohmann::json& value, const std::string& shown, const std::string& where) {
  if (where.ends_with("/bpf") || where.ends_with("/probes")) return;
  if (value.is_structured()) {
    for (const auto& [key, part] : value.items()) expect_leaves(part, shown, where + "/" + key);
  } else if (value.is_string()) {
    EXPECT_NE(shown.find(text::escaped(value.get<std::string>())), std::string::npos) << where;
  } else if (value.is_number()) {
    EXPECT_NE(shown.find(value.dump()), std::string::npos) << where;
  }
}

TEST(Show, LeavesNothingOut) {
  const evidence::Statement statement = statement_of_a_good_run();
  const std::string text = shown_text(statement, {}, kWide);
  expect_leaves(nlohmann::json::parse(evidence::statement_json(statement))["predicate"], text, "");
  for (const evidence::ProbeRecord& record : statement.predicate.probes) EXPECT_SAYS(text, " " + record.id + " (");
  for (const evidence::Artifact& subject : statement.subjects) EXPECT_SAYS(text, subject.sha256);
  const auto json = nlohmann::json::parse(shown_json(statement, {}));
  EXPECT_EQ(json["statement"], nlohmann::json::parse(evidence::statement_json(statement)));
}

TEST(Show, IsSafeForATerminal) {
  evidence::Statement statement = statement_of_a_good_run();
  evidence::Evidence& e = statement.predicate;
  e.payload->argv = e.payload->limits_hit = e.environment = e.unsafe = e.output.refused = {kHostile};
  e.payload->refused = {{1, kHostile, kHostile}};
  e.input.name = e.output.name = e.program.name = e.host.kernel = e.run_id = kHostile;
  e.inside->mounts[0] = {kHostile, kHostile, {kHostile}};
  e.inside->namespaces[kHostile] = 1;
  e.limits[0].name = kHostile;
  e.image_packages = evidence::ImagePackages{.files = 1, .left_out = {kHostile}, .packages = {kHostile}};
  e.probes[0].id = e.probes[0].boundary = e.probes[0].syscall = kHostile;
  for (evidence::ProbeRecord& record : e.probes) record.args = {kHostile};
  statement.subjects[0].name = kHostile;
  for (const std::size_t width : {40U, 80U}) {
    const std::string text = shown_text(statement, {false, kHostile}, width);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos);
    for (std::size_t from = 0; from < text.size(); from = text.find('\n', from) + 1)
      ASSERT_LE(text::columns(std::string_view(text).substr(from, text.find('\n', from) - from)), width);
  }
  const std::string json = shown_json(statement, {false, kHostile});
  EXPECT_TRUE(text::is_plain(std::string_view(json).substr(0, json.size() - 1)));
  EXPECT_EQ(nlohmann::json::parse(json)["statement"]["subject"][0]["name"], kHostile);
}

}  // namespace
}  // namespace immure::render
