/// The JSON documents of container images: the index, the manifest and the configuration of an OCI image layout
/// (opencontainers/image-spec), and the manifest.json of `docker save`. All these documents are hostile input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"

namespace immure::plan {

/// A blob: its SHA-256 (hex), and its size in bytes.
struct Descriptor {
  std::string sha256;
  std::uint64_t size = 0;
  std::string media_type;
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

/// Chooses a manifest from an index: the manifest with the tag, and if several have the tag, the manifest for this
/// machine (linux). Without a tag, an index may have only one image for this machine. The result may be another index.
/// `where` names the file in errors. Error kBadInput.
[[nodiscard]] Result<Descriptor> choose_manifest(std::string_view text, const std::optional<std::string>& tag,
                                                 const std::string& where);

/// True for the media type of an index, which a descriptor may name in place of a manifest.
[[nodiscard]] bool is_index(const Descriptor& descriptor);

struct Manifest {
  Descriptor config;
  std::vector<Descriptor> layers;  ///< the lowest first
};
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text, const std::string& where);

/// What immure takes from an image's configuration.
struct ImageConfig {
  std::vector<std::string> diff_ids;  ///< SHA-256 (hex) of each uncompressed layer, the lowest first
  std::vector<std::string> search;    ///< the directories of PATH in its environment
  std::vector<std::string> ignored;   ///< what the image asks for and immure does not do: `Entrypoint`, `Env`, …
};
/// Error kBadInput, also if the image is for another machine.
[[nodiscard]] Result<ImageConfig> parse_config(std::string_view text, const std::string& where);

/// One image in the manifest.json of `docker save`. `config` and `layers` name members of the archive.
struct SavedImage {
  std::string config;
  std::vector<std::string> layers;
};
/// Error kBadInput, also if the archive has several images.
[[nodiscard]] Result<SavedImage> parse_saved(std::string_view text, const std::string& where);

}  // namespace immure::plan
