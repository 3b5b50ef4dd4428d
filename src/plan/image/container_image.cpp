#include "plan/image/container_image.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "file/place.hpp"
#include "file/sha256.hpp"
#include "plan/image/container_manifest.hpp"
#include "plan/image/image_cache.hpp"
#include "plan/image/image_digests.hpp"
#include "plan/image/layer_reader.hpp"
#include "plan/image/layer_tree.hpp"
#include "plan/image/own_files.hpp"
#include "plan/image/special_paths.hpp"
#include "plan/image/stored_image.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "text/hex.hpp"

namespace immure::plan {
namespace {

/// Part of the key of an unpacked image. Change this text whenever immure unpacks differently.
constexpr std::string_view kFormat = "immure-container 2\n";
constexpr std::size_t kMostJson = 4 << 20;
constexpr const char* kContents = "contents";

/// A layer of the image, and the digest that it must have. immure opens the blob when it reads the layer.
struct Layer {
  std::string where;
  std::string sha256;   ///< by which the evidence names the layer
  bool of_tar = false;  ///< `sha256` is the digest of the uncompressed archive, and not of the blob
  std::function<Result<ReadBlob>()> open = {};
};

/// A container image. immure has read and verified the documents of the image, but has not read its layers.
struct Container {
  ImageSource source;
  ImageConfig config;
  std::vector<Layer> layers;
};

/// Makes the directories, links and file names of the tree. A file name is a hard link to a stored content. The last
/// layer of the tree is immure's own.
class Placer {
 public:
  Placer(int contents, std::size_t own_layer, std::vector<std::string>& left_out)
      : contents_(contents), own_layer_(own_layer), left_out_(left_out) {}

  /// Makes everything below the node in the open directory. `path` is the path of the node, empty at the top.
  Result<void> place(const LayerNode& node, int directory, const std::string& path, const file::GoOn& go_on) {
    for (const auto& [name, child] : node.children) {
      CHECK_OK(file::may_go_on(go_on));
      const std::string inner = path.empty() ? name : path + "/" + name;
      if (inner == "in" || inner == "out") continue;
      if (is_special_path(inner) && child->layer != own_layer_) {
        left_out_.push_back(special_path_note(inner));
        continue;
      }
      CHECK_OK(place_one(*child, directory, name, inner, go_on));
    }
    return {};
  }

 private:
  Result<void> place_one(const LayerNode& node, int directory, const std::string& name, const std::string& inner,
                         const file::GoOn& go_on) {
    if (node.kind == file::Kind::kLink)
      return or_cannot(sys::error_of(::symlinkat, node.target.c_str(), directory, name.c_str()), inner);
    // Each further name of a file is a hard link to the same content.
    if (node.kind == file::Kind::kFile)
      return or_cannot(sys::error_of(::linkat, contents_, node.content->name.c_str(), directory, name.c_str(), 0),
                       inner);
    CHECK_OK(or_cannot(sys::error_of(::mkdirat, directory, name.c_str(), 0700), inner));
    const auto made = sys::open_beneath(directory, name.c_str(), O_RDONLY | O_DIRECTORY);
    CHECK_OK(or_cannot(sys::error_of(made), inner));
    CHECK_OK(place(node, made->get(), inner, go_on));
    return or_cannot(sys::error_of(::fchmod, made->get(), 0555), inner);
  }

  static Result<void> or_cannot(int failure, const std::string& inner) {
    if (failure == 0) return {};
    return fail(Code::kSystem, "/" + inner, "cannot be unpacked", {}, failure);
  }

