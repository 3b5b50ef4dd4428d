/// runc and crun without an engine: immure writes the bundle itself.
#include <array>

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/engine/bundle.hpp"
#include "attest/engine/outer_filter.hpp"
#include "attest/engine/outer_sandbox.hpp"
#include "attest/host/cgroup.hpp"
#include "file/io.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"

namespace immure::attest {
namespace {

constexpr std::string_view kConfig = "bundle/config.json", kProgram = "bundle/rootfs/immure";
constexpr std::array<std::string_view, 11> kFiles = {"state",
                                                     "bundle",
                                                     kConfig,
                                                     "bundle/rootfs",
                                                     "bundle/rootfs/dev",
                                                     "bundle/rootfs/image",
                                                     "bundle/rootfs/in",
                                                     "bundle/rootfs/proc",
                                                     "bundle/rootfs/run",
                                                     "bundle/rootfs/run/immure",
                                                     kProgram};

Result<std::string> runtime_path(const std::string& wanted) {
  if (wanted.find("runsc") != std::string::npos) {
    return fail(Code::kUnsupported, "oci",
                "gVisor cannot make /out write-only, and immure cannot observe a gVisor cell from outside",
                "gVisor's kernel has no Landlock, and the host does not see gVisor's processes. Use runc or crun.");
  }
  for (const std::string& name : wanted.empty() ? std::vector<std::string>{"runc", "crun"} : std::vector{wanted}) {
    if (auto path = find_program(name)) return *path;
  }
  return fail(Code::kUnsupported, "oci",
              wanted.empty() ? "neither runc nor crun is installed" : wanted + " is not installed",
              "To fix this: apt-get install " + (wanted.empty() ? "runc" : wanted) + ".");
}

Result<std::string> version(const std::string& runtime, const file::GoOn& go_on) {
  TRY(const std::string path, runtime_path(runtime));
  TRY(const std::string text, run_program({.argv = {path, "--version"}, .as = {}, .inherited = {}}, go_on));
  return text.substr(0, text.find('\n'));
}

Result<void> copy_program(const std::string& path, int from) {
  const auto to = sys::open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0755);
  if (!to) return fail(Code::kSystem, path, "cannot be made", {}, to.error().value);
  struct stat status{};
  if (const int failure = sys::error_of(::fstat, from, &status); failure != 0)
    return fail(Code::kSystem, path, "cannot be copied from immure's own program", {}, failure);
  off_t offset = 0;
  while (offset < status.st_size) {
    const auto left = static_cast<std::size_t>(status.st_size - offset);
    const auto count = sys::call(::sendfile, to->get(), from, &offset, left);
    if (!count || *count == 0) return fail(Code::kSystem, path, "cannot be written", {}, sys::error_of(count));
  }
  if (const int failure = sys::error_of(::fchmod, to->get(), 0555); failure != 0)
    return fail(Code::kSystem, path, "cannot be made executable", {}, failure);
  return {};
}

std::vector<std::string> words(const Enclosure& enclosure) {
  return {enclosure.runtime.empty() ? "runc" : enclosure.runtime,
          "--root",
          enclosure.directory + "/state",
          "run",
          "--bundle",
          enclosure.directory + "/bundle",
          enclosure.name};
}

Result<Command> command(const Enclosure& enclosure) {
  TRY(std::string path, runtime_path(enclosure.runtime));
  for (const std::string_view name : kFiles) {
    const std::string file = enclosure.directory + "/" + std::string(name);
    if (name == kConfig || name == kProgram) continue;
    int failure = sys::error_of(::mkdir, file.c_str(), 0755);
    if (failure == 0) failure = sys::error_of(::chmod, file.c_str(), 0755);
    if (failure != 0) return fail(Code::kSystem, file, "cannot be made", {}, failure);
  }
  // An ordinary user's runtime cannot make control groups, and fails if the bundle asks for one.
  Enclosure limited = enclosure;
  if (!enclosure.ids.privileged || !has_controllers()) limited.memory_bytes = 0;
  CHECK_OK(copy_program(enclosure.directory + "/" + std::string(kProgram), enclosure.launcher));
  CHECK_OK(file::write_whole(enclosure.directory + "/" + std::string(kConfig),
                             bundle_config(limited, outer_filter_json()), 0644));
  // If the supervisor is killed while a runtime is starting, the runtime makes its state directory again.
  Command command{.argv = words(enclosure), .as = {}, .inherited = {enclosure.held}};
  command.argv.front() = std::move(path);
  return command;
}

// crun and runc delete a container that exits normally. After a kill, delete the container here.
void clean_up(const Enclosure& enclosure) {
  if (const auto path = runtime_path(enclosure.runtime)) [[maybe_unused]]
    const auto removed =
        run_program({.argv = {*path, "--root", enclosure.directory + "/state", "delete", "--force", enclosure.name},
                     .as = {},
                     .inherited = {}},
                    {}, kCleanUpMilliseconds);
}

}  // namespace

const OuterSandbox kOci{.name = venue::kOci,
                        .automatic = false,
                        .version = version,
                        .words = words,
                        .command = command,
                        .files = kFiles,
                        .clean_up = clean_up};

}  // namespace immure::attest
