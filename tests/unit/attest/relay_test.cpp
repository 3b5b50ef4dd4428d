/// Passes one stream of the payload to the operator, over pipes.
#include "attest/relay.hpp"

#include <csignal>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "file/sha256.hpp"

namespace immure::attest {
namespace {

struct Pipe {
  sys::Fd out, in;
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    out = sys::Fd(ends[0]);
    in = sys::Fd(ends[1]);
  }
  void write(std::string_view text) const {
    ASSERT_EQ(::write(in.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] std::string read() const {
    std::string text(1 << 16, '\0');
    const ssize_t count = ::read(out.get(), text.data(), text.size());
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }
};

class RelayTest : public testing::Test {
 protected:
  Pipe payload, operators;
  Allowance allowance{.left = 1000};

  Relay relay() { return {std::move(payload.out), operators.in.get(), allowance}; }
};

TEST_F(RelayTest, PassesOnWhatItReadsAndItsDigest) {
  Relay relay = this->relay();
  payload.write("some text");
  EXPECT_EQ(relay.wanted().events, POLLIN);
  relay.advance();
  EXPECT_EQ(relay.wanted().events, POLLOUT);
  EXPECT_EQ(relay.wanted().fd, operators.in.get());
  relay.advance();
  EXPECT_EQ(operators.read(), "some text");
  EXPECT_EQ(allowance.left, 1000U - 9U);
  EXPECT_FALSE(allowance.cut);
  EXPECT_EQ(relay.lost(), 0);
  EXPECT_EQ(relay.digest(), file::sha256_hex("some text"));
}

TEST_F(RelayTest, StaysOpenWhileThePayloadIsSilent) {
  Relay relay = this->relay();
  relay.advance();
  EXPECT_TRUE(relay.open());
  EXPECT_EQ(relay.lost(), 0);
}

TEST_F(RelayTest, EndsWithThePayloadAndPassesOnTheRestFirst) {
  Relay relay = this->relay();
  payload.write("last words");
  payload.in.reset();
  relay.advance();
  EXPECT_TRUE(relay.open());
  relay.advance();
  relay.advance();
  EXPECT_FALSE(relay.open());
  EXPECT_EQ(relay.wanted().fd, -1);
  EXPECT_EQ(operators.read(), "last words");
}

TEST_F(RelayTest, CutsAtTheAllowanceAndClosesThePayloadsEnd) {
  std::signal(SIGPIPE, SIG_IGN);
  allowance.left = 4;
  Relay relay = this->relay();
  payload.write("too much");
  relay.advance();
  EXPECT_TRUE(allowance.cut);
  EXPECT_EQ(::write(payload.in.get(), "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  relay.advance();
  EXPECT_EQ(operators.read(), "too ");
  EXPECT_FALSE(relay.open());
  EXPECT_EQ(relay.digest(), file::sha256_hex("too "));
}

TEST_F(RelayTest, ExactlyTheAllowanceIsNotCut) {
  allowance.left = 4;
  Relay relay = this->relay();
  payload.write("just");
  relay.advance();
  EXPECT_FALSE(allowance.cut);
  EXPECT_EQ(allowance.left, 0U);
}

TEST_F(RelayTest, AReaderThatIsGoneClosesThePayloadsEndAndIsNoLoss) {
  std::signal(SIGPIPE, SIG_IGN);
  Relay relay = this->relay();
  operators.out.reset();
  payload.write("text");
  relay.advance();
  relay.advance();
  EXPECT_FALSE(relay.open());
  EXPECT_EQ(relay.lost(), 0);
  EXPECT_EQ(::write(payload.in.get(), "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
}

TEST_F(RelayTest, AFullDiskIsALoss) {
  const sys::Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  Relay relay(std::move(payload.out), full.get(), allowance);
  payload.write("text");
  relay.advance();
  relay.advance();
  EXPECT_EQ(relay.lost(), ENOSPC);
}

}  // namespace
}  // namespace immure::attest
