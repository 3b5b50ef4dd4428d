#include "cli/batch/words.hpp"

#include <array>
#include <cstdio>
#include <span>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/batch/kept_file.hpp"
#include "cli/print.hpp"
#include "cli/run/progress.hpp"
#include "sys/file.hpp"
#include "sys/patience.hpp"
#include "text/utf8.hpp"

namespace immure::cli {
namespace {

/// The last bytes of a log.
std::string tail_of(const sys::Fd& logs, const std::string& name) {
  constexpr std::size_t kMost = 32U << 10;
  const auto log = sys::open_at(logs.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat status{};
  if (!log || ::fstat(log->get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, kMost)), '\0');
  const auto count = sys::read_at(log->get(), std::as_writable_bytes(std::span(bytes)), size - bytes.size());
  bytes.resize(count.value_or(0));
  return bytes;
}

}  // namespace

std::string last_words(const sys::Fd& logs, const std::string& name) {
  constexpr std::size_t kMost = 300;
  constexpr std::string_view kPrefix = "immure: ", kHint = "immure: hint: ", kEnd = "immure: the program ended with ";
  const std::string messages = tail_of(logs, name + ".stderr");
  std::string_view rest = messages, found;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.starts_with(kHint) || line.starts_with(kEnd)) continue;
    found = line;
    if (line.starts_with("immure: BLOCKED")) break;
  }
  if (found.starts_with(kPrefix)) found.remove_prefix(kPrefix.size());
  return std::string(text::utf8_cut(visible(found), kMost));
}

void print_labelled(const sys::Fd& logs, const std::string& name) {
  const auto printed = kept_file(logs, name + ".stdout", name);
  if (!printed || !*printed) return;
  std::string_view rest = **printed;
  std::string lines;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines += name + ": " + visible(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  // A reader who has gone away loses lines that the log keeps. The batch goes on.
  static_cast<void>(print(lines));
}

std::string progress_text(const BatchProgress& progress) {
  const double seconds = static_cast<double>(progress.milliseconds) / 1000;
  const double rate = seconds > 0 ? static_cast<double>(progress.ended_now) / seconds : 0;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), rate < 10 ? "%.1f" : "%.0f", rate);
  std::string line = std::to_string(progress.all - progress.left) + " of " + std::to_string(progress.all) + " runs, " +
                     text.data() + "/s";
  if (rate > 0) line += ", " + time_text(static_cast<double>(progress.left) / rate) + " left";
  return line + ", " + std::to_string(progress.failed) + " failed";
}

void write_briefly(std::string_view text) {
  constexpr int kPatienceMs = 20;
  static_cast<void>(sys::write_within(STDERR_FILENO, text, kPatienceMs));
}

}  // namespace immure::cli
