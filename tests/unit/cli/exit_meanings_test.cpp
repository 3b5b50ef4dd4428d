#include "cli/exit_meanings.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "cli/command.hpp"

namespace immure::cli {
namespace {

/// Returns the text with one blank in place of each sequence of blanks and line breaks.
std::string in_one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

TEST(ExitMeanings, TheDocumentSaysTheSame) {
  std::ifstream file(std::string(IMMURE_SOURCE_DIR) + "/docs/exit-codes.md");
  const std::string document = in_one_line(std::string(std::istreambuf_iterator<char>(file), {}));
  std::string rows;
  for (const ExitMeaning& row : exit_meanings()) {
    const std::string line = "- " + std::string(row.code) + ": " + std::string(row.meaning);
    EXPECT_NE(document.find(line), std::string::npos) << line;
    rows += line;
  }
  // The document has no other rows.
  const auto marks = [](const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = text.find("- "); at != std::string::npos; at = text.find("- ", at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(marks(document), marks(rows));
}

TEST(ExitMeanings, NameCommandsThatThereAre) {
  for (const ExitMeaning& row : exit_meanings()) {
    if (row.commands == "every command") continue;
    std::istringstream names{std::string(row.commands)};
    for (std::string name; std::getline(names >> std::ws, name, ',');)
      EXPECT_NE(find_command(name.substr(0, name.find(' '))), nullptr) << name;
  }
}

TEST(ExitMeanings, FitAScreenAndLoseNoWord) {
  const std::string text = exit_codes_text();
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  for (const ExitMeaning& row : exit_meanings())
    EXPECT_NE(in_one_line(text).find(std::string(row.code) + " " + std::string(row.meaning)), std::string::npos)
        << row.meaning;
}

}  // namespace
}  // namespace immure::cli
