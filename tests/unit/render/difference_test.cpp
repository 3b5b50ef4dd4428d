#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../sample/sample.hpp"
#include "render/difference.hpp"

namespace immure::render {
namespace {

using evidence::Statement;
using test::statement_of_a_good_run;

Comparison compared(const Statement& other, bool everything = false) {
  return compare(statement_of_a_good_run(), other, everything);
}

TEST(Difference, IsNoneBetweenEqualStatements) {
  const Comparison comparison = compared(statement_of_a_good_run(), true);
  EXPECT_TRUE(comparison.differences.empty());
  EXPECT_EQ(comparison_text(comparison), "same\n");
}

TEST(Difference, NamesThePlaceAndBothValues) {
  Statement other = statement_of_a_good_run();
  other.predicate.host.kernel = "6.1.0";
  other.predicate.probes[3].errno_value = 13;
  other.predicate.inside->mounts[1].options = {"rw"};
  const Comparison comparison = compared(other);
  ASSERT_EQ(comparison.differences.size(), 3U);
  const std::string text = comparison_text(comparison);
  EXPECT_NE(text.find("host.kernel: 6.18.0 | 6.1.0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("inside.mounts[/in].options: [\"nodev\" \"noexec\" \"nosuid\" \"ro\"] | [\"rw\"]\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("probes[" + other.predicate.probes[3].id + "].errno: "), std::string::npos) << text;
  EXPECT_NE(text.find("| EACCES\n"), std::string::npos) << text;
  EXPECT_NE(text.find("differ: 3 values\n"), std::string::npos) << text;
}

TEST(Difference, OfOneSideAloneIsOne) {
  Statement other = statement_of_a_good_run();
  other.subjects.erase(other.subjects.begin());
  other.subjects.push_back({"z", test::kDigestA});
  other.predicate.inside.reset();
  const Comparison comparison = compared(other);
  ASSERT_EQ(comparison.differences.size(), 3U);
  EXPECT_EQ(comparison.differences[0].where, "subject[a.txt]");
  EXPECT_FALSE(comparison.differences[0].second);
  EXPECT_EQ(comparison.differences[1].where, "subject[z]");
  EXPECT_FALSE(comparison.differences[1].first);
  EXPECT_EQ(comparison.differences[2].where, "inside");
}

TEST(Difference, OfOrderAndRepetitionIsSeen) {
  Statement other = statement_of_a_good_run();
  std::swap(other.predicate.limits[0], other.predicate.limits[1]);
  EXPECT_EQ(compared(other).differences.at(0).where, "limits: order");
  other = statement_of_a_good_run();
  auto& mounts = other.predicate.inside->mounts;
  mounts.insert(mounts.begin() + 1, mounts[1]);
  EXPECT_EQ(compared(other).differences.at(0).where, "inside.mounts[/in (2)]");
}

TEST(Difference, ValuesThatAreNewInEachRunAreOnlyCounted) {
  Statement other = statement_of_a_good_run();
  other.predicate.run_id = std::string(32, 'f');
  other.predicate.nonce = std::string(43, 'A');
  other.predicate.duration_us += 1;
  other.predicate.payload->max_rss_kib += 1;
  other.predicate.outside[1].namespaces["net"] += 1;
  other.predicate.outside[1].ns_pid = "9 2";
  test::chain(other.predicate);
  EXPECT_TRUE(compared(other).differences.empty());
  EXPECT_EQ(compared(other).left_out, 7U);
  EXPECT_EQ(comparison_text(compared(other)), "same; 7 more differ as between any two runs (--all)\n");
  EXPECT_EQ(compared(other, true).differences.size(), 7U);
}

/// Changes each leaf of the format by itself. The comparison must find the change.
TEST(Difference, OfNoValueIsOverlooked) {
  const nlohmann::json good = nlohmann::json::parse(evidence::statement_json(statement_of_a_good_run()));
  std::size_t changed = 0;
  const nlohmann::json leaves = good.flatten();
  for (const auto& [pointer, value] : leaves.items()) {
    // All records have the same form, so the first one is enough. An empty list has no leaf.
    if ((pointer.starts_with("/predicate/probes/") && !pointer.starts_with("/predicate/probes/0/")) || value.is_null())
      continue;
    nlohmann::json other = good;
    nlohmann::json& leaf = other[nlohmann::json::json_pointer(pointer)];
    if (value.is_number()) leaf = value.get<std::int64_t>() == 0 ? 1 : 0;
    if (value.is_boolean()) leaf = !value.get<bool>();
    if (value.is_string()) leaf = value.get<std::string>() == test::kDigestA ? test::kDigestB : test::kDigestA;
    const auto statement = evidence::parse_statement(other.dump());
    if (!statement) continue;  // the new value is not valid, or breaks the order of a list
    ++changed;
    EXPECT_FALSE(compared(*statement, true).differences.empty()) << pointer;
  }
  EXPECT_GT(changed, 150U);
}

TEST(Difference, IsShownWithoutAnythingThatATerminalObeys) {
  Statement other = statement_of_a_good_run();
  other.subjects[1].name = "sub/\x1b[2J\n\u202e";
  other.predicate.output.name = std::string(5000, 'x') + "\x07";
  const Comparison comparison = compared(other);
  for (const std::string& text : {comparison_text(comparison), comparison_json(comparison, false)})
    for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << text;
  EXPECT_LT(comparison_text(comparison).size(), 1500U);
  EXPECT_EQ(comparison_text(comparison).find("\u202e"), std::string::npos);
}

TEST(Difference, AsJsonHasBothSides) {
  Statement other = statement_of_a_good_run();
  other.predicate.host.venue = "moon";
  const auto json = nlohmann::json::parse(comparison_json(compared(other), true));
  EXPECT_EQ(json["type"], "urn:immure:evidence-difference:v1");
  EXPECT_EQ(json["same"], false);
  EXPECT_EQ(json["signaturesVerified"], true);
  EXPECT_EQ(json["differences"][0], (nlohmann::json{{"where", "host.venue"}, {"first", "native"}, {"second", "moon"}}));
}

}  // namespace
}  // namespace immure::render
