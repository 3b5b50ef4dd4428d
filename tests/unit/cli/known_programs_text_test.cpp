#include "cli/known_programs_text.hpp"

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace immure::cli {
namespace {

TEST(KnownProgramsText, IsTheDocument) {
  std::ifstream file(std::string(IMMURE_SOURCE_DIR) + "/docs/known-programs.md");
  const std::string document(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(document, known_programs_text())
      << "write the document again: immure help programs >docs/known-programs.md";
}

TEST(KnownProgramsText, NamesTheOptionsOfANeed) {
  const plan::KnownNeed need{.scratch_bytes = 64U << 20U, .read_back = true, .environment = {{"A", "b c"}}};
  EXPECT_EQ(options_of(need), (std::vector<std::string>{"--tmp 64MiB", "--read-back", "--env A='b c'"}));
}

}  // namespace
}  // namespace immure::cli
