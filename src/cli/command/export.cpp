#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/engine/bundle.hpp"
#include "attest/engine/outer_filter.hpp"
#include "cli/commands.hpp"
#include "cli/export/kubernetes.hpp"
#include "cli/export/workload.hpp"
#include "cli/print.hpp"
#include "cli/run/directories.hpp"
#include "file/io.hpp"
#include "file/place.hpp"
#include "plan/filter/filter.hpp"
#include "plan/image/image_cache.hpp"
#include "plan/profile.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::cli {
namespace {

// The id of the user nobody, on Debian and in most images. A user other than root keeps their own id.
constexpr unsigned kNobody = 65'534;

/// A new directory. Files are written through its descriptor, so that a user who may rename its parents cannot redirect
/// the writes.
class NewDirectory {
 public:
  static Result<NewDirectory> make(const sys::Fd& parent, const std::string& name, const std::string& shown,
                                   unsigned mode, unsigned owner) {
    TRY(sys::Fd fd, file::make_directory(parent, name, mode & 0777U, shown, Code::kBadInput));
    // Set the mode again, because the umask has narrowed it.
    int failure = ::geteuid() == 0 ? sys::error_of(::fchown, fd.get(), owner, owner) : 0;
    if (failure == 0) failure = sys::error_of(::fchmod, fd.get(), mode);
    if (failure != 0) return fail(Code::kBadInput, shown, "cannot be made", {}, failure);
    return NewDirectory(std::move(fd), shown);
  }

  [[nodiscard]] int descriptor() const { return fd_.get(); }

  [[nodiscard]] Result<NewDirectory> add(const std::string& name, unsigned mode, unsigned owner) const {
    return make(fd_, name, path_ + "/" + name, mode, owner);
  }

  /// The place of the file `name` in the directory.
  [[nodiscard]] Result<file::Place> at(const std::string& name) const {
    return file::place_in(fd_, path_, name, path_ + "/" + name);
  }

