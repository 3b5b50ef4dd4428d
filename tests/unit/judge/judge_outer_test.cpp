#include <functional>

#include <gtest/gtest.h>

#include "../sample/sample.hpp"
#include "judge/judge.hpp"

namespace immure::judge {
namespace {

using evidence::Evidence;
using evidence::OuterWalls;

Evidence in_walls() {
  Evidence evidence = test::evidence_of_a_good_run();
  evidence.host.venue = "podman";
  OuterWalls walls{.command = {"/usr/bin/podman"},
                   .bounding_capabilities = "0000000000000000",
                   .effective_capabilities = "0000000000000000",
                   .namespaces = {{"ipc", 1}, {"mnt", 2}, {"net", 3}, {"pid", 4}, {"uts", 5}},
                   .root = {"ro"}};
  walls.no_new_privs = 1;
  walls.seccomp_mode = 2;
  walls.uid = 1000;
  evidence.outer = walls;
  return evidence;
}

TEST(OuterWalls, TheWallsOfAVenueHold) { EXPECT_TRUE(judge(in_walls(), Moment::kFinal).holds()); }

TEST(OuterWalls, ARuntimesNamespaceNeedsOneCapability) {
  Evidence evidence = in_walls();
  evidence.outer->bounding_capabilities = "0000000080000000";
  evidence.outer->effective_capabilities = "0000000080000000";
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
}

TEST(OuterWalls, EachThatIsMissingIsNamedByItsTest) {
  struct Case {
    int test;
    const char* where;
    std::function<void(OuterWalls&)> open;
  };
  const std::uint64_t host_net = in_walls().outside.front().host_namespaces.at("net");
  const Case cases[] = {
      {24, "/outer/namespaces/net", [&](OuterWalls& w) { w.namespaces["net"] = host_net; }},
      {24, "/outer/namespaces/net", [](OuterWalls& w) { w.namespaces.erase("net"); }},
      {30, "/outer/namespaces/mnt", [](OuterWalls& w) { w.namespaces["mnt"] = 0; }},
      {34, "/outer/namespaces/pid", [](OuterWalls& w) { w.namespaces.erase("pid"); }},
      {37, "/outer/namespaces/ipc", [](OuterWalls& w) { w.namespaces.erase("ipc"); }},
      {37, "/outer/namespaces/uts", [](OuterWalls& w) { w.namespaces.erase("uts"); }},
      {28, "/outer/root", [](OuterWalls& w) { w.root = {"rw"}; }},
      {35, "/outer/boundingCapabilities", [](OuterWalls& w) { w.bounding_capabilities = "0000000000200000"; }},
      {35, "/outer/effectiveCapabilities", [](OuterWalls& w) { w.effective_capabilities = "0000000000200000"; }},
      {35, "/outer/effectiveCapabilities", [](OuterWalls& w) { w.effective_capabilities = ""; }},
      {35, "/outer/noNewPrivs", [](OuterWalls& w) { w.no_new_privs = 0; }},
      {35, "/outer/uid", [](OuterWalls& w) { w.uid = 0; }},
      {36, "/outer/seccompMode", [](OuterWalls& w) { w.seccomp_mode = 0; }},
  };
  for (const Case& each : cases) {
    Evidence evidence = in_walls();
    each.open(*evidence.outer);
    const Judgement judgement = judge(evidence, Moment::kFinal);
    ASSERT_NE(judgement.first_failing(), nullptr) << each.where;
    EXPECT_EQ(judgement.first_failing()->number, each.test) << each.where;
    EXPECT_EQ(judgement.first_failing()->findings.front().where, each.where);
    EXPECT_EQ(judgement.first_failing()->findings.front().code.text(), "outer-walls");
  }
}

TEST(OuterWalls, BubblewrapHasNoFilterOfItsOwn) {
  Evidence evidence = in_walls();
  evidence.host.venue = "bubblewrap";
  evidence.outer->seccomp_mode = 0;
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
}

TEST(OuterWalls, WallsNeedAVenueAndAVenueNeedsWalls) {
  Evidence evidence = in_walls();
  evidence.outer.reset();
  EXPECT_EQ(judge(evidence, Moment::kFinal).rows.front().findings.front().code.text(), "outer-walls-missing");
  evidence = in_walls();
  evidence.host.venue = "native";
  EXPECT_EQ(judge(evidence, Moment::kFinal).rows.front().findings.front().code.text(), "outer-walls-missing");
}

TEST(OuterWalls, WallsAreWrittenAndReadBack) {
  Evidence evidence = in_walls();
  evidence.host.passed_over = {"native: namespaces: cannot be made"};
  evidence::Statement statement = test::statement_of_a_good_run();
  static_cast<Evidence&>(statement.predicate) = evidence;
  const std::string json = evidence::statement_json(statement);
  const auto read = evidence::parse_statement(json);
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_EQ(evidence::statement_json(*read), json);
}

/// Evidence with one container beside the cell. The container is separate from the cell.
Evidence beside_a_container() {
  Evidence evidence = in_walls();
  evidence.neighbours->containers = {
      {.id = "database", .mounts = 12, .namespaces = {{"ipc", 11}, {"mnt", 12}, {"net", 13}, {"user", 14}}}};
  return evidence;
}

TEST(Neighbours, ASeparateContainerIsNotRefused) {
  Evidence evidence = beside_a_container();
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
  evidence.neighbours->containers.front().namespaces.clear();
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
}

TEST(Neighbours, WhatIsSharedWithOneIsNamed) {
  struct Case {
    const char *code, *where;
    std::function<void(Evidence&)> share;
  };
  const Case cases[] = {
      {"container-shared", "/neighbours/containers/0/namespaces/net",
       [](Evidence& e) {
         e.neighbours->containers.front().namespaces["net"] = e.outside.front().namespaces.at("net");
       }},
      {"container-shared", "/neighbours/containers/0/namespaces/user",
       [](Evidence& e) {
         e.neighbours->containers.front().namespaces["user"] = e.outside.front().namespaces.at("user");
       }},
      {"container-shared", "/neighbours/containers/0/namespaces/mnt",
       [](Evidence& e) { e.neighbours->containers.front().namespaces["mnt"] = e.outer->namespaces.at("mnt"); }},
      {"container-shared", "/neighbours/containers/0/id",
       [](Evidence& e) { e.outer->command.emplace_back("--name=database"); }},
      {"neighbours-missing", "/neighbours/containers/0/mounts",
       [](Evidence& e) { e.neighbours->containers.front().mounts = 0; }},
      {"neighbours-missing", "/neighbours", [](Evidence& e) { e.neighbours->looked.clear(); }},
      {"neighbours-missing", "/neighbours", [](Evidence& e) { e.neighbours.reset(); }},
  };
  for (const Case& each : cases) {
    Evidence evidence = beside_a_container();
    each.share(evidence);
    const Judgement judgement = judge(evidence, Moment::kFinal);
    ASSERT_NE(judgement.first_failing(), nullptr) << each.where;
    EXPECT_EQ(judgement.first_failing()->number, 37) << each.where;
    EXPECT_EQ(judgement.first_failing()->findings.front().where, each.where);
    EXPECT_EQ(judgement.first_failing()->findings.front().code.text(), each.code);
  }
}

TEST(Neighbours, AUserNamespaceAroundTheWallsMayBeShared) {
  Evidence evidence = beside_a_container();
  evidence.outer->namespaces["user"] = 14;
  EXPECT_TRUE(judge(evidence, Moment::kFinal).holds());
}

TEST(Neighbours, ContainersAreWrittenAndReadBack) {
  evidence::Statement statement = test::statement_of_a_good_run();
  static_cast<Evidence&>(statement.predicate) = beside_a_container();
  const std::string json = evidence::statement_json(statement);
  const auto read = evidence::parse_statement(json);
  ASSERT_TRUE(read) << to_text(read.error());
  EXPECT_EQ(evidence::statement_json(*read), json);
}

}  // namespace
}  // namespace immure::judge
