#include "evidence/batch.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace immure::evidence {
namespace {

BatchStatement statement() {
  const std::string digest(64, 'a');
  return {.subjects = {{"a.evidence.json", digest}, {"plan.json", digest}},
          .predicate = {.batch_id = std::string(32, '1'),
                        .began_on = "2026-01-02T03:04:05Z",
                        .finished_on = "2026-01-02T03:04:06Z",
                        .runs = {{.exit_code = 0, .input = "in/a", .input_sha256 = digest, .name = "a", .words = ""},
                                 {.exit_code = {}, .input = "in/b", .input_sha256 = "", .name = "b", .words = "why"}}}};
}

TEST(BatchStatement, IsReadAsItWasWritten) {
  const std::string json = batch_json(statement());
  const auto read = parse_batch(json);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(batch_json(*read), json);
  EXPECT_EQ(evidence_digest_of(*read, "a"), std::string(64, 'a'));
  EXPECT_EQ(evidence_digest_of(*read, "b"), "");
  EXPECT_EQ(evidence_digest_of(*read, "plan"), "");
  EXPECT_FALSE(read->predicate.runs[1].exit_code);
}

TEST(BatchStatement, IsRefusedIfARunHasNoOnePlace) {
  const auto refused = [](const std::function<void(BatchStatement&)>& change) {
    BatchStatement changed = statement();
    change(changed);
    return !parse_batch(batch_json(changed));
  };
  EXPECT_FALSE(refused([](BatchStatement&) {}));
  EXPECT_TRUE(refused([](BatchStatement& x) { x.predicate.runs[1].name = "a"; })) << "the same run twice";
  EXPECT_TRUE(refused([](BatchStatement& x) { std::swap(x.predicate.runs[0], x.predicate.runs[1]); }));
  EXPECT_TRUE(refused([](BatchStatement& x) { x.predicate.runs[0].name = ".."; }));
  EXPECT_TRUE(refused([](BatchStatement& x) { x.predicate.runs[0].name = "../a"; }));
  EXPECT_TRUE(refused([](BatchStatement& x) { x.predicate.runs.clear(); }));
  EXPECT_TRUE(refused([](BatchStatement& x) { x.subjects[0].name = "c.evidence.json"; })) << "of no run";
  EXPECT_TRUE(refused([](BatchStatement& x) { x.subjects[0].name = "a"; }));
  EXPECT_TRUE(refused([](BatchStatement& x) { x.subjects.pop_back(); })) << "no plan";
  EXPECT_TRUE(refused([](BatchStatement& x) { x.predicate.runs[0].input_sha256 = "A"; }));
}

}  // namespace
}  // namespace immure::evidence
