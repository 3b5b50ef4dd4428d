/// The place for reports: files appear whole or not at all, and never through a link.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "file/sha256.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace immure::inspect {

/// One file being written under a temporary name. Without commit() it is removed again.
class OutputFile {
 public:
  /// `directory` must stay open; it may be write-only (nothing is read or listed).
  [[nodiscard]] static Result<OutputFile> create(int directory, std::string name);

  /// Buffers and writes. The first error is kept and returned by commit().
  void append(std::string_view text);

  /// What came of writing.
  struct Content {
    std::uint64_t size = 0;
    file::Digest sha256{};
    int number = 0;  ///< errno of the first failure, or 0
  };
  /// Writes the rest, fsync.
  [[nodiscard]] Content finish();
  /// Renames to the final name. A link of that name is replaced, not followed.
  [[nodiscard]] Result<void> publish(const Content& content);
  /// Both.
  [[nodiscard]] Result<void> commit() { return publish(finish()); }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// SHA-256 (hex) of what was written; like the size, after it is published.
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
