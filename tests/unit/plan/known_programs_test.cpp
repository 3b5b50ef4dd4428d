#include <gtest/gtest.h>

#include "plan/package/known_programs.hpp"

namespace immure::plan {
namespace {

TEST(KnownPrograms, AreKnownByTheNameThatTheOperatorGivesOrThatLinksLeadTo) {
  EXPECT_TRUE(needs_its_packages("/usr/bin/pdftoppm", "/usr/bin/pdftoppm"));
  EXPECT_TRUE(needs_its_packages("/bin/file", "/usr/bin/file"));
  EXPECT_TRUE(needs_its_packages("/usr/bin/identify", "/usr/bin/identify-im6.q16"));
  // Debian's dot is a link to a program of another name.
  EXPECT_TRUE(needs_its_packages("/usr/bin/dot", "/usr/sbin/libgvc6-config-update"));
}

TEST(KnownPrograms, OthersAreNone) {
  EXPECT_FALSE(needs_its_packages("/usr/bin/cat", "/usr/bin/cat"));
  EXPECT_FALSE(needs_its_packages("/home/me/bin/file", "/home/me/bin/file"));
  EXPECT_FALSE(needs_its_packages("/usr/local/bin/convert", "/usr/local/bin/convert"));
  EXPECT_FALSE(needs_its_packages("file", ""));
}

}  // namespace
}  // namespace immure::plan
