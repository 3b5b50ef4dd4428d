/// podman and docker: starts a throwaway container from an image that holds only this program.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/engine/outer_filter.hpp"
#include "attest/engine/outer_sandbox.hpp"
#include "attest/engine/tar.hpp"
#include "attest/host/proc_text.hpp"
#include "attest/start/enter.hpp"
#include "file/io.hpp"
#include "plan/image/file_digest.hpp"
#include "sys/file.hpp"
#include "sys/libc.hpp"
#include "sys/process.hpp"

namespace immure::attest {
namespace {

// The last two names are the store of a throwaway run. The store is empty until the engine has started.
constexpr std::array<std::string_view, 4> kFiles = {"seccomp.json", "image.tar", "s", "s/user"};

/// How the two engines differ.
struct Engine {
  std::string_view program, package;
  std::string_view repository;  ///< prefix of the image's name
};
constexpr Engine kPodmanEngine{.program = "podman", .package = "podman", .repository = "localhost/immure"};
constexpr Engine kDockerEngine{.program = "docker", .package = "docker.io", .repository = "immure"};

Result<std::string> program(const Engine& engine) {
  if (auto path = find_program(std::string(engine.program))) return *path;
  return fail(Code::kUnsupported, engine.program, "is not installed",
              "To fix this: apt-get install " + std::string(engine.package) + ".");
}

Result<std::string> first_line_of_version(const std::string& path, const file::GoOn& go_on) {
  TRY(const std::string text, run_program({.argv = {path, "--version"}, .as = {}, .inherited = {}}, go_on));
  return text.substr(0, text.find('\n'));
}

Result<std::string> version(const Engine& engine, const std::string& runtime, const file::GoOn& go_on) {
  TRY(const std::string path, program(engine));
  TRY(std::string text, first_line_of_version(path, go_on));
  if (runtime.empty()) return text;
  const auto found = find_program(runtime);
  if (!found)
    return fail(Code::kUnsupported, runtime, "is not installed", "To fix this: apt-get install " + runtime + ".");
  TRY(const std::string runtime_version, first_line_of_version(*found, go_on));
  return text + ", " + runtime_version;
}

/// The store of a throwaway run of podman, so that nothing stays in the caller's own store. The names are short because
/// podman limits the length of --runroot.
constexpr std::string_view kStore = "/s";
constexpr std::size_t kLongestRunRoot = 50;

/// The engine's program and the options that come before its subcommand.
std::vector<std::string> engine_command(const Engine& engine, const std::string& path, const Enclosure& enclosure) {
  if (!enclosure.throwaway || engine.program != kPodmanEngine.program) return {path};
  const std::string store = enclosure.directory + std::string(kStore);
  std::vector<std::string> words = {path, "--root=" + store + "/images", "--runroot=" + store + "/r",
                                    "--tmpdir=" + store + "/tmp", "--storage-driver=vfs"};
  // Rootless podman leaves a process that keeps its user namespace, and finds this process by XDG_RUNTIME_DIR.
  if (const auto env = find_program("env"); env && !enclosure.ids.privileged)
    words.insert(words.begin(), {*env, "XDG_RUNTIME_DIR=" + store + "/user"});
  return words;
}

Result<void> make_store(const Enclosure& enclosure) {
  const std::string store = enclosure.directory + std::string(kStore);
  if (store.size() + 2 > kLongestRunRoot)
    return fail(Code::kBadInput, "TMPDIR",
                "is too long for podman, which takes a --runroot of " + std::to_string(kLongestRunRoot) +
                    " characters: " + store + "/r",
                "Set TMPDIR to a shorter path, such as /tmp.");
  constexpr unsigned kPassThrough = 0711, kOwn = 0700;
  int failure = sys::error_of(::mkdir, store.c_str(), kPassThrough);
  if (failure == 0) failure = sys::error_of(::mkdir, (store + "/user").c_str(), kOwn);
  if (failure != 0) return fail(Code::kSystem, store, "cannot be made", {}, failure);
  return {};
}

// An Enclosure without `go_on` is being cleaned up, and then the time limit is shorter.
Result<std::string> run_engine(const Engine& engine, const std::string& path, const Enclosure& enclosure,
                               std::initializer_list<std::string_view> words) {
  constexpr int kMinute = 60'000;
  Command command{.argv = engine_command(engine, path, enclosure), .as = {}, .inherited = {}};
  command.argv.insert(command.argv.end(), words.begin(), words.end());
  return run_program(command, enclosure.go_on, enclosure.go_on ? kMinute : kCleanUpMilliseconds);
}

// The image is named by the digest of its content, so immure never uses an old or foreign image. The image stays in the
// engine's store for the next run; the container does not. A throwaway run gives its image a name of its own, so that
// removing the image affects no other run.
Result<std::string> image_of(const Engine& engine, const std::string& path, const Enclosure& enclosure) {
  TRY(const std::string digest, plan::file_digest("/proc/self/exe"));
  constexpr std::size_t kTag = 32;
  const std::string name =
      std::string(engine.repository) + ":" + (enclosure.throwaway ? enclosure.name : digest.substr(0, kTag));
  if (enclosure.throwaway) CHECK_OK(make_store(enclosure));
  if (!enclosure.throwaway && run_engine(engine, path, enclosure, {"image", "inspect", name})) return name;
  const std::string archive = enclosure.directory + "/image.tar";
  CHECK_OK(write_image_archive(archive, enclosure.launcher));
  CHECK_OK(run_engine(engine, path, enclosure, {"import", archive, name}));
  return name;
}

// The value of --mount is a line of comma-separated values (RFC 4180), so a path with a comma must be quoted.
std::string mount(const std::string& source, std::string_view target) {
  std::string field = "src=" + source;
  if (field.find_first_of(",\"") != std::string::npos) {
    for (std::size_t i = 0; (i = field.find('"', i)) != std::string::npos; i += 2) field.insert(i, 1, '"');
    field = '"' + field + '"';
  }
  return "--mount=type=bind," + field + ",dst=" + std::string(target) + ",ro=true";
}

// Always set the limit, because an engine's own default may be above the caller's hard limit (setrlimit(2)).
std::string limit(std::string_view name, std::uint64_t least) {
  constexpr std::uint64_t kEnough = 4096;
  const std::string value = std::to_string(std::max(least, kEnough));
  return "--ulimit=" + std::string(name) + "=" + value + ":" + value;
}

/// True if the engine can limit a container's memory and processes here. Rootless podman can set these limits if a
/// control group of version 2 is delegated to podman. Otherwise podman would start the container without a limit, or
/// not at all.
bool can_limit(const Engine& engine, const std::string& path, const Enclosure& enclosure) {
  const bool podman = engine.program == kPodmanEngine.program;
  const auto answer = run_engine(
      engine, path, enclosure,
      {"info", "--format",
       podman ? "{{.Host.CgroupControllers}}" : "{{if .MemoryLimit}}memory{{end}} {{if .PidsLimit}}pids{{end}}"});
  return answer && answer->find("memory") != std::string::npos && answer->find("pids") != std::string::npos;
}

// Limits memory, and memory with swap to the same amount, so that nothing is swapped out.
std::vector<std::string> group_limits(const Enclosure& enclosure) {
  if (enclosure.memory_bytes == 0) return {};
  const std::string memory = std::to_string(enclosure.memory_bytes);
  return {"--memory=" + memory, "--memory-swap=" + memory, "--pids-limit=" + std::to_string(enclosure.processes)};
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

std::vector<std::string> words(const Engine& engine, const Enclosure& enclosure, std::vector<std::string> own_flags) {
  std::vector<std::string> argv = {std::string(engine.program)};
  if (!enclosure.runtime.empty() && engine.program == "podman") argv.push_back("--runtime=" + enclosure.runtime);
  for (std::string& word : walls(enclosure)) argv.push_back(std::move(word));
  for (std::string& word : group_limits(enclosure)) argv.push_back(std::move(word));
  if (!enclosure.runtime.empty() && engine.program == "docker") argv.push_back("--runtime=" + enclosure.runtime);
  for (std::string& word : own_flags) argv.push_back(std::move(word));
  if (!enclosure.image.empty()) argv.push_back(mount(enclosure.image, kEntryImage));
  if (!enclosure.input.empty()) argv.push_back(mount(enclosure.input, kEntryInput));
  for (std::string word : {enclosure.container_image, std::string(kEntryProgram), std::string("enter")})
    argv.push_back(std::move(word));
  return argv;
}

Result<Command> command(const Engine& engine, const OuterSandbox& venue, Enclosure enclosure) {
  TRY(const std::string path, program(engine));
  TRY(enclosure.container_image, image_of(engine, path, enclosure));
  if (!can_limit(engine, path, enclosure)) enclosure.memory_bytes = 0;
  CHECK_OK(file::write_whole(enclosure.directory + "/seccomp.json", outer_filter_json(), 0644));
  Command command{.argv = engine_command(engine, path, enclosure), .as = {}, .inherited = {}};
  const std::vector<std::string> rest = venue.words(enclosure);
  command.argv.insert(command.argv.end(), rest.begin() + 1, rest.end());
  return command;
}

// The process number in the file may belong to another process by now. So first open a pidfd, then check the process,
// and only then end the process through the pidfd.
void end_pause_process(const std::string& path) {
  const auto text = file::read_whole(path, 32);
  const int pid = text ? number<int>(*text) : 0;
  if (pid <= 1) return;
  const auto held = sys::open_process(pid);
  const auto name = file::read_whole("/proc/" + std::to_string(pid) + "/comm", 64);
  // The pause process is podman itself, or catatonit.
  if (!held || !name || (!name->starts_with("podman") && !name->starts_with("catatonit"))) return;
  [[maybe_unused]] const auto sent = sys::send_signal(*held, SIGKILL);
}

void clean_up(const Engine& engine, const Enclosure& enclosure) {
  const auto path = program(engine);
  if (!path) return;
  [[maybe_unused]] auto done = run_engine(engine, *path, enclosure, {"rm", "--force", enclosure.name});
  if (!enclosure.throwaway) return;
  if (engine.program != kPodmanEngine.program) {
    done = run_engine(engine, *path, enclosure, {"image", "rm", std::string(engine.repository) + ":" + enclosure.name});
    return;
  }
  const std::string store = enclosure.directory + std::string(kStore);
  if (!enclosure.ids.privileged) {
    // The files of the store belong to the caller's subordinate ids, so remove them in podman's user namespace. podman
    // leaves a process that keeps this namespace for the next command. There is no next command for this store, so end
    // the process too.
    done = run_engine(engine, *path, enclosure, {"unshare", "rm", "-rf", store + "/images", store + "/r"});
    end_pause_process(store + "/tmp/pause.pid");
  }
  std::error_code ignored;
  std::filesystem::remove_all(store, ignored);
}

Result<std::string> podman_version(const std::string& runtime, const file::GoOn& go_on) {
  return version(kPodmanEngine, runtime, go_on);
}

std::vector<std::string> podman_words(const Enclosure& enclosure) {
  std::vector<std::string> flags = {"--read-only-tmpfs=false", "--no-hosts", "--http-proxy=false"};
  // Rootless: keep the caller's id, so that the entrypoint may read what the caller may read.
  if (!enclosure.ids.privileged) flags.emplace_back("--userns=keep-id");
  return words(kPodmanEngine, enclosure, std::move(flags));
}

Result<Command> podman_command(const Enclosure& enclosure) { return command(kPodmanEngine, kPodman, enclosure); }

void podman_clean_up(const Enclosure& enclosure) { clean_up(kPodmanEngine, enclosure); }

Result<std::string> docker_version(const std::string& runtime, const file::GoOn& go_on) {
  return version(kDockerEngine, runtime, go_on);
}
std::vector<std::string> docker_words(const Enclosure& enclosure) { return words(kDockerEngine, enclosure, {}); }
Result<Command> docker_command(const Enclosure& enclosure) { return command(kDockerEngine, kDocker, enclosure); }
void docker_clean_up(const Enclosure& enclosure) { clean_up(kDockerEngine, enclosure); }

}  // namespace

const OuterSandbox kPodman{.name = venue::kPodman,
                           .automatic = true,
                           .version = podman_version,
                           .words = podman_words,
                           .command = podman_command,
                           .files = kFiles,
                           .clean_up = podman_clean_up};

const OuterSandbox kDocker{.name = venue::kDocker,
                           .automatic = true,
                           .version = docker_version,
                           .words = docker_words,
                           .command = docker_command,
                           .files = kFiles,
                           .clean_up = docker_clean_up};

}  // namespace immure::attest
