#include "attest/feed.hpp"

#include <array>
#include <cerrno>
#include <span>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/io.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::attest {
namespace {

bool is_regular(const sys::Fd& file) {
  struct stat status{};
  return ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode);
}

/// How many bytes lie in a pipe; 0 if the kernel does not say.
std::uint64_t bytes_in(const sys::Fd& pipe) {
  int bytes = 0;
  return ::ioctl(pipe.get(), FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

}  // namespace

Result<sys::Fd> open_standard_input() {
  // Use a lambda, because fcntl(2) is variadic and the other sys::call() takes only functions with fixed parameters.
  const auto own = sys::call([] { return ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3); });
  if (!own)
    return fail(Code::kBadInput, "--stdin -", "the standard input of immure is closed",
                "Give a file, or start immure with a standard input.");
  return sys::Fd(*own);
}

Feed::Feed(sys::Fd from, sys::Pipe pipe, std::string name)
    : from_(std::move(from)), pipe_(std::move(pipe)), name_(std::move(name)) {
  // Make only this end nonblocking. The program's end is another open file description and still blocks, as programs
  // expect.
  ::fcntl(pipe_.write.get(), F_SETFL, O_WRONLY | O_NONBLOCK);
}

pollfd Feed::wanted() const {
  if (!open()) return {.fd = -1, .events = 0, .revents = 0};
  return pending_.empty() ? pollfd{.fd = from_.get(), .events = POLLIN, .revents = 0}
                          : pollfd{.fd = pipe_.write.get(), .events = POLLOUT, .revents = 0};
}

void Feed::advance() {
  if (pending_.empty()) {
    fill();
  } else {
    drain();
  }
}

void Feed::fill() {
  std::array<char, 64 << 10> buffer;
  const auto count = sys::read_some(from_.get(), std::as_writable_bytes(std::span(buffer)));
  if (!count && count.error().value == EAGAIN) return;
  if (!count || *count == 0) {
    at_end_ = count.has_value();
    if (!count) failed_ = count.error().value;
    pipe_.write.reset();
    return;
  }
  pending_.assign(buffer.data(), *count);
  bytes_ += *count;
  hash_.update(pending_);
}

void Feed::drain() {
  const auto count = sys::call_until_done(::write, pipe_.write.get(), pending_.data(), pending_.size());
  if (!count && count.error().value == EAGAIN) return;
  if (!count) {
    failed_ = count.error().value;
    pipe_.write.reset();
    return;
  }
  const auto bytes = static_cast<std::size_t>(*count);
  written_ += bytes;
  pending_.erase(0, bytes);
}

Result<evidence::StandardInput> Feed::finish(const GoOn& go_on) {
  evidence::StandardInput seen{.name = name_};
  seen.taken = written_ - bytes_in(pipe_.read);
  pipe_ = {};
  std::array<std::byte, 64 << 10> buffer;
  while (!at_end_ && failed_ == 0 && is_regular(from_)) {
    CHECK_OK(go_on());
    const auto count = sys::read_some(from_.get(), buffer);
    if (!count) {
      failed_ = count.error().value;
      break;
    }
    at_end_ = *count == 0;
    bytes_ += *count;
    hash_.update(std::span<const std::byte>(buffer).first(*count));
  }
  if (failed_ != 0)
    return fail(Code::kSystem, "--stdin " + name_, "could not be passed on to the program", {}, failed_);
  seen.bytes = bytes_;
  seen.whole = at_end_;
  seen.sha256 = text::hex(hash_.finish());
  return seen;
}

}  // namespace immure::attest
