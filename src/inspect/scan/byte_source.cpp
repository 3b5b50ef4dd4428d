#include "inspect/scan/byte_source.hpp"

#include <algorithm>

#include <sys/mman.h>

#include "sys/file.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

}  // namespace

Mapping::Mapping(const ContainerBytes& bytes) {
  void* place = ::mmap(nullptr, bytes.size, PROT_READ, MAP_PRIVATE, bytes.fd, 0);
  if (place != MAP_FAILED) bytes_ = Bytes(static_cast<const std::byte*>(place), bytes.size);
}

Mapping::~Mapping() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

Bytes ByteSource::at(std::uint64_t offset) {
  if (offset >= bytes_.size || error_ != 0) return {};
  if (bytes_.fd < 0) {
    const Bytes rest = bytes_.memory.subspan(std::min<std::uint64_t>(offset, bytes_.memory.size()));
    return rest.first(std::min(rest.size(), kBlock));
  }
  if (!block_) block_ = std::make_unique_for_overwrite<std::byte[]>(kBlock);
  // Parsers of directories ask for one small record after another.
  constexpr std::uint64_t kEnough = 4096;
  const std::uint64_t block_end = block_start_ + block_size_;
  const bool there = offset >= block_start_ && offset < block_end;
  if (there && (block_end - offset >= kEnough || block_end == bytes_.size))
    return Bytes(block_.get(), block_size_).subspan(offset - block_start_);
  const auto count = sys::read_at(bytes_.fd, std::span(block_.get(), kBlock), offset);
  if (!count) error_ = count.error().value;
  block_start_ = offset;
  block_size_ = count ? *count : 0;
  return Bytes(block_.get(), block_size_);
}

Bytes ByteSource::part(std::uint64_t offset, std::uint64_t size, std::uint64_t most) {
  const std::uint64_t wanted = std::min(size, most);
  if (bytes_.fd < 0) {
    const Bytes rest = bytes_.memory.subspan(std::min<std::uint64_t>(offset, bytes_.memory.size()));
    return rest.first(std::min<std::uint64_t>(rest.size(), wanted));
  }
  part_.clear();
  while (part_.size() < wanted) {
    const Bytes more = at(offset + part_.size());
    if (more.empty()) break;
    const Bytes taken = more.first(std::min<std::uint64_t>(more.size(), wanted - part_.size()));
    part_.insert(part_.end(), taken.begin(), taken.end());
  }
  return part_;
}

std::uint64_t ByteSource::after_zeros(std::uint64_t offset) {
  for (Bytes block = at(offset); !block.empty(); block = at(offset)) {
    const auto found = std::ranges::find_if(block, [](std::byte byte) { return byte != std::byte{0}; });
    offset += static_cast<std::uint64_t>(found - block.begin());
    if (found != block.end()) return offset;
  }
  return bytes_.size;
}

}  // namespace immure::inspect
