#include "inspect/scan/stream.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "inspect/scan/codec.hpp"

namespace immure::inspect {
namespace {

constexpr std::size_t kBuffer = 256 * 1024;

/// Decompresses one stream after another.
class Decompression {
 public:
  Decompression(Codec& codec, ByteSource& source, std::uint64_t start, const std::function<bool(Bytes)>& output)
      : codec_(codec), source_(source), at_(start), output_(output) {}

  StreamEnd run() {
    while (true) {
      const Bytes in = source_.at(at_);
      const Codec::Step step = codec_.step(in, {out_.get(), kBuffer});
      at_ += step.used;
      if (step.made > 0 && !output_(Bytes(out_.get(), step.made))) return {StreamEnd::State::kStopped, at_, {}};
      if (step.went == Codec::Went::kDamaged)
        return {StreamEnd::State::kDamaged, at_, "its compressed data is damaged"};
      if (step.went == Codec::Went::kUnsupported)
        return {StreamEnd::State::kUnsupported, at_, "needs a window, a dictionary or a filter that is not supported"};
      if (step.went == Codec::Went::kEnded) {
        if (!next()) return {StreamEnd::State::kWhole, at_, {}};
      } else if (step.used == 0 && step.made == 0) {
        return cut();
      }
    }
  }

 private:
  /// Goes on to the next stream. Returns false if none follows.
  bool next() {
    std::uint64_t following = at_;
    // xz pads streams with zeros, and so do tapes.
    if (!codec_.follows(as_text(source_.at(following)))) following = source_.after_zeros(at_);
    if (following >= source_.size() || !codec_.follows(as_text(source_.at(following))) || !codec_.restart())
      return false;
    at_ = following;
    return true;
  }
  StreamEnd cut() {
    if (source_.error() == 0 && codec_.may_end()) return {StreamEnd::State::kWhole, at_, {}};
    return {StreamEnd::State::kDamaged, at_,
            source_.error() != 0 ? "cannot be read" : "its compressed data is cut off"};
  }

  Codec& codec_;
  ByteSource& source_;
  std::uint64_t at_;
  const std::function<bool(Bytes)>& output_;
  std::unique_ptr<std::byte[]> out_ = std::make_unique_for_overwrite<std::byte[]>(kBuffer);
};

}  // namespace

bool is_stream(Container container) { return container >= Container::kGzip && container <= Container::kCompress; }

StreamEnd decompress(Container container, ByteSource& source, std::uint64_t start,
                     const std::function<bool(Bytes)>& output) {
  const auto made = make_codec(container);
  if (!made) return {StreamEnd::State::kUnsupported, start, "there is no decoder"};
  return Decompression(*made, source, start, output).run();
}

bool begins_stream(Container container, Bytes bytes) {
  constexpr std::size_t kLookedAt = 64 * 1024;
  const auto made = make_codec(container);
  if (!made) return false;
  Bytes rest = bytes.first(std::min(bytes.size(), kLookedAt));
  std::array<std::byte, 4096> out;
  std::size_t total = 0;
  while (true) {
    const Codec::Step step = made->step(rest, out);
    total += step.made;
    rest = rest.subspan(step.used);
    if (step.went == Codec::Went::kDamaged || step.went == Codec::Went::kUnsupported) return false;
    if (step.went == Codec::Went::kEnded || total > kLookedAt) return true;
    if (step.used == 0 && step.made == 0) return total > 0;
  }
}

}  // namespace immure::inspect
