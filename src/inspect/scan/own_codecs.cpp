#include <algorithm>
#include <cstring>
#include <vector>

#include <lz4.h>

#include "inspect/scan/codec.hpp"

namespace immure::inspect {
namespace {

class Lz4Legacy : public Codec {
 public:
  Step step(Bytes in, Out out) override {
    Step step;
    // The content of one block comes out in several steps.
    if (given_ == content_.size()) take_block(in, step);
    const Bytes fresh = Bytes(content_).subspan(given_);
    step.made = std::min(fresh.size(), out.size());
    std::copy_n(fresh.begin(), step.made, out.begin());
    given_ += step.made;
    return step;
  }
  [[nodiscard]] bool may_end() const override { return any_ && packed_.empty() && given_ == content_.size(); }

 private:
  static constexpr std::size_t kBlock = 8U << 20, kField = 4;
  static constexpr std::uint32_t kMagic = 0x184C2102;
  static std::uint32_t number(std::span<const std::byte> bytes) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data(), kField);
    return value;
  }
  void take_block(Bytes in, Step& step) {
    const std::size_t most = static_cast<std::size_t>(::LZ4_compressBound(static_cast<int>(kBlock)));
    while (packed_.size() < kField && step.used < in.size()) packed_.push_back(in[step.used++]);
    if (packed_.size() < kField) return;
    const std::uint32_t size = number(packed_);
    if (size == kMagic) return packed_.clear();
    // A size that no block can have does not belong to the stream.
    if (size == 0 || size > most) {
      step.used -= std::min(step.used, kField);
      step.went = any_ ? Went::kEnded : Went::kDamaged;
      return;
    }
    const std::size_t missing = kField + size - packed_.size();
    const Bytes more = in.subspan(step.used, std::min(missing, in.size() - step.used));
    packed_.insert(packed_.end(), more.begin(), more.end());
    step.used += more.size();
    if (packed_.size() < kField + size) return;
    content_.resize(kBlock);
    given_ = 0;
    const int made = ::LZ4_decompress_safe(reinterpret_cast<const char*>(packed_.data() + kField),
                                           reinterpret_cast<char*>(content_.data()), static_cast<int>(size),
                                           static_cast<int>(kBlock));
    content_.resize(made < 0 ? 0 : static_cast<std::size_t>(made));
    if (made < 0) step.went = Went::kDamaged;
    packed_.clear();
    any_ = true;
  }
  std::vector<std::byte> packed_, content_;
  std::size_t given_ = 0;
  bool any_ = false;
};

/// LZW as compress(1) writes it: codes of 9 to 16 bits, in groups of eight codes of one width.
class Compress : public Codec {
 public:
  Step step(Bytes in, Out out) override {
    Step step;
    while (header_ < kHeader && step.used < in.size()) {
      if (header_++ == kHeader - 1) begin(std::to_integer<unsigned>(in[step.used]));
      ++step.used;
    }
    if (broken_) return {.went = Went::kDamaged};
    while (header_ == kHeader) {
      // The bytes of one code come out back to front, in several steps.
      for (; !pending_.empty() && step.made < out.size(); pending_.pop_back()) out[step.made++] = pending_.back();
      if (!pending_.empty()) return step;
      for (; bits_ < skip_ + width_ && step.used < in.size() && bits_ <= 56; bits_ += 8)
        window_ |= std::to_integer<std::uint64_t>(in[step.used++]) << bits_;
      if (skip_ > 0) {
        const unsigned dropped = std::min(skip_, bits_);
        drop(dropped);
        skip_ -= dropped;
        if (step.used == in.size() && bits_ < width_) return step;
        continue;
      }
      if (bits_ < width_) return step;
      const auto code = static_cast<unsigned>(window_ & ((1ULL << width_) - 1));
      drop(width_);
      in_group_ += width_;
      if (!take(code)) {
        broken_ = true;
        step.went = step.made > 0 ? Went::kOn : Went::kDamaged;
        return step;
      }
    }
    return step;
  }
  [[nodiscard]] bool may_end() const override { return header_ == kHeader && !broken_ && pending_.empty(); }

 private:
  static constexpr unsigned kHeader = 3, kClear = 256, kLeastWidth = 9, kMostWidth = 16, kNone = ~0U;

  void begin(unsigned flags) {
    most_ = flags & 0x1FU;
    clears_ = (flags & 0x80U) != 0;
    broken_ = most_ < kLeastWidth || most_ > kMostWidth;
    free_ = clears_ ? kClear + 1 : kClear;
    prefix_.resize(1U << kMostWidth);
    suffix_.resize(1U << kMostWidth);
  }
  void drop(unsigned count) {
    window_ = count >= 64 ? 0 : window_ >> count;
    bits_ -= count;
  }
  /// A new width begins with a new group, and what is left of the old group is padding.
  void set_width(unsigned width) {
    const unsigned group = width_ * 8;
    skip_ = (group - in_group_ % group) % group;
    in_group_ = 0;
    width_ = width;
  }
  bool take(unsigned code) {
    if (code == kClear && clears_) {
      free_ = kClear + 1;
      last_ = kNone;
      set_width(kLeastWidth);
      return true;
    }
    if (last_ == kNone) {
      if (code >= 256) return false;
      first_ = static_cast<std::byte>(code);
      pending_.push_back(first_);
      last_ = code;
      return true;
    }
    unsigned at = code;
    if (code > free_) return false;
    if (code == free_) {
      pending_.push_back(first_);
      at = last_;
    }
    for (; at >= 256; at = prefix_[at]) pending_.push_back(suffix_[at]);
    first_ = static_cast<std::byte>(at);
    pending_.push_back(first_);
    if (free_ < (1U << most_)) {
      prefix_[free_] = static_cast<std::uint16_t>(last_);
      suffix_[free_++] = first_;
    }
    last_ = code;
    if (free_ > (1U << width_) - 1 && width_ < most_) set_width(width_ + 1);
    return true;
  }

  unsigned header_ = 0, most_ = 0, width_ = kLeastWidth, free_ = 0, last_ = kNone, in_group_ = 0, skip_ = 0, bits_ = 0;
  std::uint64_t window_ = 0;
  bool clears_ = false, broken_ = false;
  std::byte first_{};
  std::vector<std::uint16_t> prefix_;
  std::vector<std::byte> suffix_, pending_;
};

}  // namespace

std::unique_ptr<Codec> make_lz4_legacy_codec() { return std::make_unique<Lz4Legacy>(); }
std::unique_ptr<Codec> make_compress_codec() { return std::make_unique<Compress>(); }

}  // namespace immure::inspect