  int contents_;
  std::size_t own_layer_;
  std::vector<std::string>& left_out_;
};

Result<void> read_layers(const Container& container, LayerTree& tree, LayerStore& store, const file::GoOn& go_on) {
  for (const Layer& layer : container.layers) {
    TRY(const ReadBlob blob, layer.open());
    TRY(const LayerDigests digests, read_layer(blob, layer.where, tree, store, go_on));
    const std::string& found = layer.of_tar ? digests.tar_sha256 : digests.blob_sha256;
    if (found != layer.sha256)
      return fail(Code::kBadInput, layer.where, "has the digest " + found + ", and the image says " + layer.sha256,
                  "The image is damaged, or somebody changed it. Fetch it again.");
  }
  return {};
}

/// Adds a layer with the fixed files whose contents depend on no plan. The layer replaces what the image has there, and
/// leaves a file out if the image has something else than a directory where the file's directory must be.
Result<void> add_fixed_files(LayerTree& tree, LayerStore& store, std::vector<std::string>& left_out, bool helpers) {
  const auto& top = tree.root().children;
  if (top.contains("dev")) left_out.push_back(special_path_note("dev"));
  tree.begin_layer();
  CHECK_OK(tree.add({.path = ".wh.dev"}));
  if (helpers) CHECK_OK(tree.add({.path = ".wh..immure"}));
  for (const probe::FixedFile& file : files_of_every_root(helpers)) {
    const std::string path = file.path.substr(1);
    const std::size_t slash = path.find('/');
    const auto directory = top.find(path.substr(0, slash));
    if (directory != top.end() && directory->second->kind != file::Kind::kDirectory) continue;
    if (directory != top.end() && directory->second->children.contains(path.substr(slash + 1)))
      left_out.push_back(special_path_note(path));
    auto content = std::make_shared<LayerContent>(std::to_string(store.next++));
    PackItem item = fixed_item(file);
    item.inner = "/" + content->name;
    CHECK_OK(write_text(item, store.directory, file.path));
    const std::uint32_t mode = file.executable ? 0555 : 0444;
    CHECK_OK(tree.add({.path = path, .kind = file::Kind::kFile, .mode = mode, .content = std::move(content)}));
  }
  return {};
}

/// Unpacks all layers into the empty directory `root`. The contents of files lie beside `root` until all names are
/// known.
Result<void> unpack(const Container& container, const sys::Fd& root, const std::string& name, Filled& filled,
                    const file::GoOn& go_on, bool helpers) {
  const auto filling = [&name](int failure) -> Result<void> {
    if (failure == 0) return {};
    return fail(Code::kSystem, name, "cannot be filled", {}, failure);
  };
  const auto beside = sys::open_at(root.get(), "..", O_RDONLY | O_DIRECTORY);
  CHECK_OK(filling(sys::error_of(beside)));
  CHECK_OK(filling(sys::error_of(::mkdirat, beside->get(), kContents, 0700)));
  const auto contents = sys::open_beneath(beside->get(), kContents, O_RDONLY | O_DIRECTORY);
  CHECK_OK(filling(sys::error_of(contents)));
  LayerTree tree;
  LayerStore store{.directory = contents->get()};
  CHECK_OK(read_layers(container, tree, store, go_on));
  filled.left_out = tree.left_out();
  CHECK_OK(add_fixed_files(tree, store, filled.left_out, helpers));
  CHECK_OK(
      Placer(contents->get(), container.layers.size() + 1, filled.left_out).place(tree.root(), root.get(), "", go_on));
  for (const char* mount_point : {"in", "out"}) {
    CHECK_OK(filling(sys::error_of(::mkdirat, root.get(), mount_point, 0700)));
    CHECK_OK(filling(sys::error_of(::fchmodat, root.get(), mount_point, 0555, 0)));
  }
  CHECK_OK(filling(sys::error_of(::fchmod, root.get(), 0555)));
  remove_tree(beside->get(), kContents, go_on);
  CHECK_OK(file::may_go_on(go_on));
  TRY(filled.entries, list_image(root.get(), name, go_on));
  TRY(filled.digests, digests_of(root.get(), name, filled.entries, go_on));
  return {};
}

Result<sys::Fd> open_blob(const file::HeldDirectory& layout, const std::string& sha256) {
  const std::string name = "blobs/sha256/" + sha256;
  auto blob = sys::open_beneath(layout.fd.get(), name.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status{};
  if (!blob) return fail(Code::kBadInput, layout.path + "/" + name, "cannot be read", {}, blob.error().value);
  if (::fstat(blob->get(), &status) != 0 || !S_ISREG(status.st_mode))
    return fail(Code::kBadInput, layout.path + "/" + name, "is not a regular file");
  return std::move(*blob);
}

Result<ReadBlob> open_layer(const file::HeldDirectory& layout, const std::string& sha256, const std::string& where) {
  TRY(sys::Fd opened, open_blob(layout, sha256));
  const auto blob = std::make_shared<const sys::Fd>(std::move(opened));
  return ReadBlob(
      [blob, read = read_file_blob(blob->get(), where)](std::span<std::byte> buffer) { return read(buffer); });
}

/// Reads a JSON document of a layout and checks its digest.
Result<std::string> read_document(const file::HeldDirectory& layout, const Descriptor& descriptor) {
  const std::string where = layout.path + "/blobs/sha256/" + descriptor.sha256;
  TRY(const sys::Fd blob, open_blob(layout, descriptor.sha256));
  TRY(std::string text, read_blob(read_file_blob(blob.get(), where), kMostJson, where));
  if (file::sha256_hex(text) != descriptor.sha256)
    return fail(Code::kBadInput, where, "does not have the digest that is its name",
                "The image is damaged, or somebody changed it. Fetch it again.");
  return text;
}

Result<Container> open_layout(const std::string& directory, const std::optional<std::string>& tag) {
  TRY(file::HeldDirectory held, file::hold_directory(directory));
  const auto layout = std::make_shared<const file::HeldDirectory>(std::move(held));
  const auto index = sys::open_beneath(layout->fd.get(), "index.json", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  const std::string where = layout->path + "/index.json";
  if (!index)
    return fail(Code::kBadInput, where, "cannot be read", "An OCI image layout has this file: `skopeo copy … oci:DIR`.",
                index.error().value);
  TRY(std::string text, read_blob(read_file_blob(index->get(), where), kMostJson, where));
  TRY(Descriptor chosen, choose_manifest(text, tag, where));
  constexpr int kMostIndexes = 2;
  for (int depth = 0; is_index(chosen); ++depth) {
    if (depth == kMostIndexes) return fail(Code::kBadInput, where, "has too many indexes that lead to another index");
    TRY(text, read_document(*layout, chosen));
    TRY(chosen, choose_manifest(text, std::nullopt, layout->path + "/blobs/sha256/" + chosen.sha256));
  }
  TRY(text, read_document(*layout, chosen));
  TRY(const Manifest manifest, parse_manifest(text, layout->path + "/blobs/sha256/" + chosen.sha256));
  TRY(text, read_document(*layout, manifest.config));
  Container container;
  TRY(container.config, parse_config(text, layout->path + "/blobs/sha256/" + manifest.config.sha256));
  container.source.kind = "oci";
  container.source.sha256 = chosen.sha256;
  for (const Descriptor& layer : manifest.layers) {
    const std::string blob = layout->path + "/blobs/sha256/" + layer.sha256;
    container.source.layers.push_back(layer.sha256);
    container.layers.push_back({.where = blob, .sha256 = layer.sha256, .open = [layout, layer, blob] {
                                  return open_layer(*layout, layer.sha256, blob);
                                }});
  }
  return container;
}

/// Follows the links of an archive from the member `name`, and returns the member to which they lead.
Result<std::string> followed(const std::vector<SavedMember>& members, std::string name, const std::string& where) {
  constexpr int kMostLinks = 8;
  for (int links = 0; links <= kMostLinks; ++links) {
    const auto member = std::ranges::find(members, name, &SavedMember::name);
    if (member == members.end()) return fail(Code::kBadInput, where, "lacks the file " + name);
    if (member->target.empty()) return name;
    name = member->target;
  }
  return fail(Code::kBadInput, where, "has a loop of links");
}

/// The digest in a name, `DIGEST.json` or `blobs/sha256/DIGEST`; empty if the name has none.
std::string digest_of_name(const std::string& name) {
  std::string base = name.substr(name.rfind('/') + 1);
  base = base.substr(0, base.find('.'));
  return file::is_sha256_hex(base) ? base : std::string();
}

Result<Container> open_saved_image(const std::string& path, const file::GoOn& go_on) {
  TRY(file::HeldFile held, file::hold_named(path));
  struct stat status{};
  if (::fstat(held.fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return fail(Code::kBadInput, path, "is not a regular file", "`docker save NAME -o FILE` makes one.");
  auto opened = sys::open_at(AT_FDCWD, ("/proc/self/fd/" + std::to_string(held.fd.get())).c_str(), O_RDONLY);
  if (!opened) return fail(Code::kBadInput, path, "cannot be read", {}, opened.error().value);
  const auto file = std::make_shared<const sys::Fd>(std::move(*opened));
  const std::string where = held.path;
  TRY(const auto members, list_saved(file->get(), where, go_on));
  const auto read = [&](const std::string& name) -> Result<std::string> {
    TRY(const std::string member, followed(members, name, where));
    TRY(const ReadBlob blob, open_saved(file->get(), where, member));
    return read_blob(blob, kMostJson, where + ": " + name);
  };
  TRY(const std::string list, read("manifest.json"));
  TRY(const SavedImage saved, parse_saved(list, where + ": manifest.json"));
  TRY(const std::string text, read(saved.config));
  Container container;
  container.source.kind = "docker-archive";
  container.source.sha256 = file::sha256_hex(text);
  if (const std::string promised = digest_of_name(saved.config); promised != container.source.sha256)
    return fail(Code::kBadInput, where + ": " + saved.config, "does not have the digest that is its name",
                "The image is damaged, or somebody changed it. Save it again.");
  TRY(container.config, parse_config(text, where + ": " + saved.config));
  container.source.layers = container.config.diff_ids;
  if (container.config.diff_ids.size() != saved.layers.size())
    return fail(Code::kBadInput, where, "does not have as many layers as its configuration names");
  for (std::size_t i = 0; i < saved.layers.size(); ++i) {
    TRY(const std::string member, followed(members, saved.layers[i], where));
    container.layers.push_back(
        {.where = where + ": " + member,
         .sha256 = container.config.diff_ids[i],
         .of_tar = true,
         .open = [file, where, member]() -> Result<ReadBlob> { return open_saved(file->get(), where, member); }});
  }
  return container;
}

/// Opens `oci:DIR` or `oci:DIR:TAG`. A directory may have a colon in its name, so the function first tries the whole
/// text.
Result<Container> open_layout_named(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || text.find('/', colon) != std::string::npos)
    return open_layout(text, std::nullopt);
  if (file::hold_directory(text)) return open_layout(text, std::nullopt);
  return open_layout(text.substr(0, colon), text.substr(colon + 1));
}

Result<Container> open_container(const std::string& reference, const file::GoOn& go_on) {
  constexpr std::string_view kOci = "oci:", kDocker = "docker-archive:";
  if (reference.starts_with(kOci)) return open_layout_named(reference.substr(kOci.size()));
  if (reference.starts_with(kDocker)) return open_saved_image(reference.substr(kDocker.size()), go_on);
  return fail(Code::kBadInput, reference, "is neither oci:DIR[:TAG] nor docker-archive:FILE",
              "`skopeo copy docker://NAME oci:DIR` and `docker save NAME -o FILE` make such images.");
}

}  // namespace

Result<Rootfs> open_container_image(const std::string& reference, const file::GoOn& go_on, bool helpers) {
  TRY(Container container, open_container(reference, go_on));
  container.source.name = reference;
  TRY(const ImageCache cache, ImageCache::open());
  file::Sha256 key;
  key.update(kFormat);
  key.update(container.source.kind + " " + container.source.sha256 + "\n");
  for (const Layer& layer : container.layers) key.update(layer.sha256 + "\n");
  if (helpers) key.update("helpers\n");
  const auto fill = [&](const sys::Fd& root, const std::string& name, Filled& filled) {
    return unpack(container, root, name, filled, go_on, helpers);
  };
  TRY(Image image, stored_image(cache, text::hex(key.finish()), container.source, fill, go_on));
  // The same image may lie in the cache under another name.
  image.source.name = reference;
  Rootfs rootfs{image.held, image.directory, std::move(image)};
  rootfs.search = std::move(container.config.search);
  rootfs.ignored = std::move(container.config.ignored);
  return rootfs;
}

}  // namespace immure::plan
