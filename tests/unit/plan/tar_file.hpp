/// Small tar archives (ustar) for tests. A test can give a member any name and any kind.
#pragma once

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

namespace immure::test {

class TarFile {
 public:
  /// Adds a member. `type` is '0' for a file, '1' for a hard link, '2' for a link, '3' for a device, '5' for a
  /// directory.
  TarFile& add(std::string_view name, char type, std::string_view content, std::string_view link = {},
               unsigned mode = 0644) {
    std::string header(512, '\0');
    header.replace(0, name.size(), name);
    field(header, 100, 8, mode);
    field(header, 108, 8, 0);
    field(header, 116, 8, 0);
    field(header, 124, 12, content.size());
    field(header, 136, 12, 1'600'000'000);
    header.replace(148, 8, 8, ' ');
    header[156] = type;
    header.replace(157, link.size(), link);
    header.replace(257, 8, std::string_view("ustar\00000", 8));
    field(header, 329, 8, 1);
    field(header, 337, 8, 3);
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    std::snprintf(&header[148], 8, "%06o", sum);
    header[155] = ' ';
    bytes_ += header;
    bytes_ += content;
    bytes_.resize((bytes_.size() + 511) / 512 * 512, '\0');
    return *this;
  }
  TarFile& file(std::string_view name, std::string_view content, unsigned mode = 0644) {
    return add(name, '0', content, {}, mode);
  }
  TarFile& directory(std::string_view name) { return add(name, '5', {}, {}, 0755); }
  TarFile& link(std::string_view name, std::string_view target) { return add(name, '2', {}, target); }
  TarFile& hard_link(std::string_view name, std::string_view target) { return add(name, '1', {}, target); }

  [[nodiscard]] std::string bytes() const { return bytes_ + std::string(1024, '\0'); }

 private:
  static void field(std::string& header, std::size_t at, std::size_t size, unsigned long value) {
    // Write octal digits before the zero byte that the header has already.
    for (std::size_t i = at + size - 1; i-- > at; value /= 8) header[i] = static_cast<char>('0' + value % 8);
  }
  std::string bytes_;
};

}  // namespace immure::test
