#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "../file/temp_dir.hpp"
#include "file/io.hpp"
#include "plan/plan.hpp"

namespace immure::plan {
namespace {

Plan sample() {
  Plan plan;
  plan.profile.source_sha256 = std::string(64, 'a');
  plan.image = {.directory = "/cache/root", .sha256 = std::string(64, 'b'), .cached = true};
  plan.program = {.host_path = "/usr/bin/sha256sum",
                  .inner_path = "/usr/bin/sha256sum",
                  .sha256 = std::string(64, 'c'),
                  .argv = {"sha256sum", "/in/a file"},
                  .loaders = {"/lib64/ld-linux-x86-64.so.2"}};
  plan.environment = {{"LC_ALL", "C.UTF-8"}};
  plan.input_path = "/srv/drop";
  plan.output_path = "/srv/report";
  plan.input_name = "drop";
  plan.output_name = "report";
  plan.filter = {.instructions = {{6, 0, 0, 0}}, .source_sha256 = std::string(64, 'd'), .sha256 = std::string(64, 'e')};
  return plan;
}

TEST(PlanJson, IsCanonical) {
  const std::string json = plan_json(sample());
  // nlohmann's object is a std::map, and dump() writes no blanks. For ASCII names and integers, that is RFC 8785.
  EXPECT_EQ(nlohmann::json::parse(json).dump(), json);
  EXPECT_EQ(json.substr(0, 60), R"({"acceptance":{"profile":"packet","readBack":false,"scratchB)");
}

TEST(PlanJson, EveryFieldThatMattersChangesIt) {
  const std::string before = plan_json(sample());
  const auto changed = [&](auto change) {
    Plan plan = sample();
    change(plan);
    return plan_json(plan) != before;
  };
  EXPECT_FALSE(changed([](Plan&) {}));
  EXPECT_TRUE(changed([](Plan& p) { p.profile.limits.wall_ms = 1; }));
  EXPECT_TRUE(changed([](Plan& p) { p.profile.unsafe_syscalls = {"mlockall"}; }));
  EXPECT_TRUE(changed([](Plan& p) { p.profile.unsafe_writable_code = true; }));
  EXPECT_TRUE(changed([](Plan& p) { p.image.sha256[0] = 'x'; }));
  EXPECT_TRUE(changed([](Plan& p) { p.program.argv.emplace_back("-b"); }));
  EXPECT_TRUE(changed([](Plan& p) { p.program.sha256[0] = 'x'; }));
  EXPECT_TRUE(changed([](Plan& p) { p.program.loaders.clear(); }));
  EXPECT_TRUE(changed([](Plan& p) { p.environment["B"] = "c"; }));
  EXPECT_TRUE(changed([](Plan& p) { p.input_path += "x"; }));
  EXPECT_TRUE(changed([](Plan& p) { p.output_name += "x"; }));
  EXPECT_TRUE(changed([](Plan& p) { p.filter.sha256[0] = 'x'; }));
  EXPECT_TRUE(changed([](Plan& p) { p.deny_writable_code = false; }));
  EXPECT_TRUE(changed([](Plan& p) { p.capture_output = true; }));
  EXPECT_FALSE(changed([](Plan& p) { p.image.directory = "/elsewhere"; }))
      << "where the cache lies is no part of the plan";
}

TEST(PlanJson, EscapesAsRfc8785Does) {
  Plan plan = sample();
  plan.program.argv = {std::string("\b\t\n\v\f\r\x01\x1f\"\\/\x7f", 12) + "\xc3\xa9\xf0\x9f\x90\x99"};
  const std::string json = plan_json(plan);
  EXPECT_NE(json.find("[\"\\b\\t\\n\\u000b\\f\\r\\u0001\\u001f\\\"\\\\/\x7f\xc3\xa9\xf0\x9f\x90\x99\"]"),
            std::string::npos)
      << json;
}

TEST(PlanJson, BytesThatAreNotUtf8StandAsHex) {
  for (const std::string bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"}) {
    Plan plan = sample();
    plan.program.argv = {bytes};
    const std::string json = plan_json(plan);
    EXPECT_NE(json.find("\"argv\":[{\"hex\":\""), std::string::npos) << json;
    EXPECT_FALSE(nlohmann::json::parse(json).is_discarded());
  }
}

TEST(PlanText, SaysInWordsWhatWillHappen) {
  const std::string golden = std::string(IMMURE_SOURCE_DIR) + "/tests/unit/plan/golden/plan.txt";
  const std::string text = plan_text(sample());
  if (std::getenv("IMMURE_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(file::write_whole(golden, text, 0644));
  }
  EXPECT_EQ(file::read_whole(golden, 1 << 16), text);
}

TEST(PlanText, NamesWhatWidens) {
  Plan plan = sample();
  plan.profile.unsafe_syscalls = {"mlockall"};
  plan.profile.unsafe_writable_code = true;
  plan.deny_writable_code = false;
  const std::string text = plan_text(plan);
  EXPECT_NE(text.find("unsafe_syscalls, unsafe_writable_code"), std::string::npos);
  EXPECT_NE(text.find("mlockall"), std::string::npos);
}

TEST(PlanText, LetsNoControlCharacterThrough) {
  Plan plan = sample();
  plan.program.argv = {"a\x1b[31m\n", "b c"};
  plan.input_name = "x\x07";
  const std::string text = plan_text(plan);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
  EXPECT_NE(text.find("'a\\x1b[31m\\x0a' 'b c'"), std::string::npos);
}

}  // namespace
}  // namespace immure::plan
