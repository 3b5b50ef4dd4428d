/// An input that consists of files and directories.
#include "attest/input_parts.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "../file/temp_dir.hpp"
#include "attest/input.hpp"
#include "attest/stage.hpp"
#include "file/sha256.hpp"

namespace immure::attest {
namespace {

const GoOn kGoOn = [] { return Result<void>(); };

OpenPart part(std::string place, const std::string& path, bool is_file) {
  const int flags = O_RDONLY | O_CLOEXEC | (is_file ? 0 : O_DIRECTORY);
  return {.place = std::move(place),
          .name = path,
          .path = path,
          .opened = sys::Fd(::open(path.c_str(), flags)),
          .is_file = is_file,
          .owner = ::geteuid()};
}

OpenInput opened(const test::TempDir& dir) {
  std::vector<OpenPart> parts;
  parts.push_back(part("data", dir / "sub", false));
  parts.push_back(part("data-2.txt", dir / "one", true));
  std::vector<std::string> left_out;
  auto input = open_parts({}, std::move(parts), left_out, kGoOn);
  EXPECT_TRUE(input);
  return input ? *std::move(input) : OpenInput{};
}

void fill(const test::TempDir& dir) {
  dir.write("one", "of a file");
  dir.write("sub/two", "of a directory");
}

TEST(InputParts, AreListedAtTheirPlaces) {
  const test::TempDir dir;
  fill(dir);
  std::vector<std::string> paths;
  for (const file::Entry& entry : opened(dir).entries) paths.push_back(entry.path);
  EXPECT_EQ(paths, (std::vector<std::string>{".", "data", "data-2.txt", "data/two"}));
  EXPECT_TRUE(opened(dir).staged);
}

TEST(InputParts, APathLeadsToItsPart) {
  const test::TempDir dir;
  fill(dir);
  const OpenInput input = opened(dir);
  EXPECT_EQ(place_in_part(input.parts, "data").part, &input.parts[0]);
  EXPECT_EQ(place_in_part(input.parts, "data/two/x").rest, "two/x");
  EXPECT_EQ(place_in_part(input.parts, "data-2.txt").part, &input.parts[1]);
  EXPECT_EQ(place_in_part(input.parts, ".").part, nullptr);
  EXPECT_EQ(place_in_part(input.parts, "dat").part, nullptr);
}

// The bytes come from the descriptor, whichever file has the name by now.
TEST(InputParts, WhatWasOpenedIsCopiedAndHashed) {
  const test::TempDir dir, target;
  fill(dir);
  const OpenInput given = opened(dir);
  OpenInput input{.directory = {}, .parts = {}, .entries = given.entries, .staged = true, .digests_wanted = true};
  input.parts.push_back(part("data", dir / "sub", false));
  input.parts.push_back(part("data-2.txt", dir / "one", true));
  const sys::Fd to(::open(target.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string name = "the input";
  const auto digests = copy_input(
      input, to, {.name = name, .uid = ::geteuid(), .gid = ::getegid(), .digests_wanted = true, .go_on = kGoOn});
  ASSERT_TRUE(digests) << to_text(digests.error());
  const auto described = describe_parts(input, *digests);
  ASSERT_EQ(described.size(), 2U);
  EXPECT_EQ(described[1].place, "data-2.txt");
  EXPECT_EQ(described[1].sha256, file::sha256_hex("of a file"));
  std::vector<file::Entry> alone = *file::scan(input.parts[0].opened.get(), "sub");
  EXPECT_EQ(described[0].sha256, file::manifest_digest(alone, {"", file::sha256_hex("of a directory")}));
}

TEST(InputParts, AFileThatChangesIsNotCopied) {
  const test::TempDir dir, target;
  fill(dir);
  OpenInput input = opened(dir);
  dir.write("one", "something else");
  const sys::Fd to(::open(target.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const std::string name = "the input";
  EXPECT_FALSE(copy_input(
      input, to, {.name = name, .uid = ::geteuid(), .gid = ::getegid(), .digests_wanted = true, .go_on = kGoOn}));
}

}  // namespace
}  // namespace immure::attest
