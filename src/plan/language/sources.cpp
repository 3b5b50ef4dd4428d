#include "plan/language/sources.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>

#include "sys/file.hpp"

namespace immure::plan {
namespace {

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::string base(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string whole_text(int fd, const struct stat& status) {
  return source_text(fd, static_cast<std::uint64_t>(status.st_size));
}

/// True for a path that can be the same in the image: absolute, plain, and not below a directory that the cell makes.
bool can_stay(const std::string& path) {
  const std::string padded = path + "/";
  for (const char* taken : {"/in/", "/out/", "/tmp/", "/dev/", "/proc/", "/sys/"})
    if (padded.starts_with(taken)) return false;
  return path.starts_with('/') && !padded.contains("/../") && !padded.contains("/./") && !padded.contains("//");
}

Result<std::optional<Source>> input_source(const Interpreted& what, const std::string& path) {
  std::optional<Source> nothing;
  if (what.input == nullptr) return nothing;
  TRY(HostRoot input, HostRoot::beneath(*what.input));
  const auto root = std::make_shared<const HostRoot>(std::move(input));
  auto file = root->file(path.substr(std::string_view("/in").size()));
  if (!file) return nothing;
  Source source{.file = std::move(*file), .text = {}, .name = path, .place = {}, .input = root};
  source.text = whole_text(source.file.fd.get(), source.file.status);
  source.place = {.root = root.get(),
                  .reach = std::make_shared<const Reach>(*root),
                  .directory = parent(source.file.path),
                  .inner = {}};
  return std::optional(std::move(source));
}

}  // namespace

Result<std::optional<Source>> started_source(const HostRoot& root, const StartedScript& script) {
  Source source{.file = {.path = script.path}, .text = {}, .name = base(script.path), .place = {}};
  if (::fstat(script.held->get(), &source.file.status) != 0) return std::optional<Source>();
  source.text = whole_text(script.held->get(), source.file.status);
  TRY(Reach reach, Reach::of_program(root, source.file));
  source.place = {.root = &root,
                  .reach = std::make_shared<const Reach>(std::move(reach)),
                  .directory = parent(script.path),
                  .inner = parent(script.inner)};
  source.same_path = script.path == script.inner;
  return std::optional(std::move(source));
}

Result<std::optional<std::string>> pack_named(Closure& closure, const std::string& argument, HostFile* opened) {
  std::optional<std::string> nothing;
  if (!closure.packs_arguments) return nothing;
  auto found = HostRoot::named(argument);
  if (!found || !S_ISREG(found->status.st_mode)) return nothing;
  auto file = HostRoot::open(*found);
  if (!file) return nothing;
  const std::string inner = can_stay(argument) ? argument : "/app/" + base(argument);
  const auto held = std::make_shared<const sys::Fd>(std::move(file->fd));
  closure.files.push_back({.inner = inner, .source = file->path, .looked = file->status, .held = held});
  if (opened != nullptr) {
    opened->path = file->path;
    opened->status = file->status;
    auto again = sys::open_at(AT_FDCWD, ("/proc/self/fd/" + std::to_string(held->get())).c_str(), O_RDONLY);
    if (again) opened->fd = std::move(*again);
  }
  return std::optional(inner);
}

Result<std::optional<Source>> named_source(Closure& closure, const HostRoot& root, const Interpreted& what,
                                           std::size_t argument) {
  const std::string named = closure.program.argv.at(argument);
  if (named.starts_with("/in/")) {
    closure.reads_input = true;
    return input_source(what, named);
  }
  HostFile opened;
  TRY(const auto inner, pack_named(closure, named, &opened));
  if (!inner) return std::optional<Source>();
  closure.program.argv.at(argument) = *inner;
  Source source{.file = std::move(opened), .text = {}, .name = base(named), .place = {}};
  source.text = whole_text(source.file.fd.get(), source.file.status);
  TRY(Reach reach, Reach::of_program(root, source.file));
  source.same_path = parent(source.file.path) == parent(*inner);
  source.place = {.root = &root,
                  .reach = std::make_shared<const Reach>(std::move(reach)),
                  .directory = parent(source.file.path),
                  .inner = parent(*inner)};
  return std::optional(std::move(source));
}

}  // namespace immure::plan
