/// Refuses an input that contains certain files or directories under any name.
#pragma once

#include <optional>
#include <vector>

#include "attest/run.hpp"
#include "evidence/keys.hpp"
#include "file/tree.hpp"
#include "sys/error.hpp"

namespace immure::attest {

/// Error kBadInput if an entry of the input, or the file of --stdin, is the private key, the output directory, the
/// directory of the evidence, or the image cache. A hard link or a bind mount gives a file or a directory a second
/// name. Comparing paths or walking up by `..` does not find this name. So this function compares the device and the
/// inode, which are the same under every name.
[[nodiscard]] Result<void> check_aliases(const RunRequest& request, const std::optional<evidence::PrivateKeyFile>& key,
                                         const sys::Fd& standard_input, const std::vector<file::Entry>& entries);

}  // namespace immure::attest
