#include "cli/run/progress.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>

#include <unistd.h>

#include "sys/patience.hpp"

namespace immure::cli {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string size_text(double bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < kUnits.size(); bytes /= 1024) ++unit;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
  return text;
}

// Do not wait longer for the terminal: a terminal that nobody reads must not stop the run.
constexpr int kPatienceMs = 20;

}  // namespace

std::string time_text(double seconds) {
  const auto whole = static_cast<unsigned long>(std::min(seconds, 359'999.0));
  char text[32];
  std::snprintf(text, sizeof text, whole >= 3600 ? "%lu:%02lu:%02lu" : "%lu:%02lu",
                whole >= 3600 ? whole / 3600 : whole / 60, whole >= 3600 ? whole / 60 % 60 : whole % 60, whole % 60);
  return text;
}

void ProgressLine::show(const std::optional<file::Progress>& progress) {
  constexpr double kQuiet = 0.25, kEvery = 0.2;
  const double time = now();
  if (!progress) {
    if (there_) static_cast<void>(sys::write_within(STDERR_FILENO, "\r\x1B[K", kPatienceMs));
    there_ = false;
    return;
  }
  if (since_ == 0) since_ = time;
  if (time - since_ < kQuiet || time - shown_ < kEvery) return;
  shown_ = time;
  there_ = true;
  const auto bytes = static_cast<double>(progress->bytes), all = static_cast<double>(progress->all_bytes);
  const double rate = bytes / (time - since_);
  std::string line = "\r\x1B[K" + std::to_string(progress->files) + " of " + std::to_string(progress->all_files) +
                     " files, " + size_text(bytes) + " of " + size_text(all) + ", " + size_text(rate) + "/s";
  if (rate > 0) line += ", " + time_text((all - bytes) / rate) + " left";
  static_cast<void>(sys::write_within(STDERR_FILENO, line, kPatienceMs));
}

}  // namespace immure::cli
