#include "attest/engine/bundle.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

#include "attest/start/enter.hpp"
#include "text/json_writer.hpp"

namespace immure::attest {
namespace {

using text::JsonWriter;
using Words = std::vector<std::string_view>;

void write_mount(JsonWriter& json, std::string_view target, const Words& options, std::string_view source,
                 std::string_view type) {
  json.object().member("destination", target).member("options", options).member("source", source);
  json.member("type", type).close();
}

void write_bind(JsonWriter& json, std::string_view source, std::string_view target, std::string_view access = "ro") {
  write_mount(json, target, {"rbind", access, "nosuid", "nodev"}, source, "bind");
}

// A runtime does not start without /proc. If /dev is no mount, the runtime writes device nodes into the root directory.
void write_mounts_of_the_runtime(JsonWriter& json) {
  write_mount(json, "/proc", {"nosuid", "noexec", "nodev"}, "proc", "proc");
  write_mount(json, "/dev", {"nosuid", "noexec", "mode=755", "size=64k"}, "tmpfs", "tmpfs");
}

void write_mounts(JsonWriter& json, const Enclosure& enclosure) {
  json.array();
  write_mounts_of_the_runtime(json);
  write_bind(json, enclosure.socket_directory, "/run/immure");
  if (!enclosure.image.empty()) write_bind(json, enclosure.image, kEntryImage);
  if (!enclosure.input.empty()) write_bind(json, enclosure.input, kEntryInput);
  json.close();
}

struct Process {
  std::vector<std::string> arguments, environment;
  Words capabilities;  ///< in each of the five capability sets
  std::uint64_t files;
  std::uint32_t uid, gid;
};

void write_process(JsonWriter& json, const Process& process) {
  json.object().member("args", process.arguments).key("capabilities").object();
  for (const char* set : {"ambient", "bounding", "effective", "inheritable", "permitted"})
    json.member(set, process.capabilities);
  json.close().member("cwd", "/").member("env", process.environment).member("noNewPrivileges", true);
  json.key("rlimits").array().object().member("hard", process.files).member("soft", process.files);
  json.member("type", "RLIMIT_NOFILE").close().close().member("terminal", false);
  json.key("user").object().member("gid", process.gid).member("uid", process.uid).close().close();
}

Process entry_process(const Enclosure& enclosure) {
  Process process{.arguments = {std::string(kEntryProgram), "enter"},
                  .environment = {},
                  .capabilities = {},
                  .files = enclosure.files,
                  .uid = enclosure.ids.uid,
                  .gid = enclosure.ids.gid};
  if (!enclosure.ids.privileged) {
    // In a user namespace of their own, runtimes need a user 0, which is the caller outside of the namespace. A process
    // that maps user 0 of a namespace needs CAP_SETFCAP (user_namespaces(7), Linux 5.12). The capability has no other
    // use here.
    process.uid = process.gid = 0;
    process.capabilities = {"CAP_SETFCAP"};
  }
  return process;
}

void write_id_map(JsonWriter& json, std::string_view key, std::uint32_t outer) {
  json.key(key).array().object().member("containerID", 0).member("hostID", outer).member("size", 1).close().close();
}

void write_namespaces(JsonWriter& json, bool user) {
  json.array();
  for (const char* type : {"ipc", "mount", "network", "pid", "uts"}) json.object().member("type", type).close();
  if (user) json.object().member("type", "user").close();
  json.close();
}

// Limits memory, and memory with swap to the same amount, so that nothing is swapped out.
void write_resources(JsonWriter& json, const Enclosure& enclosure) {
  if (enclosure.memory_bytes == 0) return;
  json.key("resources").object().key("memory").object().member("limit", enclosure.memory_bytes);
  json.member("swap", enclosure.memory_bytes).close();
  json.key("pids").object().member("limit", enclosure.processes).close().close();
}

void write_root(JsonWriter& json) {
  json.key("root").object().member("path", "rootfs").member("readonly", true).close();
}

}  // namespace

std::string bundle_config(const Enclosure& enclosure, const std::string& filter_json) {
  std::string out;
  JsonWriter json(out);
  json.object().member("hostname", "immure").key("linux").object();
  write_namespaces(json.key("namespaces"), !enclosure.ids.privileged);
  if (!enclosure.ids.privileged) {
    write_id_map(json, "gidMappings", enclosure.ids.gid);
    write_id_map(json, "uidMappings", enclosure.ids.uid);
  }
  write_resources(json, enclosure);
  json.key("seccomp").raw(filter_json).close();
  write_mounts(json.key("mounts"), enclosure);
  json.member("ociVersion", "1.0.2");
  write_process(json.key("process"), entry_process(enclosure));
  write_root(json);
  json.close();
  return out + "\n";
}

std::string standalone_config(const Standalone& bundle, const std::string& filter_json) {
  // While the payload waits, it holds descriptors with numbers above its own limit.
  constexpr std::uint32_t kAbove = 16;
  std::string out;
  JsonWriter json(out);
  json.object().member("hostname", "immure").key("linux").object();
  write_namespaces(json.key("namespaces"), false);
  json.key("seccomp").raw(filter_json).close().key("mounts").array();
  write_mounts_of_the_runtime(json);
  // A signed run copies its root directory into the cache of images below /tmp, and starts the program from the copy.
  write_mount(json, "/tmp", {"nosuid", "nodev", "mode=1777", "size=512m"}, "tmpfs", "tmpfs");
  write_bind(json, "in", "/in");
  write_bind(json, "key", "/key");
  write_bind(json, "report", "/report", "rw");
  json.close().member("ociVersion", "1.0.2");
  write_process(json.key("process"), {.arguments = bundle.arguments,
                                      .environment = bundle.environment,
                                      .capabilities = {},
                                      .files = bundle.files + kAbove,
                                      .uid = bundle.uid,
                                      .gid = bundle.gid});
  write_root(json);
  json.close();
  return out + "\n";
}

}  // namespace immure::attest
