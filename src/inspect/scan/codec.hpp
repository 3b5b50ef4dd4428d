/// A decoder of one format of compressed streams, which gets its input and gives its output in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "inspect/scan/file_type.hpp"

namespace immure::inspect {

class Codec {
 public:
  using Out = std::span<std::byte>;
  enum class Went : std::uint8_t { kOn, kEnded, kDamaged, kUnsupported };
  struct Step {
    std::size_t used = 0, made = 0;  ///< if both are zero, the decoder lacks input
    Went went = Went::kOn;
  };

  Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  virtual ~Codec() = default;

  virtual Step step(Bytes in, Out out) = 0;
  /// Makes the decoder ready for the next stream, after one has ended.
  virtual bool restart() { return false; }
  /// True if another stream of the format begins here.
  [[nodiscard]] virtual bool follows(std::string_view /*bytes*/) const { return false; }
  /// True if the stream may end here, in a format that does not mark the end of a stream.
  [[nodiscard]] virtual bool may_end() const { return false; }
};

/// The decoder for this kind of stream; null for containers that have members.
[[nodiscard]] std::unique_ptr<Codec> make_codec(Container container);

/// The decoder for files of compress(1), `.Z`.
[[nodiscard]] std::unique_ptr<Codec> make_compress_codec();
/// The decoder for files of `lz4 -l`, which Linux kernels have: blocks of at most 8 MiB, each after its packed size.
[[nodiscard]] std::unique_ptr<Codec> make_lz4_legacy_codec();

}  // namespace immure::inspect
