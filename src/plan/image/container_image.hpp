/// Container images as root directories: OCI image layouts, and archives of `docker save`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "file/go_on.hpp"
#include "plan/image/rootfs.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// Unpacks an image into the cache, or finds it there. `reference` is `oci:DIR`, `oci:DIR:TAG` or
/// `docker-archive:FILE`. Every blob must have the digest by which the image names it. The image's Entrypoint, Cmd,
/// Env, User and WorkingDir change nothing, except that immure looks up a program without a slash in the directories of
/// the image's PATH. Errors, kBadInput: another form of reference, no such image, a blob with another digest, a member
/// of a layer that leads out of the image. `helpers`: as in open_rootfs(). Also the errors of the cache and of `go_on`.
[[nodiscard]] Result<Rootfs> open_container_image(const std::string& reference, const file::GoOn& go_on = {},
                                                  bool helpers = false);

}  // namespace immure::plan
