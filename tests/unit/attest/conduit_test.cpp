#include "attest/conduit.hpp"

#include <csignal>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "file/sha256.hpp"
#include "sys/file.hpp"

namespace immure::attest {
namespace {

/// A writer and a reader with a Conduit between them, all in this process.
struct Joined {
  explicit Joined(std::uint64_t limit = 1 << 20) : Joined(*sys::make_pipe(), *sys::make_pipe(), limit) {}
  Joined(sys::Pipe from, sys::Pipe to, std::uint64_t limit)
      : writer(std::move(from.write)),
        reader(::dup(to.read.get())),
        conduit(std::move(from.read), {std::move(to.read), std::move(to.write)}, limit) {}

  void write(std::string_view text) const {
    ASSERT_EQ(::write(writer.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// Lets the Conduit do all that it can do at once.
  void settle() {
    while (conduit.open()) {
      auto fds = conduit.wanted();
      if (::poll(fds.data(), fds.size(), 0) <= 0) return;
      conduit.advance(fds[0], fds[1]);
    }
  }
  std::string read() const {
    std::string text(1 << 16, '\0');
    const ssize_t count = ::read(reader.get(), text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

  sys::Fd writer, reader;
  Conduit conduit;
};

TEST(Conduit, PassesOnWhatIsWrittenAndTheEnd) {
  Joined joined;
  joined.write("some text");
  joined.settle();
  EXPECT_EQ(joined.read(), "some text");
  joined.writer.reset();
  joined.settle();
  EXPECT_FALSE(joined.conduit.open());
  EXPECT_EQ(joined.read(), "");
  const std::string digest = file::sha256_hex("some text");
  EXPECT_EQ(joined.conduit.written(), (evidence::PipeWritten{.bytes = 9, .sha256 = digest}));
  EXPECT_EQ(joined.conduit.read(), (evidence::PipeRead{.bytes = 9, .sha256 = digest, .taken = 9, .whole = true}));
  EXPECT_EQ(joined.conduit.failed(), 0);
}

TEST(Conduit, TellsTheWriterThatTheReaderIsGone) {
  Joined joined;
  joined.write("first");
  joined.settle();
  EXPECT_EQ(joined.read(), "first");
  joined.reader.reset();
  // The supervisor blocks this signal, as its deadline says.
  ::signal(SIGPIPE, SIG_IGN);
  joined.settle();
  EXPECT_FALSE(joined.conduit.open());
  EXPECT_EQ(::write(joined.writer.get(), "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  EXPECT_FALSE(joined.conduit.read().whole);
}

TEST(Conduit, CountsWhatTheReaderLeft) {
  Joined joined;
  joined.write("0123456789");
  joined.writer.reset();
  joined.settle();
  char some[4];
  ASSERT_EQ(::read(joined.reader.get(), some, sizeof some), 4);
  joined.reader.reset();
  const evidence::PipeRead read = joined.conduit.read();
  EXPECT_EQ(read.bytes, 10U);
  EXPECT_EQ(read.taken, 4U);
  EXPECT_TRUE(read.whole);
}

TEST(Conduit, HasALimit) {
  Joined joined(4);
  joined.write("0123456789");
  joined.settle();
  EXPECT_TRUE(joined.conduit.cut());
  EXPECT_EQ(joined.read(), "0123");
  EXPECT_EQ(joined.read(), "");
  EXPECT_EQ(::write(joined.writer.get(), "x", 1), -1);
  const evidence::PipeWritten written = joined.conduit.written();
  EXPECT_EQ(written.bytes, 4U);
  EXPECT_FALSE(joined.conduit.read().whole);
}

TEST(Conduit, WaitsForAReaderThatIsSlow) {
  Joined joined;
  const std::string much(1 << 16, 'x');
  for (int i = 0; i < 3; ++i) {
    joined.write(i == 0 ? much : much.substr(0, 1000));
    joined.settle();
  }
  EXPECT_TRUE(joined.conduit.open());
  EXPECT_EQ(joined.read().size(), much.size());
  joined.writer.reset();
  joined.settle();
  EXPECT_EQ(joined.read().size(), 2000U);
}

}  // namespace
}  // namespace immure::attest
