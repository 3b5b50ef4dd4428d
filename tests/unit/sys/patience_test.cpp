/// Writing to a terminal from which no process reads.
#include "sys/patience.hpp"

#include <cerrno>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sys/fd.hpp"

namespace immure::sys {
namespace {

/// A terminal whose other end nobody reads.
struct Terminal {
  Fd master, slave;
  Terminal() : master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    char name[128] = {};
    EXPECT_EQ(::grantpt(master.get()), 0);
    EXPECT_EQ(::unlockpt(master.get()), 0);
    EXPECT_EQ(::ptsname_r(master.get(), name, sizeof name), 0);
    slave = Fd(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    EXPECT_TRUE(slave);
  }
};

const std::string kMuch(1 << 20, 'x');

TEST(WriteWithin, DoesNotWaitForAReader) {
  const Terminal terminal;
  std::size_t taken = 0;
  // A terminal takes some kilobytes, and then no more bytes.
  for (int i = 0; i < 5; ++i) taken += write_within(terminal.slave.get(), kMuch, 20).value_or(0);
  EXPECT_GT(taken, 0U);
  EXPECT_LT(taken, kMuch.size());
  const auto refused = write_within(terminal.slave.get(), kMuch, 20);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().value, EINTR);
}

TEST(WriteWithin, LeavesTheAlarmAsItWas) {
  struct sigaction before{}, after{};
  sigset_t mask_before, mask_after;
  ASSERT_EQ(::sigaction(SIGALRM, nullptr, &before), 0);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &mask_before), 0);
  const Terminal terminal;
  for (int i = 0; i < 3; ++i) static_cast<void>(write_within(terminal.slave.get(), kMuch, 5));
  ASSERT_EQ(::sigaction(SIGALRM, nullptr, &after), 0);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &mask_after), 0);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
  EXPECT_EQ(::sigismember(&mask_before, SIGALRM), ::sigismember(&mask_after, SIGALRM));
  // If write_within() had left an alarm, the alarm would end this process here.
  ::usleep(30'000);
}

TEST(WritePatiently, UsesItsPatienceUp) {
  const Terminal terminal;
  std::int64_t patience_ms = 200;
  const auto refused = write_patiently(terminal.slave.get(), kMuch, patience_ms);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().value, ETIMEDOUT);
  EXPECT_LE(patience_ms, 0);
}

TEST(WritePatiently, EndsWithASignalThatIsBlocked) {
  const Terminal terminal;
  sigset_t ending, before;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &ending, &before), 0);
  ASSERT_EQ(::raise(SIGTERM), 0);
  std::int64_t patience_ms = 1'000'000;
  const auto refused = write_patiently(terminal.slave.get(), kMuch, patience_ms);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().value, EINTR);
  const timespec at_once{};
  EXPECT_EQ(::sigtimedwait(&ending, nullptr, &at_once), SIGTERM);
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
}

// poll(2) refuses even one descriptor at a limit of 0.
TEST(WritePatiently, WritesAtALimitOfNoOpenFiles) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd out(ends[0]), in(ends[1]);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  std::int64_t patience_ms = 200;
  const auto written = write_patiently(in.get(), "text", patience_ms);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(written);
  char text[8] = {};
  ASSERT_EQ(::fcntl(out.get(), F_SETFL, O_NONBLOCK), 0);
  EXPECT_EQ(::read(out.get(), text, sizeof text), 4);
}

TEST(WritePatiently, WritesAllToAReader) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd out(ends[0]), in(ends[1]);
  std::int64_t patience_ms = 1000;
  EXPECT_TRUE(write_patiently(in.get(), std::string(10'000, 'y'), patience_ms));
  std::string text(20'000, '\0');
  EXPECT_EQ(::read(out.get(), text.data(), text.size()), 10'000);
}

}  // namespace
}  // namespace immure::sys
