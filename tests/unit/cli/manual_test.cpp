#include "cli/manual_page.hpp"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "cli/commands.hpp"
#include "cli/help.hpp"

namespace immure::cli {
namespace {

TEST(PlainManual, HasTheWordsWithoutTheRequests) {
  EXPECT_EQ(plain_manual(
                ".TH A 1 \"\" \"b\"\n.SH NAME\na \\- do\n.SS a \\fIX\\fR\nOne.\n.PP\n.nf\n.RS\na \\e \\&.x\n.RE\n.TP\n"
                ".B \\-\\-in \\fIDIR\\fR\nthe input\n",
                30),
            "\nNAME\n    a - do\n\n  a X\n    One.\n\n    a \\ .x\n    --in DIR\n        the input\n");
}

TEST(PlainManual, ShowsEveryOptionOfEveryCommandInEightyColumns) {
  const std::string text = plain_manual(manual_text(), 80);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_FALSE(line.starts_with('.')) << line;
  }
  for (const Command& command : commands())
    for (const Option& option : command.options) EXPECT_TRUE(text.contains("--" + std::string(option.name)));
}

}  // namespace
}  // namespace immure::cli
