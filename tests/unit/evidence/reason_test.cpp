/// The table of reason codes, and the document that explains them.
#include "evidence/reason.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <string>

#include <gtest/gtest.h>

namespace immure::evidence {
namespace {

/// The tables of docs/reason-codes.md: each code with its sentence. A row may have several codes.
std::map<std::string, std::string> documented() {
  std::map<std::string, std::string> codes;
  std::ifstream file(IMMURE_SOURCE_DIR "/docs/reason-codes.md");
  const std::regex row("^\\| (`.*`) \\| (.*) \\|$"), code("`([^`]+)`");
  for (std::string line; std::getline(file, line);) {
    std::smatch cells;
    if (!std::regex_match(line, cells, row)) continue;
    const std::string names = cells[1];
    for (std::sregex_iterator each(names.begin(), names.end(), code), end; each != end; ++each)
      EXPECT_TRUE(codes.emplace((*each)[1], cells[2]).second) << (*each)[1] << " is there twice";
  }
  return codes;
}

TEST(Reason, TheDocumentHasEachCodeWithItsSentence) {
  std::map<std::string, std::string> rows;
  for (const ReasonRow& row : kReasons) rows.emplace(row.code, row.when);
  // The introduction of the document names the code of an accepted run. A fault of immure is no reason of the evidence.
  rows.erase("accepted");
  rows.erase("internal");
  EXPECT_EQ(rows, documented());
}

TEST(Reason, IsFoundByItsCode) {
  for (const ReasonRow& row : kReasons) {
    const auto reason = Reason::named(row.code);
    ASSERT_TRUE(reason) << row.code;
    EXPECT_EQ(reason->text(), row.code);
    EXPECT_EQ(reason->when(), row.when);
  }
  EXPECT_EQ(Reason::named("probe-leaked"), Reason("probe-leaked"));
  EXPECT_FALSE(Reason::named("probe-leake"));
  EXPECT_FALSE(Reason::named(""));
}

TEST(Reason, IsAFaultUntilSomethingIsFound) { EXPECT_EQ(Reason().text(), "internal"); }

}  // namespace
}  // namespace immure::evidence
