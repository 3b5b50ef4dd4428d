#include "inspect/report/output_dir.hpp"

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;

std::string temporary_name(const std::string& name) {
  std::array<std::uint8_t, 8> random{};
  // O_EXCL protects an existing file. Without random bytes others can merely foresee the name.
  if (::getrandom(random.data(), random.size(), 0) < 0) random.fill(0);
  return "." + name + "." + text::hex(random) + ".tmp";
}

}  // namespace

OutputFile::OutputFile(int directory, std::string name, std::string temporary, sys::Fd fd)
    : directory_(directory), name_(std::move(name)), temporary_(std::move(temporary)), fd_(std::move(fd)) {
  buffer_.reserve(kBuffer + 4096);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : directory_(other.directory_),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})),
      buffer_(std::move(other.buffer_)),
      sha256_(std::move(other.sha256_)),
      fd_(std::move(other.fd_)),
      hash_(other.hash_),
      size_(other.size_),
      number_(other.number_) {}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) ::unlinkat(directory_, temporary_.c_str(), 0);
}

Result<OutputFile> OutputFile::create(int directory, std::string name) {
  std::string temporary = temporary_name(name);
  auto fd = sys::open_at(directory, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
  if (!fd) return fail(Code::kSystem, name, "cannot be written", "Is the output directory writable?", fd.error().value);
  return OutputFile(directory, std::move(name), std::move(temporary), *std::move(fd));
}

void OutputFile::append(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBuffer) flush();
}

void OutputFile::flush() {
  hash_.update(buffer_);
  size_ += buffer_.size();
  if (number_ == 0) {
    if (auto written = sys::write_all(fd_.get(), buffer_); !written) number_ = written.error().value;
  }
  buffer_.clear();
}

OutputFile::Content OutputFile::finish() {
  flush();
  if (number_ == 0) number_ = sys::error_of(::fsync, fd_.get());
  return {.size = size_, .sha256 = hash_.finish(), .number = number_};
}

Result<void> OutputFile::publish(const Content& content) {
  int number = content.number;
  fd_.reset();
  if (number == 0) number = sys::error_of(::renameat2, directory_, temporary_.c_str(), directory_, name_.c_str(), 0U);
  if (number != 0) return fail(Code::kSystem, name_, "cannot be written", {}, number);
  temporary_.clear();
  size_ = content.size;
  sha256_ = text::hex(content.sha256);
  return {};
}

}  // namespace immure::inspect
