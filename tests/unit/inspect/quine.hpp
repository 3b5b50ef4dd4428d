/// Archives whose only member is the archive itself, byte for byte.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace immure::inspect::test {

/// The `size` lowest bytes of a number, in little-endian order.
inline std::string little(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (; size-- > 0; value >>= 8U) bytes += static_cast<char>(value & 0xFFU);
  return bytes;
}

inline std::uint32_t crc32(std::string_view bytes) {
  constexpr std::uint32_t kPolynomial = 0xEDB88320;
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
  }
  return ~crc;
}

/// A program in DEFLATE (RFC 1951) that prints itself, together with the bytes before and after the program. Each
/// instruction takes kUnit bytes, so that the number of instructions tells how many bytes to print.
class DeflateQuine {
 public:
  /// The whole archive: `head`, the program, and `tail` after the program's last block.
  static std::string around(const std::string& head, const std::string& tail) {
    const std::string end = last() + tail;
    const std::size_t head_size = head.size() + kUnit, end_size = end.size() + kUnit;
    const std::string one = literal(kUnit), four = literal(4 * kUnit), none = literal(0), again = repeat(4 * kUnit);
    const std::string head_again = repeat(head_size), last_literal = literal(end_size), end_again = repeat(end_size);
    return head + literal(head_size) + head + literal(head_size) + head_again + one + head_again + one + one + four +
           head_again + one + one + four + again + four + again + four + again + four + again + four + again + none +
           none + last_literal + again + none + none + last_literal + end_again + end + end_again + end;
  }
  static std::string last() { return std::string("\x01\0\0\xFF\xFF", 5); }

 private:
  static constexpr std::size_t kUnit = 11, kLengths = 4;

  struct Bits {
    std::string bytes;
    std::size_t count = 0;
    void add(std::uint32_t value, unsigned size) {  // the lowest bit first
      for (unsigned i = 0; i < size; ++i, ++count) {
        if (count % 8 == 0) bytes += '\0';
        bytes.back() = static_cast<char>(bytes.back() | static_cast<char>(((value >> i) & 1U) << (count % 8)));
      }
    }
    void add_code(std::uint32_t code, unsigned size) {  // Huffman codes have the highest bit first
      while (size-- > 0) add((code >> size) & 1U, 1);
    }
    void open_block() { add(0b010, 3); }  // not the last block, fixed codes
    void close_block() { add_code(0, 7); }
  };

  /// Fills the instruction with empty blocks, up to the header of a stored block. The `stored` bytes of that block
  /// follow the instruction.
  static std::string instruction(Bits bits, std::size_t stored) {
    while ((bits.count + 3 + 7) / 8 < kUnit - kLengths) {
      bits.open_block();
      bits.close_block();
    }
    bits.add(0, 3);
    return bits.bytes + little(stored, 2) + little(~stored, 2);
  }
  static std::string literal(std::size_t size) { return instruction({}, size); }

  /// Prints the last `size` bytes again by a length and a distance, each of which is a code and extra bits (RFC 1951,
  /// 3.2.5).
  static std::string repeat(std::size_t size) {
    const auto number = static_cast<std::uint32_t>(size);
    Bits bits;
    bits.open_block();
    // Lengths start at 3, with four codes for each number of extra bits; distances start at 1, with two codes.
    const auto [length, length_extra] = scaled(number - 3, 2);
    bits.add_code(length + 1, 7);
    bits.add(number - 3, length_extra);
    const auto [distance, distance_extra] = scaled(number - 1, 1);
    bits.add_code(distance, 5);
    bits.add(number - 1, distance_extra);
    bits.close_block();
    return instruction(bits, 0);
  }
  /// The code of `value`, and how many of its low bits follow the code. There are 2^`steps` codes for each number of
  /// bits.
  static std::pair<std::uint32_t, unsigned> scaled(std::uint32_t value, unsigned steps) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const unsigned extra = width > steps + 1 ? width - steps - 1 : 0;
    return {(extra << steps) + (value >> extra), extra};
  }
};

