/// What must not lie in the input, under whatever name.
#pragma once

#include <optional>
#include <vector>

#include "attest/run.hpp"
#include "evidence/keys.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Error kBadInput if an entry of the input, or the file of --stdin, is the private key, the output directory, the
/// directory of the evidence, or the image cache. A hard link and a bind mount give a file or a directory a second
/// name, which no comparison of paths and no way up by `..` finds; the device and the inode are the same under each
/// name.
[[nodiscard]] Result<void> check_aliases(const RunRequest& request, const std::optional<evidence::PrivateKeyFile>& key,
                                         const sys::Fd& standard_input, const std::vector<file::Entry>& entries);

}  // namespace immure::attest
