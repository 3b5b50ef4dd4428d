/// An owned descriptor, which its last owner closes once.
#include "sys/fd.hpp"

#include <utility>

#include <fcntl.h>

#include <gtest/gtest.h>

#include "sys/file.hpp"

namespace immure::sys {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
Fd opened() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(Fd, ClosesItsDescriptorAtItsEnd) {
  int number = -1;
  {
    const Fd fd = opened();
    ASSERT_TRUE(fd);
    number = fd.get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, AMovedFromOneIsEmpty) {
  Fd from = opened();
  const int number = from.get();
  const Fd to = std::move(from);
  EXPECT_EQ(from.get(), -1);  // NOLINT(bugprone-use-after-move): the test checks the moved object
  EXPECT_EQ(to.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(Fd, AssignmentClosesWhatWasHeld) {
  Fd fd = opened();
  const int first = fd.get();
  Fd other = opened();
  const int second = other.get();
  fd = std::move(other);
  EXPECT_FALSE(is_open(first));
  EXPECT_EQ(fd.get(), second);
}

TEST(Fd, ReleaseGivesTheDescriptorAway) {
  int number = -1;
  {
    Fd fd = opened();
    number = fd.release();
    EXPECT_FALSE(fd);
  }
  EXPECT_TRUE(is_open(number));
  const Fd owner(number);
}

TEST(HasNoWriter, IsTrueOnceTheLastWriteEndIsClosed) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  EXPECT_EQ(has_no_writer(pipe->read.get()), false);
  pipe->write.reset();
  EXPECT_EQ(has_no_writer(pipe->read.get()), true);
}

}  // namespace
}  // namespace immure::sys