 private:
  NewDirectory(sys::Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  sys::Fd fd_;
  std::string path_;
};

Result<void> copy_self(const file::Place& place) {
  constexpr unsigned kExecutable = 0555;
  const auto self = sys::open_at(AT_FDCWD, "/proc/self/exe", O_RDONLY);
  if (!self) return fail(Code::kSystem, "/proc/self/exe", "cannot be read", {}, self.error().value);
  TRY(file::NewFile made, file::NewFile::create_in(place.directory, place.name, place.shown));
  std::vector<std::byte> block(1 << 20);
  while (true) {
    const auto count = sys::read_some(self->get(), block);
    if (!count) return fail(Code::kSystem, "/proc/self/exe", "cannot be read", {}, count.error().value);
    if (*count == 0) return made.publish(kExecutable);
    if (const auto written = sys::write_all(made.descriptor().get(), std::span(block).first(*count)); !written)
      return fail(Code::kSystem, place.shown, "cannot be written", {}, written.error().value);
  }
}

Result<void> fill_rootfs(const NewDirectory& root, const Workload& workload) {
  constexpr unsigned kReadable = 0755, kSticky = 01777, kReadOnly = 0444;
  for (const char* name : {"dev", "in", "key", "proc", "report"}) CHECK_OK(root.add(name, kReadable, 0));
  CHECK_OK(root.add("tmp", kSticky, 0));
  TRY(const file::Place image, root.at(std::string(kInnerImage.substr(1))));
  CHECK_OK(plan::pack_image(workload.closure, image));
  TRY(const file::Place self, root.at("immure"));
  CHECK_OK(copy_self(self));
  if (workload.profile_text.empty()) return {};
  TRY(const file::Place profile, root.at(std::string(kInnerProfile.substr(1))));
  return file::create_whole(profile, workload.profile_text, kReadOnly);
}

Result<ExitCode> export_bundle(const Arguments& arguments) {
  if (arguments.operands().size() < 2) return fail(Code::kUsage, "export oci", "DIR is missing");
  const std::string& directory = arguments.operands()[1];
  TRY(const Workload workload, workload_of(arguments, 2));
  const unsigned uid = ::geteuid() == 0 ? kNobody : ::geteuid(), gid = ::geteuid() == 0 ? kNobody : ::getegid();
  constexpr unsigned kReadable = 0755, kOwn = 0700;
  TRY(const file::Place place, place_to_write(without_trailing_slashes(directory)));
  auto made = NewDirectory::make(place.directory, place.name, directory, kReadable, 0);
  if (!made) return std::unexpected(made.error());
  plan::Unfinished unfinished(place.directory.get(), place.name, made->descriptor());
  CHECK_OK(made->add("in", kReadable, 0));
  CHECK_OK(made->add("key", kOwn, uid));
  CHECK_OK(made->add("report", kOwn, uid));
  TRY(const NewDirectory rootfs, made->add("rootfs", kReadable, 0));
  CHECK_OK(fill_rootfs(rootfs, workload));
  const attest::Standalone bundle{.arguments = workload.command,
                                  .environment = workload.environment,
                                  .uid = uid,
                                  .gid = gid,
                                  .files = workload.profile.limits.files};
  constexpr unsigned kMode = 0644;
  TRY(const file::Place config, made->at("config.json"));
  CHECK_OK(file::create_whole(config, attest::standalone_config(bundle, attest::outer_filter_json()), kMode));
  unfinished.keep();
  if (arguments.has("json")) {
    CHECK_OK(print(json_line([&](text::JsonWriter& json) {
      json.object().member("command", workload.command).member("directory", directory).close();
    })));
    return kSuccess;
  }
  const std::string shown = visible(directory);
  CHECK_OK(print("input:  " + shown + "/in\nkey:    " + shown + "/key/host.key, of user " + std::to_string(uid) +
                 " or of root for its group\nreport: " + shown + "/report\nstart:  runc run --bundle " + shown +
                 " NAME   (as root)\n"));
  return kSuccess;
}

/// The value of --profile. `seccomp` has no program of its own, so the option may also follow it.
std::optional<std::string> filter_wanted(const Arguments& arguments) {
  const std::vector<std::string>& words = arguments.operands();
  if (words.size() == 3 && words[1] == "--profile") return words[2];
  return arguments.value("profile");
}

Result<ExitCode> export_filter(const Arguments& arguments) {
  if (const auto profile = filter_wanted(arguments)) {
    CHECK_OK(plan::profile_toml(*profile));
    TRY(const std::string_view json, plan::builtin_filter_json(*profile));
    CHECK_OK(print(json));
    return kSuccess;
  }
  CHECK_OK(print(attest::outer_filter_json() + "\n"));
  return kSuccess;
}

Result<ExitCode> export_job(const Arguments& arguments) {
  TRY(const Workload workload, workload_of(arguments, 1));
  if (!workload.profile_text.empty())
    return fail(Code::kUsage, "--profile", "is a file, and the container image would not contain it",
                "Name a built-in profile, or use `immure export oci`, which puts the file into the bundle.");
  const Cluster cluster{.name = arguments.value("name").value_or("immure"),
                        .image = arguments.value("image").value_or("immure:" IMMURE_VERSION),
                        .runtime_class = arguments.value("runtime-class")};
  const std::string yaml = kubernetes_yaml(workload, cluster);
  CHECK_OK(print(arguments.has("json") ? json_line({{"yaml", yaml}}) : yaml));
  return kSuccess;
}

}  // namespace

Result<ExitCode> export_command(const Arguments& arguments) {
  const std::string& what = arguments.operands().front();
  if (what == "oci") return export_bundle(arguments);
  if (what == "kubernetes") return export_job(arguments);
  const bool alone = arguments.operands().size() == 1;
  if (what == "seccomp" && (alone || (filter_wanted(arguments) && !arguments.has("profile"))))
    return export_filter(arguments);
  return fail(Code::kUsage, "export", "needs one of: oci DIR PROGRAM, kubernetes PROGRAM, seccomp [--profile NAME]",
              "See `immure export --help`.");
}

}  // namespace immure::cli
