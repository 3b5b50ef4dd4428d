/// Calls of libc that return their error as a value.
#include "sys/libc.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "sys/file.hpp"

namespace immure::sys {
namespace {

TEST(Libc, ReturnsTheValueOfACallThatSucceeds) {
  const auto opened = call([] { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); });
  ASSERT_TRUE(opened);
  const Fd fd(*opened);
  struct stat status{};
  EXPECT_EQ(error_of(::fstat, fd.get(), &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST(Libc, ReturnsTheErrnoOfACallThatFails) {
  struct stat status{};
  EXPECT_EQ(error_of(::fstat, -1, &status), EBADF);
  EXPECT_EQ(error_of(::stat, "/no/such/file", &status), ENOENT);
  EXPECT_EQ(error_of(call(::lseek, -1, 0, SEEK_SET)), EBADF);
}

TEST(Libc, ACallThatSucceedsLeavesNoOldErrorBehind) {
  errno = EACCES;
  struct stat status{};
  EXPECT_EQ(error_of(::stat, "/", &status), 0);
}

TEST(Libc, ANullPointerAndMapFailedAreFailures) {
  EXPECT_EQ(error_of(call(::realpath, "/no/such/file", nullptr)), ENOENT);
  EXPECT_EQ(error_of(call(::mmap, nullptr, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)), EINVAL);
}

/// Interrupts a read once: the handler of the signal writes the byte that the second read gets.
int interrupted_pipe = -1;
void write_one_byte(int) { static_cast<void>(write_all(interrupted_pipe, "x")); }

TEST(Libc, ASignalDoesNotEndACallUntilDone) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  interrupted_pipe = pipe->write.get();
  struct sigaction action{}, before{};
  action.sa_handler = write_one_byte;  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGALRM, &action, &before), 0);
  itimerval soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 20'000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &soon, nullptr), 0);
  char byte = 0;
  const auto read = call_until_done(::read, pipe->read.get(), &byte, 1U);
  ::sigaction(SIGALRM, &before, nullptr);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, 1);
  EXPECT_EQ(byte, 'x');
}

TEST(Libc, FillsWithRandomBytes) {
  std::array<std::byte, 32> one{}, other{};
  ASSERT_TRUE(fill_with_random(one));
  ASSERT_TRUE(fill_with_random(other));
  EXPECT_NE(one, other);
}

TEST(Libc, WaitsForTheEndOfAChild) {
  const auto child = call(::fork);
  ASSERT_TRUE(child);
  if (*child == 0) ::_exit(7);
  const auto status = wait_for_end(*child);
  ASSERT_TRUE(status);
  EXPECT_EQ(WEXITSTATUS(*status), 7);
  EXPECT_EQ(error_of(wait_for_end(*child)), ECHILD);
}

class TemporaryLink : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    held = open_at(AT_FDCWD, directory.c_str(), O_PATH | O_DIRECTORY).value_or(Fd());
    ASSERT_TRUE(held);
  }
  void TearDown() override {
    ::unlinkat(held.get(), "link", 0);
    ::rmdir(directory.c_str());
  }
  std::string directory = testing::TempDir() + "immure-libc-XXXXXX";
  Fd held;
};

TEST_F(TemporaryLink, SaysWhereItLeads) {
  ASSERT_EQ(::symlinkat("some/place", held.get(), "link"), 0);
  EXPECT_EQ(link_target(held.get(), "link"), "some/place");
  const auto link = open_at(held.get(), "link", O_PATH | O_NOFOLLOW);
  ASSERT_TRUE(link);
  EXPECT_EQ(link_target(link->get(), ""), "some/place");
}

TEST_F(TemporaryLink, AsLongAsTheKernelAllows) {
  const std::string longest(4095, 'a');
  ASSERT_EQ(::symlinkat(longest.c_str(), held.get(), "link"), 0);
  EXPECT_EQ(link_target(held.get(), "link"), longest);
}

TEST_F(TemporaryLink, WhatIsNoLinkHasNoTarget) {
  EXPECT_EQ(error_of(link_target(held.get(), "link")), ENOENT);
  EXPECT_EQ(error_of(link_target(AT_FDCWD, "/")), EINVAL);
}

TEST(ReadAt, ReadsFromAnOffsetAndLeavesThePositionAlone) {
  const auto made = call(::memfd_create, "read-at", MFD_CLOEXEC);
  ASSERT_TRUE(made);
  const Fd memory(*made);
  ASSERT_TRUE(write_all(memory.get(), "0123456789"));
  std::array<std::byte, 4> bytes{};
  EXPECT_EQ(read_at(memory.get(), bytes, 8), std::size_t{2});
  EXPECT_EQ(bytes[1], std::byte{'9'});
  EXPECT_EQ(read_at(memory.get(), bytes, 10), std::size_t{0});
  EXPECT_EQ(call(::lseek, memory.get(), 0, SEEK_CUR), off_t{10});
}

}  // namespace
}  // namespace immure::sys
