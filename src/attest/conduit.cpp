#include "attest/conduit.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::attest {

Conduit::Conduit(sys::Fd from, sys::Pipe to, std::uint64_t limit)
    : from_(std::move(from)), to_(std::move(to.write)), left_(limit) {
  // Only this end becomes nonblocking. The program's end is another open file description.
  ::fcntl(to_.get(), F_SETFL, O_WRONLY | O_NONBLOCK);
}

std::array<pollfd, 2> Conduit::wanted() const {
  const bool pending = !pending_.empty();
  // poll(2) reports POLLERR even if nothing is asked for. So the Conduit learns of a reader that has closed its pipe
  // while the writer is silent.
  return {pollfd{.fd = pending ? -1 : from_.get(), .events = POLLIN, .revents = 0},
          pollfd{.fd = to_.get(), .events = static_cast<short>(pending ? POLLOUT : 0), .revents = 0}};
}

void Conduit::advance(const pollfd& writer, const pollfd& reader) {
  if ((reader.revents & POLLERR) != 0) return stop_writer();
  if (!pending_.empty()) {
    if (reader.revents != 0) drain();
  } else if (writer.revents != 0) {
    fill();
  }
}

void Conduit::fill() {
  std::array<char, 64 << 10> buffer;
  const auto count = sys::read_some(from_.get(), std::as_writable_bytes(std::span(buffer)));
  if (!count && count.error().value == EAGAIN) return;
  if (!count || *count == 0) {
    at_end_ = count.has_value();
    if (!count) failed_ = count.error().value;
    from_.reset();
    return end_reader();
  }
  const std::string_view bytes(buffer.data(), std::min<std::uint64_t>(*count, left_));
  left_ -= bytes.size();
  bytes_ += bytes.size();
  written_hash_.update(bytes);
  pending_ = bytes;
  if (bytes.size() == *count) return;
  cut_ = true;
  from_.reset();
  if (pending_.empty()) end_reader();
}

void Conduit::drain() {
  const auto count = sys::call_until_done(::write, to_.get(), pending_.data(), pending_.size());
  if (!count && count.error().value == EAGAIN) return;
  if (!count) {
    if (count.error().value != EPIPE) failed_ = count.error().value;
    return stop_writer();
  }
  const auto bytes = static_cast<std::size_t>(*count);
  delivered_ += bytes;
  delivered_hash_.update(std::string_view(pending_).substr(0, bytes));
  pending_.erase(0, bytes);
  if (pending_.empty() && !from_) end_reader();
}

void Conduit::stop_writer() {
  from_.reset();
  pending_.clear();
  end_reader();
}

void Conduit::end_reader() {
  if (!to_) return;
  // The kernel opens the same pipe once more.
  const std::string path = "/proc/self/fd/" + std::to_string(to_.get());
  auto rest = sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK);
  if (rest) {
    rest_ = *std::move(rest);
  } else {
    failed_ = rest.error().value;
  }
  to_.reset();
}

evidence::PipeWritten Conduit::written() { return {.bytes = bytes_, .sha256 = text::hex(written_hash_.finish())}; }

evidence::PipeRead Conduit::read() {
  from_.reset();
  pending_.clear();
  end_reader();
  int left = 0;
  if (rest_) {
    // ioctl(2) is variadic, and the other sys::call() takes only functions with fixed parameters.
    const auto asked = sys::call([&] { return ::ioctl(rest_.get(), FIONREAD, &left); });
    if (!asked) failed_ = asked.error().value;
  }
  rest_.reset();
  return {.bytes = delivered_,
          .sha256 = text::hex(delivered_hash_.finish()),
          .taken = delivered_ - std::min(delivered_, static_cast<std::uint64_t>(std::max(left, 0))),
          .whole = at_end_ && delivered_ == bytes_};
}

}  // namespace immure::attest
