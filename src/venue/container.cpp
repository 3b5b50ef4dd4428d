/// podman and docker: a throwaway container from an image that holds this program and nothing else.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/io.hpp"
#include "plan/file_digest.hpp"
#include "sys/file.hpp"
#include "venue/enter.hpp"
#include "venue/outer.hpp"
#include "venue/outer_filter.hpp"
#include "venue/tar.hpp"

namespace immure::venue {
namespace {

constexpr std::array<std::string_view, 2> kFiles = {"seccomp.json", "image.tar"};

/// What the two engines differ in.
struct Engine {
  std::string_view program, package;
  std::string_view repository;  ///< prefix of the image's name
};
constexpr Engine kPodmanEngine{.program = "podman", .package = "podman", .repository = "localhost/immure"};
constexpr Engine kDockerEngine{.program = "docker", .package = "docker.io", .repository = "immure"};

Result<std::string> program(const Engine& engine) {
  if (auto path = find_program(std::string(engine.program))) return *path;
  return fail(Code::kUnsupported, engine.program, "is not installed",
              "To mend it: apt-get install " + std::string(engine.package) + ".");
}

Result<std::string> first_line_of_version(const std::string& path) {
  TRY(const std::string text, run_program({.argv = {path, "--version"}, .as = {}, .inherited = {}}));
  return text.substr(0, text.find('\n'));
}

Result<std::string> version(const Engine& engine, const std::string& runtime) {
  TRY(const std::string path, program(engine));
  TRY(std::string text, first_line_of_version(path));
  if (runtime.empty()) return text;
  const auto found = find_program(runtime);
  if (!found)
    return fail(Code::kUnsupported, runtime, "is not installed", "To mend it: apt-get install " + runtime + ".");
  TRY(const std::string runtime_version, first_line_of_version(*found));
  return text + ", " + runtime_version;
}

// The image is known by the digest of what it holds, so an old or foreign one is never taken. It stays in the engine's
// store for the next run; the container does not.
Result<std::string> image_of(const Engine& engine, const std::string& path, const Enclosure& enclosure) {
  TRY(const std::string digest, plan::file_digest("/proc/self/exe"));
  constexpr std::size_t kTag = 32;
  const std::string name = std::string(engine.repository) + ":" + digest.substr(0, kTag);
  if (run_program({.argv = {path, "image", "inspect", name}, .as = {}, .inherited = {}})) return name;
  const std::string archive = enclosure.directory + "/image.tar";
  CHECK_OK(write_image_archive(archive, enclosure.launcher));
  CHECK_OK(run_program({.argv = {path, "import", archive, name}, .as = {}, .inherited = {}}));
  return name;
}

// The value of --mount is a line of comma-separated values (RFC 4180), which is how a path may hold commas.
std::string mount(const std::string& source, std::string_view target) {
  std::string field = "src=" + source;
  if (field.find_first_of(",\"") != std::string::npos) {
    for (std::size_t i = 0; (i = field.find('"', i)) != std::string::npos; i += 2) field.insert(i, 1, '"');
    field = '"' + field + '"';
  }
  return "--mount=type=bind," + field + ",dst=" + std::string(target) + ",ro=true";
}

// Said, because an engine's own default may be above what the caller may give (setrlimit(2)).
std::string limit(std::string_view name, std::uint32_t least) {
  constexpr std::uint32_t kEnough = 4096;
  const std::string value = std::to_string(std::max(least, kEnough));
  return "--ulimit=" + std::string(name) + "=" + value + ":" + value;
}

std::vector<std::string> walls(const Enclosure& enclosure) {
  const std::string user = std::to_string(enclosure.ids.uid) + ":" + std::to_string(enclosure.ids.gid);
  return {"run",
          "--rm",
          "--name=" + enclosure.name,
          "--hostname=immure",
          "--pull=never",
          "--network=none",
          "--read-only",
          "--cap-drop=ALL",
          "--security-opt=no-new-privileges",
          "--security-opt=seccomp=" + enclosure.directory + "/seccomp.json",
          "--user=" + user,
          "--workdir=/",
          "--log-driver=none",
          limit("nofile", enclosure.files),
          limit("nproc", enclosure.processes),
          mount(enclosure.socket_directory, "/run/immure")};
}

Result<Command> command(const Engine& engine, const Enclosure& enclosure, std::vector<std::string> own_flags) {
  TRY(const std::string path, program(engine));
  TRY(const std::string image, image_of(engine, path, enclosure));
  CHECK_OK(file::write_whole(enclosure.directory + "/seccomp.json", outer_filter_json(), 0644));
  Command command{.argv = {path}, .as = {}, .inherited = {}};
  auto& argv = command.argv;
  if (!enclosure.runtime.empty() && engine.program == "podman") argv.push_back("--runtime=" + enclosure.runtime);
  for (std::string& word : walls(enclosure)) argv.push_back(std::move(word));
  if (!enclosure.runtime.empty() && engine.program == "docker") argv.push_back("--runtime=" + enclosure.runtime);
  for (std::string& word : own_flags) argv.push_back(std::move(word));
  if (!enclosure.image.empty()) argv.push_back(mount(enclosure.image, kEntryImage));
  if (!enclosure.input.empty()) argv.push_back(mount(enclosure.input, kEntryInput));
  for (std::string word : {image, std::string(kEntryProgram), std::string("enter")}) argv.push_back(std::move(word));
  return command;
}

void clean_up(const Engine& engine, const Enclosure& enclosure) {
  const auto path = program(engine);
  if (path) [[maybe_unused]]
    const auto removed = run_program({.argv = {*path, "rm", "--force", enclosure.name}, .as = {}, .inherited = {}});
}

Result<std::string> podman_version(const std::string& runtime) { return version(kPodmanEngine, runtime); }

Result<Command> podman_command(const Enclosure& enclosure) {
  std::vector<std::string> flags = {"--read-only-tmpfs=false", "--no-hosts", "--http-proxy=false"};
  // Rootless: the caller keeps his own id, so that what he may read the entrypoint may read.
  if (!enclosure.ids.privileged) flags.emplace_back("--userns=keep-id");
  return command(kPodmanEngine, enclosure, std::move(flags));
}

void podman_clean_up(const Enclosure& enclosure) { clean_up(kPodmanEngine, enclosure); }

Result<std::string> docker_version(const std::string& runtime) { return version(kDockerEngine, runtime); }
Result<Command> docker_command(const Enclosure& enclosure) { return command(kDockerEngine, enclosure, {}); }
void docker_clean_up(const Enclosure& enclosure) { clean_up(kDockerEngine, enclosure); }

}  // namespace

const Outer kPodman{.name = "podman",
                    .automatic = true,
                    .version = podman_version,
                    .command = podman_command,
                    .files = kFiles,
                    .clean_up = podman_clean_up};

const Outer kDocker{.name = "docker",
                    .automatic = true,
                    .version = docker_version,
                    .command = docker_command,
                    .files = kFiles,
                    .clean_up = docker_clean_up};

}  // namespace immure::venue
