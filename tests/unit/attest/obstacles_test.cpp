#include "attest/observe/obstacles.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "sys/syscall.hpp"

namespace immure::attest {
namespace {

Obstacle denied(std::uint32_t number, std::string detail, int process = 3) {
  return {.number = number, .detail = std::move(detail), .doer = {.number = process}};
}
Obstacle missing(std::string path) { return {.kind = Obstacle::Kind::kLookup, .detail = std::move(path)}; }

TEST(Obstacles, CountsEqualCallsOnce) {
  Obstacles obstacles;
  for (int i = 0; i < 5; ++i) obstacles.note(denied(41, "AF_INET"));
  obstacles.note(denied(41, "AF_UNIX"));
  obstacles.note(denied(41, "AF_INET", 4));
  const Explanation all = obstacles.list();
  ASSERT_EQ(all.obstacles.size(), 2U);
  EXPECT_EQ(all.obstacles[0].count, 6U);
  EXPECT_TRUE(all.obstacles[0].others);
  EXPECT_EQ(all.obstacles[0].last, 7U);
  EXPECT_EQ(all.obstacles[1].count, 1U);
  EXPECT_FALSE(all.obstacles[1].others);
}

TEST(Obstacles, AFloodOfOneCallLeavesRoomForOtherCalls) {
  Obstacles obstacles;
  for (int i = 0; i < 10'000; ++i) obstacles.note(denied(16, std::to_string(i)));
  obstacles.note(denied(59, "/bin/sh"));
  const Explanation all = obstacles.list();
  EXPECT_EQ(all.obstacles.size(), Obstacles::kMostOfOneCall + 2);
  EXPECT_EQ(all.uncounted, 0U);
  EXPECT_TRUE(std::ranges::any_of(all.obstacles, [](const Obstacle& one) { return one.detail == "/bin/sh"; }));
  std::uint64_t counted = 0;
  for (const Obstacle& one : all.obstacles)
    if (one.number == 16) counted += one.count;
  EXPECT_EQ(counted, 10'000U);
}

TEST(Obstacles, AFloodOfPathsIsBoundedAndKeepsTheLast) {
  Obstacles obstacles;
  for (int i = 0; i < 100'000; ++i) obstacles.note(missing(std::to_string(i)));
  obstacles.note(denied(59, "/bin/sh"));
  const Explanation all = obstacles.list();
  EXPECT_EQ(all.obstacles.size(), Obstacles::kMost + 2);
  EXPECT_EQ(all.uncounted, 100'000U - Obstacles::kMost - 1);
  EXPECT_TRUE(std::ranges::any_of(all.obstacles, [](const Obstacle& one) { return one.detail == "99999"; }));
}

bool found_later(const Explanation& all, std::string_view path) {
  return std::ranges::any_of(all.obstacles, [&](const Obstacle& one) { return one.detail == path && one.found_later; });
}

TEST(Obstacles, ASearchThatSucceedsIsKnown) {
  Obstacles obstacles;
  obstacles.note(missing("/a/data"));
  obstacles.note(missing("/b/data"));
  obstacles.found("/c/data", 0);
  obstacles.note(missing("/a/other"));
  obstacles.found("/c/third", 0);
  obstacles.found("/d/other", 0);
  obstacles.note(missing("/a/more"));
  obstacles.found("/c/more", 7);
  const Explanation all = obstacles.list();
  EXPECT_TRUE(found_later(all, "/a/data"));
  EXPECT_TRUE(found_later(all, "/b/data"));
  EXPECT_FALSE(found_later(all, "/a/other")) << "another look-up came between";
  EXPECT_FALSE(found_later(all, "/a/more")) << "another process found it";
  obstacles.note(missing("/a/data"));
  EXPECT_FALSE(found_later(obstacles.list(), "/a/data")) << "this time nothing was found";
}

TEST(CallDetail, NamesWhatPeopleKnow) {
  EXPECT_EQ(call_detail(__NR_socket, {AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC}, {}), "AF_INET6, SOCK_DGRAM");
  EXPECT_EQ(call_detail(__NR_socket, {99, 9}, {}), "99, 9");
  EXPECT_EQ(call_detail(__NR_mprotect, {0, 0, 5}, {}), "PROT_READ|PROT_EXEC");
  EXPECT_EQ(call_detail(__NR_ioctl, {0, 0xffffffff'0000540f}, {}), "0x540f");
  EXPECT_EQ(call_detail(__NR_execve, {}, "/bin/sh"), "/bin/sh");
  EXPECT_EQ(call_detail(__NR_getpid, {}, {}), "");
}

}  // namespace
}  // namespace immure::attest
