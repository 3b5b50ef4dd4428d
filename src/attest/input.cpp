#include "attest/input.hpp"

#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/stage.hpp"
#include "file/tree.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/machine.hpp"

namespace immure::attest {

namespace {

/// True if this list is of this directory. The path may lead to another directory by now.
bool is_of(const std::vector<file::Entry>& listed, const sys::Fd& directory) {
  struct stat status{};
  return !listed.empty() && ::fstat(directory.get(), &status) == 0 && status.st_ino == listed.front().inode &&
         status.st_dev == listed.front().device;
}

}  // namespace

Result<OpenInput> open_input(const plan::Plan& plan, sys::Fd directory, bool staged, std::vector<file::Entry> listed,
                             std::vector<std::string>& left_out, const GoOn& go_on) {
  OpenInput input;
  input.directory = std::move(directory);
  if (is_of(listed, input.directory)) {
    input.entries = std::move(listed);
  } else {
    TRY(input.entries, list_input(input.directory.get(), plan.input_name, go_on));
  }
  for (const file::Entry& entry : input.entries) {
    if (entry.path.size() < PATH_MAX) continue;
    return fail(Code::kBadInput, plan.input_name, "holds a path of " + std::to_string(entry.path.size()) + " bytes",
                "No program can open what has a path of more than 4095 bytes; move it up.");
  }
  if (staged) {
    left_out = leave_out_channels(input);
    input.staged = true;
    return input;
  }
  for (const file::Entry& entry : input.entries) {
    if (entry.kind == file::Kind::kFile || entry.kind == file::Kind::kDirectory || entry.kind == file::Kind::kLink)
      continue;
    return fail(Code::kBadInput, plan.input_name + "/" + entry.path,
                "is a " + std::string(file::name(entry.kind)) + ", a channel out of the cell",
                "Remove it from the input, or use --stage to give the cell a copy without it.");
  }
  return input;
}

Result<std::vector<file::Entry>> list_input(int directory, const std::string& name, const GoOn& go_on) {
  return file::scan(directory, name, {.readers = sys::processors(), .go_on = go_on});
}

Result<void> check_readable(const OpenInput& input, const std::string& name, const GoOn& go_on) {
  constexpr unsigned kEverybody = 0444;
  for (const file::Entry& entry : input.entries) {
    if (entry.kind != file::Kind::kFile || (entry.mode & kEverybody) == kEverybody) continue;
    CHECK_OK(go_on());
    const int failure =
        sys::error_of(::faccessat, input.directory.get(), entry.path.c_str(), R_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
    if (failure == 0) continue;
    return fail(Code::kBadInput, name + "/" + entry.path, "cannot be read",
                "Take it out of the input or make it readable.", failure);
  }
  return {};
}

void count_input(evidence::Evidence& evidence, const OpenInput& input) {
  evidence::Input& counts = evidence.input;
  for (const file::Entry& entry : input.entries) {
    if (entry.kind == file::Kind::kFile) {
      ++counts.files;
      counts.bytes += entry.size;
    }
    if (entry.kind == file::Kind::kDirectory) ++counts.directories;
    if (entry.kind == file::Kind::kLink) ++counts.links;
  }
  counts.stat_before = file::stat_digest(input.entries);
}

}  // namespace immure::attest
