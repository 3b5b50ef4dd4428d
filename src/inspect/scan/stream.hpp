/// Decompresses streams that have one content and no members, with the library of each format. libarchive could do most
/// of this, too, but does not say where a stream ends, loses everything if other bytes follow the stream, and looks for
/// streams within streams without a limit.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "inspect/scan/byte_source.hpp"
#include "inspect/scan/file_type.hpp"

namespace immure::inspect {

struct StreamEnd {
  enum class State : std::uint8_t {
    kWhole,        ///< the stream ended as it should
    kStopped,      ///< `output` wanted no more
    kDamaged,      ///< the stream is damaged or cut off
    kUnsupported,  ///< the decoder cannot do this, or may not use as much memory
  } state = State::kWhole;
  /// Where the next byte lies that belongs to no stream of the format. Streams may follow each other.
  std::uint64_t end = 0;
  std::string why;  ///< for kDamaged and kUnsupported
};

[[nodiscard]] bool is_stream(Container container);

/// Decompresses the streams at `start` of `source`, and passes what comes out to `output`, until `output` returns
/// false.
[[nodiscard]] StreamEnd decompress(Container container, ByteSource& source, std::uint64_t start,
                                   const std::function<bool(Bytes)>& output);

/// True if a stream of this format begins here and its first bytes can be decompressed. The function reads at most 64
/// KiB, so that its time has a limit.
[[nodiscard]] bool begins_stream(Container container, Bytes bytes);

}  // namespace immure::inspect
