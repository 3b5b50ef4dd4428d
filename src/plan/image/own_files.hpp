/// Files of an image that immure writes itself, and that lie nowhere on the host.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plan/image/pack.hpp"
#include "probe/fixed_files.hpp"
#include "sys/error.hpp"

namespace immure::plan {

/// The item of a file with these contents. `shown`: what messages call the file.
[[nodiscard]] PackItem text_item(std::string inner, std::string shown, std::shared_ptr<const std::string> text);

/// The item of a fixed file that is no link.
[[nodiscard]] PackItem fixed_item(const probe::FixedFile& file);

/// The fixed files whose contents depend on no plan, and the files of the probes if the program may start `helpers`.
[[nodiscard]] std::vector<probe::FixedFile> files_of_every_root(bool helpers);

/// Adds the fixed files, and drops every other item with one of their paths. Error kBadInput: something that is no
/// directory lies where a directory of a fixed file must be.
[[nodiscard]] Result<void> put_fixed_files(const std::vector<probe::FixedFile>& fixed, std::vector<PackItem>& items);

/// Adds files_of_every_root() to the list of a root directory's copy, which has nothing of
/// special_paths(). Leaves out a file if something that is no directory lies where its directory must be.
void add_constant_files(std::vector<PackItem>& items, bool helpers);

/// Writes a text_item() into the directory `root`, with mode 0444 or 0555 and the time 0. Error kSystem.
[[nodiscard]] Result<void> write_text(const PackItem& item, int root, const std::string& where);

}  // namespace immure::plan
