#undef NDEBUG
#define NDEBUG 1

#include "file/toml.hpp"

#include <gtest/gtest.h>

namespace immure::file {
namespace {

TEST(Toml, ItsHeaderLeavesAssertAsItWas) {
#ifdef NDEBUG
  bool evaluated = false;
  assert(evaluated = true);
  EXPECT_FALSE(evaluated);
#else
  FAIL() << "NDEBUG is not defined any more";
#endif
}

TEST(Toml, ATableWithoutANameIsAnErrorAndNoAbort) { EXPECT_FALSE(parse_toml("[!", "x.toml")); }

}  // namespace
}  // namespace immure::file
