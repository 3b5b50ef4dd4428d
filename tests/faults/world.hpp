/// The directories of one walk, the command line of its run, and what the run must leave unchanged.
#pragma once

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracer.hpp"
#include "words.hpp"

namespace immure::faults {

namespace fs = std::filesystem;

inline std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Options : WalkOptions {
  bool cold = false, stage = false, list = false, skips = false;
};

inline bool set_read_only(const char* path, bool read_only) {
  mount_attr attributes{};
  (read_only ? attributes.attr_set : attributes.attr_clr) = MOUNT_ATTR_RDONLY;
  return ::syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes) == 0;
}

// Makes all mounts read-only, except the walk's own directory and what every run writes: id maps in /proc, control
// groups and /dev/null. immure may run as root here, and with a fault in a call it could do anything.
inline bool guard_host(const std::string& directory) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mount(directory.c_str(), directory.c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
  return set_read_only("/", true) && set_read_only(directory.c_str(), false) && set_read_only("/proc", false) &&
         set_read_only("/dev", false) && (set_read_only("/sys/fs/cgroup", false) || errno == ENOENT);
}

/// Runs a walk in a new directory, outside of which it cannot write. `walk` is called with the directory's path and
/// returns the exit code.
inline int in_guarded_directory(const char* name, const std::function<int(const std::string&)>& walk) {
  ::umask(022);
  std::string root = (fs::temp_directory_path() / name).string() + "-XXXXXX";
  if (::mkdtemp(root.data()) == nullptr) return 70;
  ::chmod(root.c_str(), 0755);
  fs::create_directory(root + "/said");
  int code = 1;
  if (!guard_host(root)) {
    std::printf("not ok guard: the host cannot be kept from being written: %s\n", std::strerror(errno));
  } else {
    code = walk(root);
  }
  std::error_code ignored;
  fs::remove_all(root, ignored);
  if (::umount2(root.c_str(), MNT_DETACH) == 0) set_read_only("/", false);
  fs::remove_all(root, ignored);
  return code;
}

/// The directories of one walk, and what a run must leave unchanged.
class World {
 public:
  explicit World(const Options& options) : options_(options) {
    std::string name = (fs::temp_directory_path() / "immure-faults-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::exit(70);
    root_ = name;
    for (const char* each : {"in", "in/sub", "tmp", "cache", "runs"}) fs::create_directory(root_ / each);
    std::ofstream(root_ / "in/file") << "text\n";
    std::ofstream(root_ / "in/sub/other") << "more\n";
    shell(options.bin + "/immure keygen " + (root_ / "host.key").string());
    fs::permissions(root_, fs::perms(0755));
    if (options.uid >= 0) shell("chown -R " + std::to_string(options.uid) + " " + root_.string());
  }
  ~World() {
    shell("chmod -R u+rwX " + root_.string());
    std::error_code ignored;
    fs::remove_all(root_, ignored);
    if (::geteuid() == 0 && ::umount2(root_.c_str(), MNT_DETACH) == 0) set_read_only("/", false);
    fs::remove_all(root_, ignored);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] std::string directory() const { return root_.string(); }

  Settings settings() {
    fs::remove_all(root_ / "runs");
    fs::create_directory(root_ / "runs");
    if (options_.uid >= 0) shell("chown " + std::to_string(options_.uid) + " " + (root_ / "runs").string());
    if (options_.cold) {
      shell("chmod -R u+rwX " + (root_ / "cache").string());
      fs::remove_all(root_ / "cache/images");
    }
    Settings settings;
    settings.command = {options_.bin + "/immure", "run", "--in", (root_ / "in").string(), "--out", out(), "--key",
                        (root_ / "host.key").string(), "--evidence", evidence(), "--venue", "native",
                        // The kernel allows one listener (seccomp_unotify(2)), and the tracer is one.
                        "--no-observer"};
    if (options_.stage) settings.command.emplace_back("--stage");
    settings.command.insert(settings.command.end(), {"--", "/bin/echo", "STARTED"});
    settings.environment = {"IMMURE_CACHE=" + (root_ / "cache").string(), "TMPDIR=" + (root_ / "tmp").string(),
                            "PATH=/usr/bin:/bin"};
    settings.directory = root_.string();
    settings.uid = options_.uid;
    return settings;
  }

  [[nodiscard]] std::string said() const { return text_of(root_ / "stderr"); }
  [[nodiscard]] std::string printed() const { return text_of(root_ / "stdout"); }
  [[nodiscard]] bool has_evidence() const { return fs::exists(evidence()); }
  // Returns 0 if the evidence is ACCEPTED.
  [[nodiscard]] int verify() const {
    const std::string command = options_.bin + "/immure verify " + evidence() + " --key " +
                                (root_ / "host.pub").string() + " >" + (root_ / "verdict").string() + " 2>&1";
    return WEXITSTATUS(std::system(command.c_str()));
  }

  /// What a run has left in places where nothing may be left. `pid` is the launcher's.
  [[nodiscard]] std::vector<std::string> leftovers(int pid) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(root_ / "tmp")) found.push_back(entry.path().string());
    for (const auto& entry : fs::recursive_directory_iterator(root_ / "in")) {
      if (const std::string name = entry.path().filename(); name != "file" && name != "sub" && name != "other")
        found.push_back(entry.path().string());
    }
    for (const auto& entry : fs::directory_iterator(root_ / "runs")) {
      if (const std::string name = entry.path().filename(); name != "out" && name != "e.json")
        found.push_back(entry.path().string());
    }
    if (fs::exists(root_ / "cache/images")) {
      for (const auto& entry : fs::directory_iterator(root_ / "cache/images")) {
        if (entry.path().filename().string().starts_with(".building")) found.push_back(entry.path().string());
      }
    }
    const std::string group = "immure-" + std::to_string(pid);
    for (const char* at :
         {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids"}) {
      std::error_code ignored;
      for (auto entry = fs::recursive_directory_iterator(at, ignored); entry != fs::recursive_directory_iterator();
           entry.increment(ignored)) {
        // The kernel reuses process numbers: an older group of this name belongs to another process.
        if (entry->path().filename() == group && fs::last_write_time(entry->path()) >= began_)
          found.push_back(entry->path().string());
      }
    }
    // Look only for mounts below the directory, because the directory itself is a mount.
    const std::string mounts = text_of("/proc/self/mountinfo");
    if (mounts.find(root_.string() + "/") != std::string::npos) found.emplace_back("a mount in " + root_.string());
    return found;
  }

 private:
  [[nodiscard]] std::string out() const { return (root_ / "runs/out").string(); }
  [[nodiscard]] std::string evidence() const { return (root_ / "runs/e.json").string(); }

  static void shell(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0)
      std::fprintf(stderr, "immure-faults: failed: %s\n", command.c_str());
  }

  const Options& options_;
  fs::file_time_type began_ = fs::file_time_type::clock::now();
  fs::path root_;
};

}  // namespace immure::faults
