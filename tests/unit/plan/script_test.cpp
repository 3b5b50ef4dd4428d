#include "plan/image/script.hpp"

#include <gtest/gtest.h>

namespace immure::plan {
namespace {

std::string parsed(std::string_view start) {
  const auto line = parse_script_line(start, "x");
  if (!line) return "error: " + line.error().what;
  return *line ? (*line)->interpreter + "|" + (*line)->argument : "none";
}

TEST(ScriptLine, IsReadAsTheKernelReadsIt) {
  EXPECT_EQ(parsed("#!/bin/sh\n"), "/bin/sh|");
  EXPECT_EQ(parsed("#! \t/bin/sh  -e -x \t\nrest"), "/bin/sh|-e -x");
  EXPECT_EQ(parsed("#!/bin/sh"), "/bin/sh|");
  EXPECT_EQ(parsed("#!/bin/sh\r\n"), "/bin/sh\r|");
}

TEST(ScriptLine, OtherFilesHaveNone) {
  EXPECT_EQ(parsed(""), "none");
  EXPECT_EQ(parsed("\x7f"
                   "ELF"),
            "none");
  EXPECT_EQ(parsed("# !/bin/sh"), "none");
}

TEST(ScriptLine, EnvIsResolvedNotRun) {
  EXPECT_EQ(parsed("#!/usr/bin/env python3\n"), "python3|");
  EXPECT_EQ(parsed("#!/bin/env perl"), "perl|");
  for (const auto* line : {"#!/usr/bin/env\n", "#!/usr/bin/env -S python3 -u\n", "#!/usr/bin/env A=b python3\n",
                           "#!/usr/bin/env a b\n", "#!/usr/bin/env ../x\n"})
    EXPECT_TRUE(parsed(line).starts_with("error: ")) << line;
}

TEST(ScriptLine, RefusesWhatTheKernelWouldCutOrNotFind) {
  EXPECT_EQ(parsed("#!/" + std::string(252, 'a') + "\n").substr(0, 2), "/a");
  EXPECT_TRUE(parsed("#!/" + std::string(300, 'a') + "\n").starts_with("error: "));
  EXPECT_TRUE(parsed("#!\n").starts_with("error: "));
  EXPECT_TRUE(parsed("#!sh\n").starts_with("error: "));
  EXPECT_TRUE(parsed(std::string_view("#!/bin/\0sh\n", 11)).starts_with("error: "));
}

}  // namespace
}  // namespace immure::plan
