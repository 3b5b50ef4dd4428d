/// The bytes of a container, in memory or behind a descriptor.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "inspect/scan/file_type.hpp"

namespace immure::inspect {

/// A container's bytes: in memory, or behind a descriptor if the container is larger than the part that is analysed.
struct ContainerBytes {
  Bytes memory;
  int fd = -1;
  std::uint64_t size = 0;
};

/// A file in memory as a whole, for parsers that need all of it at once. If somebody cuts off the file, the worker
/// dies, and the file has a finding.
class Mapping {
 public:
  explicit Mapping(const ContainerBytes& bytes);
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();
  /// Empty if the file is too large for the worker's memory.
  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

class ByteSource {
 public:
  explicit ByteSource(const ContainerBytes& bytes) : bytes_(bytes) {}

  /// Some bytes at this place; none at the end. After an error there are no more bytes, and error() is an errno.
  [[nodiscard]] Bytes at(std::uint64_t offset);
  /// All bytes of this part, but at most `most`. The part must lie within the container.
  [[nodiscard]] Bytes part(std::uint64_t offset, std::uint64_t size, std::uint64_t most);
  /// The first place from `offset` on that has another byte than zero; the size if there is none.
  [[nodiscard]] std::uint64_t after_zeros(std::uint64_t offset);

  [[nodiscard]] std::uint64_t size() const { return bytes_.size; }
  [[nodiscard]] int error() const { return error_; }

 private:
  const ContainerBytes& bytes_;
  std::unique_ptr<std::byte[]> block_;
  std::uint64_t block_start_ = 0;  ///< where the bytes in block_ lie in the container
  std::size_t block_size_ = 0;
  std::vector<std::byte> part_;
  int error_ = 0;
};

}  // namespace immure::inspect
