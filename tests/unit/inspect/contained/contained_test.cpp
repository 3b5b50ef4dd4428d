/// Matrix test 23: a parser that misbehaves costs only the findings of its own file.
#include <algorithm>

#include "drop.hpp"
#include "inspect/lock_down.hpp"

namespace immure::inspect::test {
namespace {

class Contained : public Drop {
 protected:
  void SetUp() override {
    Drop::SetUp();
    if (kSanitized) GTEST_SKIP() << "sanitizer: no memory limit and no filter under a sanitizer";
  }
  /// Inspects one file that makes the parser misbehave, between two files that do not.
  void costs_itself_alone(const std::string& name, const std::string& finding, std::uint64_t file_ms = 20'000) {
    put("a", "x");
    put(name, "x");
    put("z", "x");
    Limits limits;
    limits.file_ms = file_ms;
    limits.worker_bytes = 200U << 20;
    EXPECT_EQ(run(limits), 2);
    for (const char* other : {"type.macro a", "type.macro z"}) EXPECT_TRUE(found(other)) << name;
    EXPECT_TRUE(found(finding + " " + name)) << report()["findings"].dump(1).substr(0, 2000);
    // The inspector keeps what it knew before, and the digest comes from another process.
    EXPECT_TRUE(found("type.macro " + name));
    EXPECT_EQ(entry(name)["sha256"], file::sha256_hex("x"));
    EXPECT_FALSE(complete());
  }
};

TEST_F(Contained, Matrix23_ACrashCostsOneFile) { costs_itself_alone("crash", "read.parser-died"); }
TEST_F(Contained, Matrix23_AnAbortCostsOneFile) { costs_itself_alone("abort", "read.parser-died"); }
TEST_F(Contained, Matrix23_AHangCostsOneFile) { costs_itself_alone("hang", "limit.file-time", 500); }
TEST_F(Contained, Matrix23_AnOverrunOfMemoryCostsOneFile) { costs_itself_alone("overrun", "read.parser-died"); }
TEST_F(Contained, Matrix23_AForbiddenCallCostsOneFile) { costs_itself_alone("socket", "read.parser-died"); }

TEST_F(Contained, Matrix23_AParserWithoutAnAnswerIsReported) {
  put("a", "x");
  put("silent", "x");
  EXPECT_EQ(run(), 2);
  EXPECT_TRUE(found("read.failed silent"));
  EXPECT_FALSE(found("read.failed a"));
}

}  // namespace
}  // namespace immure::inspect::test
