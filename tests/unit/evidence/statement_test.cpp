#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "evidence/envelope.hpp"

namespace immure::evidence {
namespace {

using nlohmann::json;

const std::string kDigest(64, 'a');

/// A statement that has a value in every field.
Statement full_statement() {
  Evidence evidence;
  evidence.nonce = "nonce";
  evidence.audience = "audience";
  evidence.run_id = "0123456789abcdef0123456789abcdef";
  evidence.started_on = "2026-06-09T12:00:00Z";
  evidence.finished_on = "2026-06-09T12:00:01Z";
  evidence.duration_us = 1'000'000;
  for (Artifact* artifact : {&evidence.catalogue, &evidence.matrix, &evidence.profile, &evidence.plan, &evidence.image,
                             &evidence.program, &evidence.launcher})
    *artifact = {"name", kDigest};
  evidence.filter = {kDigest, kDigest, 60};
  evidence.unsafe = {"unsafe_a", "unsafe_b"};
  evidence.input = {"DROP", kDigest, true, {"x: fifo"}, kDigest, kDigest, 1, 2, 3, 4};
  evidence.output = {"REPORT", true, {"x: link"}, true, true};
  evidence.host = {"6.18", "x86_64", "native", "1", {"landlock"}, 6};
  evidence.limits = {{"memory", 5, "bytes", "rlimit"}};
  evidence.environment = {"HOME", "LANG"};
  InsideView inside;
  inside.mount_source = "statmount";
  inside.mounts = {{"/", "ext4", {"nosuid", "ro"}}, {"/in", "", {"ro"}}};
  inside.capabilities = {"0", "1", "2", "3", "4"};
  inside.securebits = 0xef;
  inside.environment = {"HOME"};
  inside.descriptors = {0, 1, 2};
  inside.namespaces = {{"mnt", 1}, {"net", 2}};
  inside.limits = {{"open-files", "1", "unlimited"}};
  evidence.inside = inside;
  OutsideView outside;
  outside.moment = "gate";
  outside.mounts = {{"/in", "a", {}}, {"/in", "b", {}}};
  outside.uids = outside.gids = {1, 2, 3, std::numeric_limits<std::uint32_t>::max()};
  outside.namespaces = outside.host_namespaces = {{"net", 4'026'531'840}};
  outside.net_dev = {"lo: 0"};
  outside.environment = {"?", "?"};
  outside.descriptors = {{0, "null", "r"}};
  outside.ns_pid = "1 2";
  outside.tty = 5;
  evidence.outside = {outside, outside};
  ProbeRecord probe;
  probe.id = "a/b";
  probe.args = {"-1", "\"/in\\n\""};
  probe.ret = -1;
  probe.errno_value = 13;
  probe.effect = 3;
  probe.control = {1'000'000'000'000, 0, 1, "scratch"};
  probe.walls = Answer{-1, 30, 0};
  evidence.probes = {probe, probe};
  evidence.transcript = {2, kDigest};
  evidence.fault = "pivot: EINVAL";
  evidence.payload = Payload{{"/p", "größe \"\\\n"}, 1, 9, 1, 2, 3, {"wall-clock"}};
  return {{{"a", kDigest}, {"b/c", kDigest}}, evidence};
}

std::string where_of(const json& document) {
  const auto parsed = parse_statement(document.dump());
  return parsed ? "accepted" : parsed.error().where;
}
std::string code_of(std::string_view text) {
  const auto parsed = parse_statement(text);
  return parsed ? "accepted" : parsed.error().what.substr(0, parsed.error().what.find(':'));
}
std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Statement, IsCanonicalJson) {
  for (const Statement& statement : {full_statement(), Statement{}}) {
    const std::string text = statement_json(statement);
    // nlohmann sorts keys and writes no blanks; without fractions this is the form of RFC 8785.
    EXPECT_EQ(json::parse(text).dump(), text);
  }
}

TEST(Statement, IsReadBackAsItWas) {
  const std::string text = statement_json(full_statement());
  const auto read = parse_statement(text);
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_EQ(statement_json(*read), text);
}

TEST(Statement, OptionalFieldsMayBeAbsent) {
  Statement statement = full_statement();
  Evidence& evidence = statement.predicate;
  evidence.nonce.reset();
  evidence.audience.reset();
  evidence.fault.reset();
  evidence.inside.reset();
  evidence.payload->signal.reset();
  evidence.payload->exit_code.reset();
  EXPECT_EQ(code_of(statement_json(statement)), "accepted");
  evidence.payload.reset();
  EXPECT_EQ(code_of(statement_json(statement)), "accepted");
  EXPECT_EQ(statement_json(statement).find(":null"), std::string::npos);
}

TEST(Statement, KeysAreInLowerCamelCase) {
  const json document = json::parse(statement_json(full_statement()));
  EXPECT_EQ(document["_type"], "https://in-toto.io/Statement/v1");
  EXPECT_EQ(document["predicateType"], "urn:immure:sandbox-evidence:v1");
  EXPECT_EQ(document["subject"][1], (json{{"name", "b/c"}, {"digest", {{"sha256", kDigest}}}}));
  EXPECT_EQ(document["predicate"]["runId"], "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(document["predicate"]["probes"][0]["errno"], 13);
  EXPECT_EQ(document["predicate"]["matrix"]["digest"]["sha256"], kDigest);
}

/// Calls `body` with the place and the key of every member of every object. The tests leave out, double and rename each
/// member, and the reader must refuse each change and name its place.
void for_each_member(const json& value, const std::string& pointer,
                     const std::function<void(const std::string&, const std::string&)>& body) {
  if (value.is_object())
    for (const auto& [key, member] : value.items()) {
      body(pointer, key);
      for_each_member(member, pointer + "/" + key, body);
    }
  if (value.is_array() && !value.empty()) for_each_member(value[0], pointer + "/0", body);
}

bool is_optional(const std::string& pointer, const std::string& key) {
  if (pointer == "/predicate")
    return key == "nonce" || key == "audience" || key == "fault" || key == "inside" || key == "payload";
  if (pointer == "/predicate/probes/0") return key == "walls";
  if (pointer == "/predicate/payload") return key == "exitCode" || key == "signal";
  return pointer.ends_with("amespaces");
}

TEST(Statement, AMissingKeyIsRefusedAtItsPlace) {
  const json good = json::parse(statement_json(full_statement()));
  for_each_member(good, "", [&](const std::string& pointer, const std::string& key) {
    json document = good;
    document[json::json_pointer(pointer)].erase(key);
    EXPECT_EQ(where_of(document), is_optional(pointer, key) ? "accepted" : pointer + "/" + key);
  });
}

TEST(Statement, AnUnknownKeyIsRefusedWhereverItStands) {
  const json good = json::parse(statement_json(full_statement()));
  for_each_member(good, "", [&](const std::string& pointer, const std::string&) {
    for (const char* key : {"AAA", "iii", "passed", "zzz"}) {
      if (pointer.ends_with("amespaces")) continue;
      json document = good;
      document[json::json_pointer(pointer)][key] = true;
      EXPECT_NE(where_of(document), "accepted") << pointer << " " << key;
    }
  });
}

TEST(Statement, AKeyInAnotherCaseIsRefused) {
  const json good = json::parse(statement_json(full_statement()));
  for_each_member(good, "", [&](const std::string& pointer, const std::string& key) {
    if (pointer.ends_with("amespaces")) return;
    json document = good;
    json& object = document[json::json_pointer(pointer)];
    std::string other = key;
    other[other.size() - 1] = static_cast<char>(other.back() ^ 0x20);
    object[other] = object[key];
    EXPECT_NE(where_of(document), "accepted") << pointer << "/" << other;
    object.erase(key);
    EXPECT_NE(where_of(document), "accepted") << pointer << "/" << other;
  });
}

TEST(Statement, AKeyGivenTwiceIsRefused) {
  const std::string good = statement_json(full_statement());
  for (const char* member : {R"("durationUs":1000000,)", R"("errno":13,)", R"("nonce":"nonce",)", R"("mnt":1,)"}) {
    const std::string text = replaced(good, member, std::string(member) + member);
    EXPECT_EQ(code_of(text), "statement-malformed") << member;
  }
  EXPECT_NE(parse_statement(replaced(good, R"("errno":13,)", R"("errno":13,"errno":0,)"))
                .error()
                .what.find("a key given twice"),
            std::string::npos);
}

TEST(Statement, WhatIsNotCanonicalIsRefused) {
  const std::string good = statement_json(full_statement());
  for (const std::string& bad : {
           std::string(),
           std::string("{}"),
           std::string("{"),
           good.substr(0, good.size() - 1),
           good + "\n",
           good + "{}",
           "\xEF\xBB\xBF" + good,
           " " + good,
           good + std::string(1, '\0'),
           json::parse(good).dump(1),
           replaced(good, R"("errno":13)", R"("errno":13.0)"),
           replaced(good, R"("errno":13)", R"("errno":1.3e1)"),
           replaced(good, R"("errno":13)", R"("errno":013)"),
           replaced(good, R"("errno":13)", R"("errno":NaN)"),
           replaced(good, R"("errno":13)", R"("errno":"13")"),
           replaced(good, R"("errno":13)", R"("errno":null)"),
           replaced(good, R"("errno":13)", R"("errno":2147483648)"),
           replaced(good, R"("errno":13)", R"("errno":9007199254740993)"),
           replaced(good, R"("uid":0)", R"("uid":-1)"),
           replaced(good, R"("tty":5)", R"("tty":true)"),
           replaced(good, R"("emptyAtStart":true)", R"("emptyAtStart":1)"),
           replaced(good, R"("DROP")", "\"DR\xED\xA0\x80\""),
           replaced(good, R"("DROP")", R"("DR\ud800")"),
           replaced(good, R"("DROP")", R"("\u0044ROP")"),
           replaced(good, R"("unsafe":["unsafe_a","unsafe_b"]})", R"("unsafe":["unsafe_a","unsafe_b"],})"),
           replaced(good, R"(["unsafe_a","unsafe_b"])", R"(["unsafe_a","unsafe_b",])"),
           replaced(good, R"(["HOME","LANG"])", R"(["HOME" ,"LANG"])"),
           replaced(good, R"(["HOME","LANG"])", std::string(100'000, '[')),
       })
    EXPECT_EQ(code_of(bad), "statement-malformed") << bad.substr(0, 60);
}

TEST(Statement, OfAnotherTypeIsNamed) {
  const std::string good = statement_json(full_statement());
  EXPECT_EQ(code_of(replaced(good, "Statement/v1", "Statement/v0.1")), "statement-type");
  EXPECT_EQ(code_of(replaced(good, "sandbox-evidence:v1", "sandbox-evidence:v2")), "predicate-type");
}

TEST(Statement, DigestsAreSixtyFourLowerCaseHexDigits) {
  const json good = json::parse(statement_json(full_statement()));
  for (const char* pointer :
       {"/subject/0/digest/sha256", "/predicate/matrix/digest/sha256", "/predicate/transcript/head",
        "/predicate/filter/sha256", "/predicate/input/statBefore"}) {
    for (const std::string& bad :
         {kDigest.substr(1), kDigest + "a", std::string(64, 'A'), std::string(64, 'g'), std::string(40, 'a')}) {
      json document = good;
      document[json::json_pointer(pointer)] = bad;
      EXPECT_EQ(where_of(document), pointer) << bad;
    }
  }
  json weak = good;
  weak["subject"][0]["digest"] = {{"sha1", std::string(40, 'a')}};
  EXPECT_NE(where_of(weak), "accepted");
}

TEST(Statement, SubjectsAreThereSortedAndDifferent) {
  json document = json::parse(statement_json(full_statement()));
  document["subject"] = json::array();
  EXPECT_EQ(code_of(document.dump()), "subject-missing");
  Statement statement = full_statement();
  std::swap(statement.subjects[0], statement.subjects[1]);
  EXPECT_EQ(code_of(statement_json(statement)), "statement-malformed");
  statement.subjects[0] = statement.subjects[1];
  EXPECT_EQ(code_of(statement_json(statement)), "statement-malformed");
}

TEST(Statement, ASubjectStaysBelowTheOutputDirectory) {
  for (const char* name : {"", "/a", "..", "../a", "a/../b", "a/..", "./a", ".", "a//b", "a/"}) {
    Statement statement = full_statement();
    statement.subjects = {{name, kDigest}};
    EXPECT_EQ(code_of(statement_json(statement)), "subject-name") << name;
  }
  for (const char* name : {"a", "a/b", "...", "..a", "a b", ".hidden"}) {
    Statement statement = full_statement();
    statement.subjects = {{name, kDigest}};
    EXPECT_EQ(code_of(statement_json(statement)), "accepted") << name;
  }
}

TEST(Statement, NamesAreSortedAndOnlyObservationsRepeatThem) {
  const auto refused = [](const std::function<void(Evidence&)>& change) {
    Statement statement = full_statement();
    change(statement.predicate);
    return code_of(statement_json(statement)) == "statement-malformed";
  };
  EXPECT_TRUE(refused([](Evidence& e) { e.environment = {"B", "A"}; }));
  EXPECT_TRUE(refused([](Evidence& e) { e.environment = {"A", "A"}; }));
  EXPECT_TRUE(refused([](Evidence& e) { e.inside->environment = {"A", "A"}; }));
  EXPECT_TRUE(refused([](Evidence& e) { e.unsafe = {"b", "a"}; }));
  EXPECT_TRUE(refused([](Evidence& e) { e.inside->mounts[0].options = {"ro", "ro"}; }));
  EXPECT_TRUE(refused([](Evidence& e) { std::swap(e.inside->mounts[0], e.inside->mounts[1]); }));
  EXPECT_TRUE(refused([](Evidence& e) { e.outside[0].environment = {"B", "A"}; }));
  EXPECT_FALSE(refused([](Evidence& e) { e.outside[0].environment = {"A", "A", "B"}; }));
  EXPECT_FALSE(refused([](Evidence& e) { e.inside->mounts[1] = e.inside->mounts[0]; }));
}

TEST(Statement, IdsAndTimesHaveTheirForm) {
  const auto where = [](const std::function<void(Evidence&)>& change) {
    Statement statement = full_statement();
    change(statement.predicate);
    return parse_statement(statement_json(statement)).error().where;
  };
  EXPECT_EQ(where([](Evidence& e) { e.run_id = "abc"; }), "/predicate/runId");
  EXPECT_EQ(where([](Evidence& e) { e.run_id[0] = 'X'; }), "/predicate/runId");
  EXPECT_EQ(where([](Evidence& e) { e.started_on = "2026-06-09 12:00:00"; }), "/predicate/startedOn");
  EXPECT_EQ(where([](Evidence& e) { e.finished_on = "2026-06-09T12:00:00+02:00"; }), "/predicate/finishedOn");
}

TEST(Statement, AnIntegerThatJsonCannotHoldIsRefusedAndNotRounded) {
  Statement statement = full_statement();
  statement.predicate.limits[0].value = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(code_of(statement_json(statement)), "statement-malformed");
  statement.predicate.limits[0].value = (std::uint64_t{1} << 53) - 1;
  EXPECT_EQ(code_of(statement_json(statement)), "accepted");
}

TEST(Statement, AListOverTheLimitIsRefused) {
  Statement statement = full_statement();
  statement.predicate.host.lsms.assign(200'001, "x");
  EXPECT_EQ(code_of(statement_json(statement)), "statement-malformed");
}

}  // namespace
}  // namespace immure::evidence
