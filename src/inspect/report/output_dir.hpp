/// The directory for reports. A file appears there whole or not at all, and the writer follows no link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "file/sha256.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::inspect {

/// A file that is written under a temporary name. Without commit() the destructor removes the file.
class OutputFile {
 public:
  /// `directory` must stay open, and may be write-only: the class reads and lists nothing.
  [[nodiscard]] static Result<OutputFile> create(int directory, std::string name);

  /// Adds `text` to a buffer, and writes the buffer when it is full. commit() returns the first error.
  void append(std::string_view text);

  /// The result of writing.
  struct Content {
    std::uint64_t size = 0;
    file::Digest sha256{};
    int number = 0;  ///< errno of the first failure, or 0
  };
  /// Writes the rest of the buffer and calls fsync.
  [[nodiscard]] Content finish();
  /// Renames the file to its final name. If there is a link of that name, it is replaced, not followed.
  [[nodiscard]] Result<void> publish(const Content& content);
  /// Calls finish() and publish().
  [[nodiscard]] Result<void> commit() { return publish(finish()); }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// SHA-256 (hex) of the contents. Known after publish(), like the size.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();

 private:
  OutputFile(int directory, std::string name, std::string temporary, sys::Fd fd);
  void flush();

  int directory_;
  std::string name_, temporary_, buffer_, sha256_;
  sys::Fd fd_;
  file::Sha256 hash_;
  std::uint64_t size_ = 0;
  int number_ = 0;
};

}  // namespace immure::inspect
