#include "plan/image/own_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <set>

#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::plan {

PackItem text_item(std::string inner, std::string shown, std::shared_ptr<const std::string> text) {
  PackItem item{.inner = std::move(inner), .source = std::move(shown), .text = std::move(text)};
  item.size = item.text->size();
  return item;
}

PackItem fixed_item(const probe::FixedFile& file) {
  PackItem item = text_item(file.path, "fixed", std::make_shared<const std::string>(file.content));
  item.executable = file.executable;
  return item;
}

Result<void> put_fixed_files(const std::vector<probe::FixedFile>& fixed, std::vector<PackItem>& items) {
  std::set<std::string, std::less<>> paths, directories;
  const auto lies_below = [&](const std::string& path) {
    const std::string prefix = path + "/";
    return std::ranges::any_of(items, [&](const PackItem& item) { return item.inner.starts_with(prefix); });
  };
  // A link cannot replace a directory in which the image has files, such as /tmp if the program itself lies in /tmp.
  std::vector<const probe::FixedFile*> placed;
  for (const probe::FixedFile& file : fixed)
    if (!file.link || !lies_below(file.path)) placed.push_back(&file);
  for (const probe::FixedFile* each : placed) {
    const probe::FixedFile& file = *each;
    paths.insert(file.path);
    for (std::size_t slash = file.path.rfind('/'); slash != 0; slash = file.path.rfind('/', slash - 1))
      directories.emplace(file.path, 0, slash);
  }
  for (const PackItem& item : items)
    if (item.kind != file::Kind::kDirectory && directories.contains(item.inner))
      return fail(Code::kBadInput, item.inner, "cannot be packed, because every image has a directory there");
  std::erase_if(items, [&](const PackItem& item) { return paths.contains(item.inner); });
  for (const probe::FixedFile* each : placed) {
    const probe::FixedFile& file = *each;
    if (file.link)
      items.push_back({.inner = file.path, .kind = file::Kind::kLink, .target = file.content});
    else
      items.push_back(fixed_item(file));
  }
  return {};
}

std::vector<probe::FixedFile> files_of_every_root(bool helpers) {
  std::vector<probe::FixedFile> files = probe::constant_files();
  if (!helpers) return files;
  const std::vector<probe::FixedFile> fixtures = probe::helper_fixtures();
  files.insert(files.end(), fixtures.begin(), fixtures.end());
  return files;
}

void add_constant_files(std::vector<PackItem>& items, bool helpers) {
  if (helpers)
    std::erase_if(items, [](const PackItem& item) { return item.inner.starts_with(probe::kHelperFixtures); });
  for (const probe::FixedFile& file : files_of_every_root(helpers)) {
    const std::string directory = file.path.substr(0, file.path.rfind('/'));
    const auto found = std::ranges::find(items, directory, &PackItem::inner);
    // A root directory may have a link where other systems have the directory. Then its programs do without the file.
    if (found != items.end() && found->kind != file::Kind::kDirectory) continue;
    if (found == items.end()) items.push_back({.inner = directory, .kind = file::Kind::kDirectory});
    items.push_back(fixed_item(file));
  }
}

Result<void> write_text(const PackItem& item, int root, const std::string& where) {
  const auto made = sys::open_at(root, item.inner.c_str() + 1, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!made) return fail(Code::kSystem, where, "cannot be made", {}, made.error().value);
  if (const auto written = sys::write_all(made->get(), *item.text); !written)
    return fail(Code::kSystem, where, "cannot be written", {}, written.error().value);
  const timespec times[2] = {{0, 0}, {0, 0}};
  int failure = sys::error_of(::fchmod, made->get(), item.executable ? 0555 : 0444);
  if (failure == 0) failure = sys::error_of(::futimens, made->get(), times);
  if (failure != 0) return fail(Code::kSystem, where, "cannot be finished", {}, failure);
  return {};
}

}  // namespace immure::plan
