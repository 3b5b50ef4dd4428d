#include "plan/language/venv.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <array>
#include <span>

#include "sys/file.hpp"

namespace immure::plan {
namespace {

constexpr std::size_t kMaxSettings = 16384;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// `3.11` of `3.11.2` or of `3.11.2.final.0`; empty for anything else.
std::string minor_version(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  const std::size_t end = std::min(text.find('.', dot + 1), text.size());
  if (end == dot + 1) return {};
  const std::string_view version = text.substr(0, end);
  return version.find_first_not_of("0123456789.") == std::string_view::npos ? std::string(version) : std::string();
}

}  // namespace

VenvSettings parse_venv(std::string_view text) {
  VenvSettings settings;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
    if (key == "home" && value.starts_with('/')) settings.home = value;
    if (key == "version" || key == "version_info") settings.version = minor_version(value);
    if (key == "include-system-site-packages") settings.system_site = value == "true" || value == "True";
  }
  return settings;
}

std::optional<Venv> find_venv(const HostFile& bin) {
  // CPython looks in both places; every tool writes the file to the second place.
  for (const char* name : {"pyvenv.cfg", "../pyvenv.cfg"}) {
    auto found = sys::open_at(bin.fd.get(), name, O_PATH | O_NOFOLLOW);
    if (!found) continue;
    auto described = HostRoot::found(std::move(*found));
    if (!described || !S_ISREG(described->status.st_mode)) continue;
    auto opened = HostRoot::open(*described);
    if (!opened) continue;
    std::array<char, kMaxSettings> text;
    const auto count = sys::read_some(opened->fd.get(), std::as_writable_bytes(std::span(text)));
    if (!count) continue;
    Venv venv;
    venv.directory = opened->path.substr(0, opened->path.rfind('/'));
    venv.settings = parse_venv({text.data(), *count});
    venv.settings_file = std::make_shared<const HostFile>(std::move(*opened));
    return venv;
  }
  return std::nullopt;
}

}  // namespace immure::plan
