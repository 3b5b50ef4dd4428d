#include "attest/relay.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string_view>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/patience.hpp"
#include "text/hex.hpp"

namespace immure::attest {

namespace {

bool is_regular_file(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Relay::Relay(sys::Fd from, int to, Allowance& allowance)
    : from_(std::move(from)),
      to_(to),
      terminal_(::isatty(to) == 1),
      may_block_(!is_regular_file(to)),
      allowance_(allowance) {}

pollfd Relay::wanted() const {
  if (!open()) return {.fd = -1, .events = 0, .revents = 0};
  return pending_.empty() ? pollfd{.fd = from_.get(), .events = POLLIN, .revents = 0}
                          : pollfd{.fd = to_, .events = POLLOUT, .revents = 0};
}

void Relay::advance() {
  if (pending_.empty()) {
    fill();
  } else {
    drain();
  }
}

std::string Relay::digest() { return text::hex(hash_.finish()); }

void Relay::fill() {
  std::array<char, 16384> buffer;
  const auto count = sys::read_some(from_.get(), std::as_writable_bytes(std::span(buffer)));
  if (!count && count.error().value == EAGAIN) return;
  if (!count) lost_ = count.error().value;
  if (!count || *count == 0) return end();
  const std::string_view bytes(buffer.data(), std::min<std::uint64_t>(*count, allowance_.left));
  allowance_.left -= bytes.size();
  hash_.update(bytes);
  pending_ = terminal_ ? visible_.next(bytes) : std::string(bytes);
  if (bytes.size() == *count) return;
  allowance_.cut = true;
  end();
}

void Relay::end() {
  pending_ += visible_.rest();
  from_.reset();
}

void Relay::drain() {
  // A pipe that polls as writable takes PIPE_BUF bytes without blocking, unless another process fills it meanwhile
  // (pipe(7)). A terminal may take fewer.
  constexpr std::size_t kPiece = 4096;
  constexpr int kPieceMs = 20;
  const std::string_view piece = std::string_view(pending_).substr(0, kPiece);
  const auto count = may_block_ ? sys::write_within(to_, piece, kPieceMs) : sys::write_some(to_, piece);
  if (!count) {
    const int failure = count.error().value;
    if (failure == EINTR || failure == EAGAIN) return;
    // EPIPE means that nobody reads any more. The payload then gets EPIPE too, as it would without the relay. After any
    // other error, bytes are lost.
    if (failure != EPIPE) lost_ = failure;
    pending_.clear();
    from_.reset();
    return;
  }
  pending_.erase(0, *count);
}

}  // namespace immure::attest
