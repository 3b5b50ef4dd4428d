#include "plan/package/package_memory.hpp"

#include <sys/stat.h>
#include <algorithm>
#include <charconv>
#include <span>

#include "file/sha256.hpp"
#include "file/tree.hpp"

namespace immure::plan {
namespace {

constexpr std::string_view kHead = "immure-packages 1";

/// Writes fields as lines. No field has a line feed: lists of packages have no paths with control characters, and
/// immure stores only a text that parse_memory() can read back.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void line(std::string_view text) { out_.append(text).append("\n"); }
  void number(std::uint64_t value) { line(std::to_string(value)); }

 private:
  std::string& out_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::string line() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) {
      sound_ = false;
      return {};
    }
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::uint64_t number() {
    const std::string text = line();
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) sound_ = false;
    return value;
  }
  /// Reads how many entries follow. Each entry takes at least a line, so a count larger than the text is an error.
  std::uint64_t count() {
    const std::uint64_t value = number();
    if (value > rest_.size()) sound_ = false;
    return sound_ ? value : 0;
  }
  [[nodiscard]] bool ended() const { return sound_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool sound_ = true;
};

}  // namespace

std::string watched_identity(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return "none";
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) + ":" + std::to_string(status.st_size) +
         ":" + std::to_string(file::nanoseconds(status.st_mtim)) + ":" +
         std::to_string(file::nanoseconds(status.st_ctim));
}

bool is_current(const PackageSet& set) {
  return std::ranges::all_of(set.watched, [](const auto& each) { return watched_identity(each.first) == each.second; });
}

std::string memory_text(const Gathered& gathered, std::string_view boot) {
  std::string text;
  Writer out(text);
  out.line(kHead);
  out.line(boot);
  out.number(gathered.set ? 1 : 0);
  if (!gathered.set) return text;
  const PackageSet& set = *gathered.set;
  out.line(set.key);
  for (const std::uint64_t value : {set.files, set.links, set.bytes}) out.number(value);
  out.number(set.packages.size());
  for (const PackageName& package : set.packages)
    for (const std::string* word : {&package.name, &package.version, &package.architecture}) out.line(*word);
  out.number(set.left_out.size());
  for (const std::string& each : set.left_out) out.line(each);
  for (const auto* pairs : {&set.aliases, &gathered.places}) {
    out.number(pairs->size());
    for (const auto& [from, to] : *pairs) {
      out.line(from);
      out.line(to);
    }
  }
  out.number(set.watched.size());
  for (const auto& [path, identity] : set.watched) {
    out.line(path);
    out.line(identity);
  }
  return text;
}

std::optional<Gathered> parse_memory(std::string_view text, std::string_view boot) {
  Reader in(text);
  if (in.line() != kHead || in.line() != boot) return std::nullopt;
  Gathered gathered;
  if (in.number() == 0) return in.ended() ? std::optional(std::move(gathered)) : std::nullopt;
  gathered.set = std::make_shared<PackageSet>();
  PackageSet& set = *gathered.set;
  set.key = in.line();
  for (std::uint64_t* value : {&set.files, &set.links, &set.bytes}) *value = in.number();
  for (std::uint64_t left = in.count(); left > 0; --left) {
    PackageName package;
    for (std::string* word : {&package.name, &package.version, &package.architecture}) *word = in.line();
    set.packages.push_back(std::move(package));
  }
  for (std::uint64_t left = in.count(); left > 0; --left) set.left_out.push_back(in.line());
  for (auto* pairs : {&set.aliases, &gathered.places}) {
    for (std::uint64_t left = in.count(); left > 0; --left) {
      std::string from = in.line();
      pairs->insert_or_assign(std::move(from), in.line());
    }
  }
  for (std::uint64_t left = in.count(); left > 0; --left) {
    std::string path = in.line();
    set.watched.emplace_back(std::move(path), in.line());
  }
  if (!in.ended() || !file::is_sha256_hex(set.key)) return std::nullopt;
  return gathered;
}

}  // namespace immure::plan
