#include "inspect/wire.hpp"

#include <gtest/gtest.h>

namespace immure::inspect::wire {
namespace {

constexpr std::size_t kRules = 100;

std::optional<std::string_view> only(std::string_view& buffer) {
  bool broken = false;
  return next(buffer, broken);
}

TEST(Wire, JobsArriveAsTheyWereSent) {
  std::string out;
  append_job(out,
             {.number = 7, .inode = 8, .size = 9, .mtime_ns = -1, .containers = false, .path = std::string("a\0b", 3)});
  std::string_view buffer = out;
  const auto job = read_job(*only(buffer));
  ASSERT_TRUE(job);
  EXPECT_EQ(job->number, 7U);
  EXPECT_EQ(job->mtime_ns, -1);
  EXPECT_FALSE(job->containers);
  EXPECT_EQ(job->path, std::string("a\0b", 3));
  EXPECT_TRUE(buffer.empty());
}

TEST(Wire, FindingsAndMembersArriveAsTheyWereSent) {
  std::string out;
  const Finding finding{.rule = 3, .member = "m", .seen = "s", .offset = 1, .length = 2};
  append_finding(out, finding);
  append_member(out, {.path = "p", .kind = MemberKind::kLink, .type = 1, .size = 5, .sha256 = file::Digest{1}});
  append_expanded(out, 12);
  append_done(out, 4);
  Said said;
  std::string_view buffer = out;
  while (const auto message = only(buffer)) EXPECT_TRUE(accept(*message, kRules, said));
  ASSERT_EQ(said.result.findings.size(), 1U);
  EXPECT_EQ(said.result.findings[0], finding);
  ASSERT_EQ(said.result.members.size(), 1U);
  EXPECT_EQ(said.result.members[0].sha256, file::Digest{1});
  EXPECT_EQ(said.result.expanded, 12U);
  EXPECT_EQ(said.done, 4U);
}

TEST(Wire, HalfAMessageIsNoneYet) {
  std::string out;
  append_done(out, 1);
  for (std::size_t size = 0; size < out.size(); ++size) {
    std::string_view buffer = std::string_view(out).substr(0, size);
    EXPECT_FALSE(only(buffer));
  }
}

TEST(Wire, WhatNoHonestWorkerSaysIsRefused) {
  Said said;
  std::string finding;
  append_finding(finding, {.rule = kRules});
  EXPECT_FALSE(accept(std::string_view(finding).substr(4), kRules, said));
  std::string type;
  append_type(type, 0xFFFF);
  EXPECT_FALSE(accept(std::string_view(type).substr(4), kRules, said));
  std::string member;
  append_member(member, {.path = "p"});
  member[5] = '\x7F';  // kind
  EXPECT_FALSE(accept(std::string_view(member).substr(4), kRules, said));
  EXPECT_FALSE(accept("", kRules, said));
  EXPECT_FALSE(accept("\x63", kRules, said));
  std::string trailing;
  append_done(trailing, 1);
  trailing += 'x';
  EXPECT_FALSE(accept(std::string_view(trailing).substr(4), kRules, said));
  std::string cut;
  append_finding(cut, {.rule = 1, .seen = "abc"});
  EXPECT_FALSE(accept(std::string_view(cut).substr(4, cut.size() - 5), kRules, said));
}

TEST(Wire, AnOverlongMessageBreaksTheStream) {
  std::string out("\xFF\xFF\xFF\x7F", 4);
  std::string_view buffer = out;
  bool broken = false;
  EXPECT_FALSE(next(buffer, broken));
  EXPECT_TRUE(broken);
}

}  // namespace
}  // namespace immure::inspect::wire
