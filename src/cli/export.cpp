#include <array>
#include <filesystem>

#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/kubernetes.hpp"
#include "cli/print.hpp"
#include "cli/workload.hpp"
#include "file/io.hpp"
#include "venue/bundle.hpp"
#include "venue/outer_filter.hpp"

namespace immure::cli {
namespace {

// Nobody's, on Debian and in most images; who is not root keeps his own.
constexpr unsigned kNobody = 65'534;

Result<void> make_directory(const std::string& path, unsigned mode, unsigned owner) {
  // The umask has no say.
  if (::mkdir(path.c_str(), mode) != 0 || ::chmod(path.c_str(), mode) != 0 ||
      (::geteuid() == 0 && ::chown(path.c_str(), owner, owner) != 0))
    return fail(Code::kBadInput, path, "cannot be made",
                errno == EEXIST ? "Name a directory that is not there yet." : "", errno);
  return {};
}

Result<void> fill_rootfs(const std::string& root, const Workload& workload) {
  constexpr unsigned kReadable = 0755, kSticky = 01777;
  for (const char* name : {"", "/dev", "/in", "/key", "/proc", "/report"})
    CHECK_OK(make_directory(root + name, kReadable, 0));
  CHECK_OK(make_directory(root + "/tmp", kSticky, 0));
  CHECK_OK(plan::pack_image(workload.closure, root + std::string(kInnerImage)));
  std::error_code failed;
  std::filesystem::copy_file("/proc/self/exe", root + "/immure", failed);
  if (failed) return fail(Code::kSystem, root + "/immure", "cannot be written", {}, failed.value());
  constexpr unsigned kExecutable = 0555, kReadOnly = 0444;
  if (::chmod((root + "/immure").c_str(), kExecutable) != 0)
    return fail(Code::kSystem, root + "/immure", "cannot be made executable", {}, errno);
  if (workload.profile_text.empty()) return {};
  return file::create_whole(root + std::string(kInnerProfile), workload.profile_text, kReadOnly);
}

Result<ExitCode> export_bundle(const Arguments& arguments) {
  if (arguments.operands().size() < 2) return fail(Code::kUsage, "export oci", "DIR is missing");
  const std::string& directory = arguments.operands()[1];
  TRY(const Workload workload, workload_of(arguments, 2));
  const unsigned uid = ::geteuid() == 0 ? kNobody : ::geteuid(), gid = ::geteuid() == 0 ? kNobody : ::getegid();
  constexpr unsigned kReadable = 0755, kOwn = 0700;
  CHECK_OK(make_directory(directory, kReadable, 0));
  CHECK_OK(make_directory(directory + "/in", kReadable, 0));
  CHECK_OK(make_directory(directory + "/key", kOwn, uid));
  CHECK_OK(make_directory(directory + "/report", kOwn, uid));
  CHECK_OK(fill_rootfs(directory + "/rootfs", workload));
  const venue::Standalone bundle{.arguments = workload.command,
                                 .environment = workload.environment,
                                 .uid = uid,
                                 .gid = gid,
                                 .files = workload.profile.limits.files};
  constexpr unsigned kMode = 0644;
  CHECK_OK(file::create_whole(directory + "/config.json", venue::standalone_config(bundle, venue::outer_filter_json()),
                              kMode));
  if (arguments.has("json")) {
    CHECK_OK(
        print("{\"command\":" + quoted_list(workload.command) + ",\"directory\":" + cli::quoted(directory) + "}\n"));
    return kSuccess;
  }
  const std::string shown = visible(directory);
  CHECK_OK(print("input:  " + shown + "/in\nkey:    " + shown + "/key/host.key, of user " + std::to_string(uid) +
                 " or of root for its group\nreport: " + shown + "/report\nstart:  runc run --bundle " + shown +
                 " NAME   (as root)\n"));
  return kSuccess;
}

Result<ExitCode> export_filter() {
  CHECK_OK(print(venue::outer_filter_json() + "\n"));
  return kSuccess;
}

Result<ExitCode> export_job(const Arguments& arguments) {
  TRY(const Workload workload, workload_of(arguments, 1));
  if (!workload.profile_text.empty())
    return fail(Code::kUsage, "--profile", "is a file, which the image would not have by this way",
                "`immure export oci` puts it into the bundle; name a built-in profile here.");
  const Cluster cluster{.name = arguments.value("name").value_or("immure"),
                        .image = arguments.value("image").value_or("immure:" IMMURE_VERSION),
                        .runtime_class = arguments.value("runtime-class")};
  const std::string yaml = kubernetes_yaml(workload, cluster);
  CHECK_OK(print(arguments.has("json") ? "{\"yaml\":" + cli::quoted(yaml) + "}\n" : yaml));
  return kSuccess;
}

}  // namespace

Result<ExitCode> export_command(const Arguments& arguments) {
  const std::string& what = arguments.operands().front();
  if (what == "oci") return export_bundle(arguments);
  if (what == "kubernetes") return export_job(arguments);
  if (what == "seccomp" && arguments.operands().size() == 1) return export_filter();
  return fail(Code::kUsage, "export", "is for oci DIR PROGRAM, kubernetes PROGRAM, or seccomp alone",
              "See `immure export --help`.");
}

}  // namespace immure::cli
