/// Reads what the caller of a notified call has in its memory and in /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace immure::attest {

/// Reads a text that ends with a zero byte from the memory of a task. Nothing if the text cannot be read, or is longer
/// than a path.
[[nodiscard]] std::optional<std::string> text_at(int pid, std::uint64_t address);

/// The caller's directory, as a path from the caller's own root directory; empty if the path cannot be read.
/// `directory` is a descriptor of the caller, or AT_FDCWD.
[[nodiscard]] std::string directory_of(int pid, int directory);

/// The process of a thread.
struct Caller {
  int process = 0;         ///< as this process counts; 0 if the thread has ended
  int number_in_cell = 0;  ///< as the cell counts
  std::string name;        ///< visible text
};
[[nodiscard]] Caller caller_of(int thread);

}  // namespace immure::attest
