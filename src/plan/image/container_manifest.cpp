#include "plan/image/container_manifest.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "file/sha256.hpp"
#include "text/list.hpp"

namespace immure::plan {
namespace {

using nlohmann::json;

/// More layers than any engine can mount.
constexpr std::size_t kMostLayers = 512;
constexpr std::size_t kMostEntries = 1024;

#if defined(__x86_64__)
constexpr std::string_view kMachine = "amd64";
#elif defined(__aarch64__)
constexpr std::string_view kMachine = "arm64";
#endif

std::unexpected<Error> bad(const std::string& where, std::string_view what, std::string_view hint = {}) {
  return fail(Code::kBadInput, where, what, hint);
}

Result<json> parse(std::string_view text, const std::string& where) {
  // Drop what is nested deeper than any file of an image: a few million brackets would otherwise take seconds and
  // hundreds of megabytes.
  constexpr int kDeepest = 32;
  bool too_deep = false;
  json value = json::parse(
      text,
      [&too_deep](int depth, json::parse_event_t, const json&) {
        too_deep = too_deep || depth > kDeepest;
        return depth <= kDeepest;
      },
      false);
  if (too_deep) return fail(Code::kBadInput, where, "is nested more than " + std::to_string(kDeepest) + " levels deep");
  if (value.is_discarded()) return bad(where, "is not JSON");
  return value;
}

/// The member `key`, or a null value if there is none.
const json& member(const json& value, const char* key) {
  static const json kNone;
  if (!value.is_object()) return kNone;
  const auto found = value.find(key);
  return found == value.end() ? kNone : *found;
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

/// The hex digits of `sha256:…`; empty for another text.
std::string hex_of(const std::string& digest) {
  constexpr std::string_view kPrefix = "sha256:";
  if (!digest.starts_with(kPrefix)) return {};
  std::string hex = digest.substr(kPrefix.size());
  return file::is_sha256_hex(hex) ? hex : std::string();
}

Result<Descriptor> descriptor_of(const json& value, const std::string& where) {
  const json& size = member(value, "size");
  Descriptor descriptor{.sha256 = hex_of(text_of(member(value, "digest"))),
                        .size = size.is_number_unsigned() ? size.get<std::uint64_t>() : 0,
                        .media_type = text_of(member(value, "mediaType"))};
  if (descriptor.sha256.empty()) return bad(where, "names a blob without a sha256 digest");
  if (descriptor.size == 0) return bad(where, "names a blob without a size");
  return descriptor;
}

/// True if the entry of an index is for this machine, or does not say for which machine it is.
bool fits_machine(const json& entry) {
  const json& platform = member(entry, "platform");
  if (!platform.is_object()) return true;
  const std::string machine = text_of(member(platform, "architecture")), system = text_of(member(platform, "os"));
  return (machine.empty() || machine == kMachine) && (system.empty() || system == "linux");
}

std::string tag_of(const json& entry) {
  return text_of(member(member(entry, "annotations"), "org.opencontainers.image.ref.name"));
}

/// The names in the image's configuration that change what an engine would run.
std::vector<std::string> ignored_of(const json& config) {
  std::vector<std::string> names;
  for (const char* key : {"Cmd", "Entrypoint", "Env", "User", "WorkingDir"})
    if (const json& value = member(config, key); !value.empty() && value != "/") names.emplace_back(key);
  return names;
}

std::vector<std::string> search_of(const json& environment) {
  std::vector<std::string> directories;
  for (const json& entry : environment) {
    const std::string text = text_of(entry);
    if (!text.starts_with("PATH=")) continue;
    directories.clear();
    for (std::string_view rest = std::string_view(text).substr(5); !rest.empty();) {
      const std::string_view directory = rest.substr(0, rest.find(':'));
      rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
      if (directory.starts_with('/')) directories.emplace_back(directory);
    }
  }
  return directories;
}

}  // namespace

bool is_index(const Descriptor& descriptor) {
  return descriptor.media_type == "application/vnd.oci.image.index.v1+json" ||
         descriptor.media_type == "application/vnd.docker.distribution.manifest.list.v2+json";
}

Result<Descriptor> choose_manifest(std::string_view text, const std::optional<std::string>& tag,
                                   const std::string& where) {
  TRY(const json value, parse(text, where));
  const json& entries = member(value, "manifests");
  if (!entries.is_array() || entries.size() > kMostEntries) return bad(where, "has no list of manifests");
  std::vector<const json*> fitting;
  std::string tags;
  for (const json& entry : entries) {
    const std::string name = tag_of(entry);
    if (!name.empty()) text::append_item(tags, name);
    if (tag && name != *tag) continue;
    if (fits_machine(entry)) fitting.push_back(&entry);
  }
  if (fitting.size() == 1) return descriptor_of(*fitting.front(), where);
  if (fitting.empty())
    return bad(where, "has no image " + (tag ? "with the tag " + *tag + " " : "") + "for this machine",
               tags.empty() ? "" : "It has the tags " + tags + ".");
  return bad(
      where, "has more than one image for this machine",
      tags.empty() ? "Name a layout that has one image." : "Name one as oci:DIR:TAG; its tags are " + tags + ".");
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& where) {
  TRY(const json value, parse(text, where));
  Manifest manifest;
  TRY(manifest.config, descriptor_of(member(value, "config"), where));
  const json& layers = member(value, "layers");
  if (!layers.is_array() || layers.empty()) return bad(where, "has no layers");
  if (layers.size() > kMostLayers) return bad(where, "has more than " + std::to_string(kMostLayers) + " layers");
  for (const json& layer : layers) {
    TRY(Descriptor descriptor, descriptor_of(layer, where));
    manifest.layers.push_back(std::move(descriptor));
  }
  return manifest;
}

Result<ImageConfig> parse_config(std::string_view text, const std::string& where) {
  TRY(const json value, parse(text, where));
  const std::string machine = text_of(member(value, "architecture")), system = text_of(member(value, "os"));
  if ((!machine.empty() && machine != kMachine) || (!system.empty() && system != "linux"))
    return bad(where, "is for " + system + "/" + machine + ", and this machine is linux/" + std::string(kMachine));
  ImageConfig config;
  const json& ids = member(member(value, "rootfs"), "diff_ids");
  if (!ids.is_array() || ids.size() > kMostLayers) return bad(where, "does not name its layers (rootfs.diff_ids)");
  for (const json& id : ids) {
    config.diff_ids.push_back(hex_of(text_of(id)));
    if (config.diff_ids.back().empty()) return bad(where, "names a layer without a sha256 digest");
  }
  const json& run = member(value, "config");
  config.search = search_of(member(run, "Env"));
  config.ignored = ignored_of(run);
  return config;
}

Result<SavedImage> parse_saved(std::string_view text, const std::string& where) {
  TRY(const json value, parse(text, where));
  if (!value.is_array() || value.size() != 1)
    return bad(where, "does not have exactly one image", "Save one image: `docker save NAME -o FILE`.");
  SavedImage image{.config = text_of(member(value.front(), "Config")), .layers = {}};
  const json& layers = member(value.front(), "Layers");
  if (image.config.empty() || !layers.is_array() || layers.empty() || layers.size() > kMostLayers)
    return bad(where, "names no configuration or no layers");
  for (const json& layer : layers) image.layers.push_back(text_of(layer));
  return image;
}

}  // namespace immure::plan
