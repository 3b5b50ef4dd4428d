/// Keeps the private key out of the image: what a program can read, it can write into its outputs.
#pragma once

#include <string>

#include "file/place.hpp"
#include "plan/image/image.hpp"
#include "sys/error.hpp"

namespace immure::cli {

/// Error kBadInput if the image would hold the key, under this name or another name of the same file.
[[nodiscard]] Result<void> check_key_outside_image(const file::Place& key, const plan::Closure& closure);

/// Error kBadInput if the key lies in the root directory.
[[nodiscard]] Result<void> check_key_outside_root(const file::Place& key, const std::string& root);

}  // namespace immure::cli
