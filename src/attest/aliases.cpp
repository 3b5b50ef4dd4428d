#include "attest/aliases.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/libc.hpp"

namespace immure::attest {
namespace {

/// Something that the program must not find in its input.
struct Kept {
  std::string what;  ///< for messages: `is …`
  std::string_view hint;
  dev_t device = 0;
  ino_t inode = 0;
};

/// Returns the file or directory at `path` below the open directory `fd`, or `fd` itself if the path is empty.
Result<Kept> kept(int fd, const char* path, std::string what, std::string_view hint) {
  struct stat status{};
  if (const int failure = sys::error_of(::fstatat, fd, path, &status, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
      failure != 0)
    return fail(Code::kSystem, what, "its status cannot be read", {}, failure);
  return Kept{std::move(what), hint, status.st_dev, status.st_ino};
}

Result<std::vector<Kept>> all_kept(const RunRequest& request, const std::optional<evidence::PrivateKeyFile>& key) {
  constexpr std::string_view kOther = "Remove this file or directory from the input, or name another directory.";
  std::vector<Kept> all;
  const auto add = [&all](Result<Kept> one) -> Result<void> {
    if (!one) return std::unexpected(std::move(one.error()));
    all.push_back(*std::move(one));
    return {};
  };
  if (key)
    CHECK_OK(
        add(kept(key->descriptor().get(), "", "the private key " + key->path(),
                 "Remove this file or directory from the input: the program could write the key into its outputs.")));
  CHECK_OK(add(kept(request.output.get(), "", "the output directory " + request.plan.output_name, kOther)));
  if (request.evidence)
    CHECK_OK(add(kept(request.evidence->directory.get(), "",
                      "the directory of the evidence, " + request.evidence->parent, kOther)));
  std::vector<const plan::Image*> images = {&request.plan.image};
  for (const plan::Plan& plan : request.earlier) images.push_back(&plan.image);
  for (const plan::Image* image : images) {
    if (!image->cached || !image->held) continue;
    constexpr std::string_view kCache = "Set IMMURE_CACHE to a directory outside of the input.";
    // The image lies in `images/KEY/root`, and `images` holds the images of all programs.
    CHECK_OK(add(kept(image->held->get(), "../..", "immure's image cache", kCache)));
    CHECK_OK(add(kept(image->held->get(), "", "the program's image in immure's cache", kCache)));
  }
  return all;
}

}  // namespace

Result<void> check_aliases(const RunRequest& request, const std::optional<evidence::PrivateKeyFile>& key,
                           const sys::Fd& standard_input, const std::vector<file::Entry>& entries) {
  TRY(const std::vector<Kept> all, all_kept(request, key));
  const auto find = [&all](dev_t device, ino_t inode) {
    return std::ranges::find_if(all, [&](const Kept& one) { return one.inode == inode && one.device == device; });
  };
  if (standard_input) {
    const plan::Plan& first = request.earlier.empty() ? request.plan : request.earlier.front();
    struct stat status{};
    if (const int number = sys::error_of(::fstat, standard_input.get(), &status); number != 0)
      return fail(Code::kSystem, "--stdin", "its status cannot be read", {}, number);
    if (const auto found = find(status.st_dev, status.st_ino); found != all.end())
      return fail(Code::kBadInput, "--stdin " + first.standard_input, "is " + found->what, found->hint);
  }
  for (const file::Entry& entry : entries) {
    const auto found = find(entry.device, entry.inode);
    if (found == all.end()) continue;
    const std::string name = request.plan.input_parts.empty() ? request.plan.input_name : "/in";
    return fail(Code::kBadInput, entry.path == "." ? name : name + "/" + entry.path, "is " + found->what, found->hint);
  }
  return {};
}

}  // namespace immure::attest