/// The number that `archive` may claim as the checksum of its own output. CRC-32 is linear, so 32 equations give the
/// number. nullopt if the equations have no solution.
inline std::optional<std::uint32_t> own_checksum(const std::function<std::string(std::uint32_t)>& archive) {
  constexpr unsigned kBits = 32;
  const std::uint32_t constant = crc32(archive(0));
  // Each equation has a mask of the bits that it uses, and above the mask the sum that these bits must have.
  std::array<std::uint64_t, kBits> rows{};
  for (unsigned bit = 0; bit < kBits; ++bit) {
    const std::uint32_t column = crc32(archive(1U << bit)) ^ constant ^ (1U << bit);
    for (unsigned row = 0; row < kBits; ++row) rows.at(row) |= std::uint64_t{(column >> row) & 1U} << bit;
  }
  for (unsigned row = 0; row < kBits; ++row) rows.at(row) |= std::uint64_t{(constant >> row) & 1U} << kBits;
  for (unsigned bit = 0; bit < kBits; ++bit) {
    unsigned pivot = bit;
    while (pivot < kBits && (rows.at(pivot) >> bit & 1U) == 0) ++pivot;
    if (pivot == kBits) return std::nullopt;
    std::swap(rows.at(bit), rows.at(pivot));
    for (unsigned row = 0; row < kBits; ++row) {
      if (row != bit && (rows.at(row) >> bit & 1U) != 0) rows.at(row) ^= rows.at(bit);
    }
  }
  std::uint32_t number = 0;
  for (unsigned bit = 0; bit < kBits; ++bit) number |= static_cast<std::uint32_t>(rows.at(bit) >> kBits & 1U) << bit;
  return number;
}

/// Tries several modification times until the checksum has a solution. Empty if no time works.
inline std::string quine(const std::function<std::string(std::uint32_t checksum, std::uint32_t time)>& archive) {
  for (std::uint32_t time = 0; time < 64; ++time) {
    const auto of = [&](std::uint32_t checksum) { return archive(checksum, time); };
    if (const auto checksum = own_checksum(of)) return of(*checksum);
  }
  return {};
}

/// The format is that of RFC 1952.
inline std::string gzip_quine() {
  return quine([](std::uint32_t checksum, std::uint32_t time) {
    const std::string head = std::string("\x1F\x8B\x08\0", 4) + little(time, 4) + std::string("\0\x03", 2);
    const auto with_size = [&](std::size_t size) {
      return DeflateQuine::around(head, little(checksum, 4) + little(size, 4));
    };
    return with_size(with_size(0).size());
  });
}

/// The format is that of PKWARE's APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16.
inline std::string zip_quine() {
  return quine([](std::uint32_t checksum, std::uint32_t time) {
    const std::string name = "q.zip";
    const auto with_size = [&](std::size_t size, std::size_t packed) {
      const std::string about = little(20, 2) + little(0, 2) + little(8, 2) + little(time, 4) + little(checksum, 4) +
                                little(packed, 4) + little(size, 4) + little(name.size(), 2) + little(0, 2);
      const std::string head = "PK\x03\x04" + about + name;
      const std::string directory =
          "PK\x01\x02" + little(20, 2) + about + little(0, 2 + 2 + 2) + little(0, 4) + little(0, 4) + name;
      const std::string end = "PK\x05\x06" + little(0, 4) + little(1, 2) + little(1, 2) + little(directory.size(), 4) +
                              little(head.size() + packed, 4) + little(0, 2);
      const std::string whole = DeflateQuine::around(head, directory + end);
      return std::pair(whole, whole.size() - head.size() - directory.size() - end.size());
    };
    const auto [whole, packed] = with_size(0, 0);
    return with_size(whole.size(), packed).first;
  });
}

}  // namespace immure::inspect::test
