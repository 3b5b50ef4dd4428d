#include "plan/known_programs.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace immure::plan {
namespace {

bool is_known_to_need(const std::string& path, const std::vector<std::string>& arguments,
                      const std::string& workdir = "/", std::string asked = "") {
  if (asked.empty()) asked = path;
  return !needs_of({.path = path, .asked = asked, .arguments = arguments, .workdir = workdir}).empty();
}

TEST(KnownPrograms, AreKnownByNameInTheDirectoriesOfASystem) {
  EXPECT_TRUE(is_known_to_need("/usr/bin/sqlite3", {"/out/n.db"}));
  EXPECT_TRUE(is_known_to_need("/bin/sqlite3", {"/out/n.db"}));
  for (const char* path : {"/home/a/sqlite3", "/app/sqlite3", "/usrbin/sqlite3", "sqlite3", "/usr/bin/sqlite3x"})
    EXPECT_FALSE(is_known_to_need(path, {"/out/n.db"})) << path;
}

TEST(KnownPrograms, AreKnownByTheNameThatTheOperatorUses) {
  EXPECT_TRUE(is_known_to_need("/usr/bin/sqlite3-other", {"/out/n.db"}, "/", "sqlite3"));
  EXPECT_TRUE(is_known_to_need("/usr/bin/sqlite3-other", {"/out/n.db"}, "/", "/usr/bin/sqlite3"));
}

TEST(KnownPrograms, NeedMoreOnlyWithTheArgumentsThatTheCatalogueNames) {
  EXPECT_FALSE(is_known_to_need("/usr/bin/sqlite3", {"-readonly", "/in/n.db"}));
  EXPECT_FALSE(is_known_to_need("/usr/bin/sqlite3", {}));
  // A program that starts in /out names the same files without /out.
  EXPECT_TRUE(is_known_to_need("/usr/bin/sqlite3", {"n.db"}, "/out"));
  EXPECT_TRUE(is_known_to_need("/usr/bin/sqlite3", {"n.db"}, "/out/d"));
  EXPECT_FALSE(is_known_to_need("/usr/bin/sqlite3", {"n.db"}, "/in"));
}

TEST(KnownPrograms, EachHasAReasonAndAskedForSomething) {
  for (const KnownNeed& need : known_needs()) {
    ASSERT_FALSE(need.programs.empty());
    EXPECT_FALSE(need.because.empty()) << need.programs[0];
    EXPECT_TRUE(need.scratch_bytes != 0 || need.read_back || need.socket_pairs || !need.environment.empty())
        << need.programs[0];
  }
}

}  // namespace
}  // namespace immure::plan
