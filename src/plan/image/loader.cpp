#include "plan/image/loader.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "plan/image/multiarch.hpp"
#include "sys/file.hpp"

namespace immure::plan {
namespace {

constexpr std::string_view kMultiarch = IMMURE_MULTIARCH;
constexpr std::array<std::string_view, 6> kDefaultDirectories = {
    "/lib/" IMMURE_MULTIARCH, "/usr/lib/" IMMURE_MULTIARCH, "/lib64", "/usr/lib64", "/lib", "/usr/lib"};
constexpr std::size_t kMaxObjects = 4096;
constexpr std::size_t kMaxConfiguration = 65536;

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string base(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Splits a DT_RPATH or DT_RUNPATH into directories and replaces its variables (ld.so(8), "Rpath token expansion").
void append_search_path(std::vector<std::string>& directories, std::string_view path, const std::string& origin) {
  while (!path.empty()) {
    const std::size_t colon = std::min(path.find(':'), path.size());
    std::string directory(path.substr(0, colon));
    path.remove_prefix(std::min(colon + 1, path.size()));
    for (const std::string_view token : {"${ORIGIN}", "$ORIGIN"}) replace_all(directory, token, origin);
    for (const std::string_view token : {"${LIB}", "$LIB"})
      replace_all(directory, token, "lib/" + std::string(kMultiarch));
    if (directory.starts_with('/') && directory.find('$') == std::string::npos)
      directories.push_back(std::move(directory));
  }
}

/// The directories that the system's configuration adds: /etc/ld.so.conf.d/*.conf in sorted order, as ldconfig reads
/// them.
std::vector<std::string> configured_directories(const HostRoot& root) {
  constexpr const char* kDirectory = "/etc/ld.so.conf.d";
  std::vector<std::string> directories;
  for (const std::string& name : root.list(kDirectory)) {
    if (!name.ends_with(".conf")) continue;
    auto file = root.file(std::string(kDirectory) + "/" + name);
    if (!file) continue;
    std::string text(std::min(static_cast<std::size_t>(file->status.st_size), kMaxConfiguration), '\0');
    const auto count = sys::read_some(file->fd.get(), std::as_writable_bytes(std::span(text)));
    text.resize(count ? *count : 0);
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      line = line.substr(0, line.find_first_of("# \t\r"));
      if (line.starts_with('/')) directories.emplace_back(line);
    }
  }
  return directories;
}

}  // namespace

Result<void> check_object(const Object& object) {
  if (object.facts.executable_stack)
    return fail(Code::kBadInput, object.path, "has an executable stack",
                "Build it with -z noexecstack, or clear the mark with `execstack -c`.");
  if (object.facts.writable_code)
    return fail(Code::kBadInput, object.path, "has a segment that is both writable and executable",
                "Link it with -z separate-code and without -N.");
  return {};
}

Loader::Loader(const HostRoot& root, const Reach& reach, Object program)
    : root_(root), reach_(reach), program_(std::move(program)) {}

const std::vector<std::string>& Loader::system_directories() {
  if (!system_directories_.empty()) return system_directories_;
  system_directories_ = configured_directories(root_);
  for (const std::string_view directory : kDefaultDirectories)
    if (std::ranges::find(system_directories_, directory) == system_directories_.end())
      system_directories_.emplace_back(directory);
  return system_directories_;
}

bool Loader::provided(const std::string& name) const {
  const std::string interpreter = base(program_.facts.interpreter);
  // The loader is in memory already. The loader of musl is its C library too, whatever name a program uses for it.
  const bool musl = interpreter.starts_with("ld-musl-");
  return name == interpreter || (musl && (name == "libc.so" || name.starts_with("libc.musl-")));
}

std::vector<Loader::Directory> Loader::directories(const Object& object) {
  std::vector<std::string> named;
  if (object.facts.runpath.empty()) {
    append_search_path(named, object.facts.rpath, parent(object.path));
    if (program_.facts.runpath.empty()) append_search_path(named, program_.facts.rpath, parent(program_.path));
  }
  append_search_path(named, object.facts.runpath, parent(object.path));
  std::vector<Directory> all;
  for (std::string& path : named) all.push_back({std::move(path), false});
  for (const std::string& path : system_directories()) all.push_back({path, true});
  return all;
}

Result<Object> Loader::find(const std::string& name, const Object& object) {
  if (name.find('/') != std::string::npos)
    return fail(Code::kBadInput, object.path, "needs the library `" + name + "` by its path",
                "Link it by name; a library outside the loader's directories does not exist in the cell.");
  std::string refused;
  for (const Directory& directory : directories(object)) {
    std::string path = directory.path + "/" + name;
    const auto file = reach_.file(path, directory.configured);
    // Pass over a library that the program's own search path names in a forbidden place, as if it did not exist.
    if (!file && file.error().what != "not found" && refused.empty()) refused = to_text(file.error());
    if (!file) continue;
    auto facts = read_elf(file->fd.get());
    // The loader, too, passes over libraries of other architectures.
    if (facts) return Object{std::move(path), std::move(*facts), file->path, file->status};
  }
  return fail(Code::kBadInput, object.path, "needs the library `" + name + "`, which is not installed",
              refused.empty() ? "" : "immure found a library of this name and did not use it: " + refused);
}

Result<void> Loader::follow(std::vector<Object> objects, bool required) {
  while (!objects.empty()) {
    const Object object = std::move(objects.back());
    objects.pop_back();
    for (const std::string& name : object.facts.needed) {
      if (found_.contains(name) || provided(name)) continue;
      if (found_.size() >= kMaxObjects) return fail(Code::kBadInput, program_.path, "needs too many libraries");
      auto library = find(name, object);
      Result<void> usable = library ? check_object(*library) : std::unexpected(library.error());
      if (!usable && required) return usable;
      if (!usable) continue;
      found_.emplace(name, *library);
      objects.push_back(std::move(*library));
    }
  }
  return {};
}

Result<void> Loader::resolve() { return follow({program_}, true); }

// Ignore defects of a library that may never be loaded; the loader reports them if the program loads the library.
void Loader::resolve_optional(const Object& object) {
  if (const auto followed = follow({object}, false); !followed) return;
}

void Loader::add_optional(const std::string& name) {
  Object wish{program_.path, {}};
  wish.facts.needed.push_back(name);
  resolve_optional(wish);
}

std::string Loader::directory() const {
  if (base(program_.facts.interpreter).starts_with("ld-musl-")) return "/lib";
  const auto libc = found_.find("libc.so.6");
  const std::string directory = libc == found_.end() ? "" : parent(libc->second.path);
  // Distributions differ in which default directories their loader knows. The loader knows at least the directory of
  // its C library.
  const bool known = std::ranges::find(kDefaultDirectories, directory) != kDefaultDirectories.end();
  return known ? directory : std::string(kDefaultDirectories.front());
}

}  // namespace immure::plan
