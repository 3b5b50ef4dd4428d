#include "plan/image/packed.hpp"

#include <sys/stat.h>
#include <memory>
#include <utility>

#include "plan/image/trust.hpp"

namespace immure::plan {

Packed packed(std::string inner, HostFile file) {
  return {.inner = std::move(inner),
          .source = std::move(file.path),
          .looked = file.status,
          .held = std::make_shared<const sys::Fd>(std::move(file.fd))};
}

Result<Packed> named_file(std::string inner, const std::string& path) {
  TRY(const HostFile found, HostRoot::named(path));
  TRY(HostFile file, HostRoot::open(found));
  return packed(std::move(inner), std::move(file));
}

Packed text_file(std::string inner, std::string shown, std::string text) {
  return {.inner = std::move(inner),
          .source = std::move(shown),
          .text = std::make_shared<const std::string>(std::move(text))};
}

Result<Packed> named_tree(std::string inner, const std::string& path, const file::GoOn& go_on) {
  TRY(const HostFile found, HostRoot::named(path));
  if (!S_ISDIR(found.status.st_mode)) return fail(Code::kBadInput, path, "is not a directory");
  TRY(auto tree, open_tree(found, go_on));
  return Packed{.inner = std::move(inner), .source = found.path, .tree = std::move(tree)};
}

}  // namespace immure::plan
