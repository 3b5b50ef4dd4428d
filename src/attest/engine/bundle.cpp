#include "attest/engine/bundle.hpp"

#include "attest/start/enter.hpp"
#include "evidence/json.hpp"

namespace immure::attest {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  evidence::json::append_text(out, text);
  return out;
}

std::string bind_mount(const std::string& source, std::string_view target, std::string_view access = "ro") {
  return R"({"destination":)" + quoted(target) + R"(,"options":["rbind",)" + quoted(access) +
         R"(,"nosuid","nodev"],"source":)" + quoted(source) + R"(,"type":"bind"})";
}

// A runtime does not start without /proc, and writes device nodes into the root directory where /dev is no mount.
constexpr std::string_view kOfTheRuntime =
    R"({"destination":"/proc","options":["nosuid","noexec","nodev"],"source":"proc","type":"proc"},)"
    R"({"destination":"/dev","options":["nosuid","noexec","mode=755","size=64k"],"source":"tmpfs","type":"tmpfs"},)";

std::string mounts(const Enclosure& enclosure) {
  std::string text(kOfTheRuntime);
  text += bind_mount(enclosure.socket_directory, "/run/immure");
  if (!enclosure.image.empty()) text += "," + bind_mount(enclosure.image, kEntryImage);
  if (!enclosure.input.empty()) text += "," + bind_mount(enclosure.input, kEntryInput);
  return text;
}

std::string limit(std::string_view name, std::uint32_t value) {
  const std::string text = std::to_string(value);
  return R"({"hard":)" + text + R"(,"soft":)" + text + R"(,"type":)" + quoted(name) + "}";
}

std::string capabilities(std::string_view names) {
  std::string text;
  for (const char* set : {"ambient", "bounding", "effective", "inheritable", "permitted"})
    text += (text.empty() ? "" : ",") + quoted(set) + ":[" + std::string(names) + "]";
  return text;
}

std::string process(const Enclosure& enclosure) {
  const bool rootless = !enclosure.ids.privileged;
  const std::string uid = std::to_string(rootless ? 0 : enclosure.ids.uid);
  const std::string gid = std::to_string(rootless ? 0 : enclosure.ids.gid);
  // Runtimes want user 0 in a user namespace of theirs, where it is the caller outside; and whoever maps user 0 of a
  // namespace needs this capability (user_namespaces(7), Linux 5.12). It reaches nothing but that.
  const std::string_view needed = rootless ? R"("CAP_SETFCAP")" : "";
  return R"("process":{"args":[)" + quoted(kEntryProgram) + R"(,"enter"],"capabilities":{)" + capabilities(needed) +
         R"(},"cwd":"/","env":[],"noNewPrivileges":true,"rlimits":[)" + limit("RLIMIT_NOFILE", enclosure.files) +
         R"(],"terminal":false,"user":{"gid":)" + gid + R"(,"uid":)" + uid + "}}";
}

std::string id_map(std::string_view key, std::uint32_t outer) {
  return "," + quoted(key) + R"(:[{"containerID":0,"hostID":)" + std::to_string(outer) + R"(,"size":1}])";
}

std::string own_namespaces() {
  std::string text;
  for (const char* type : {"ipc", "mount", "network", "pid", "uts"})
    text += std::string(text.empty() ? "" : ",") + R"({"type":)" + quoted(type) + "}";
  return text;
}

std::string namespaces(const Enclosure& enclosure) {
  std::string text = own_namespaces();
  if (!enclosure.ids.privileged) text += R"(,{"type":"user"})";
  text = R"("namespaces":[)" + text + "]";
  if (!enclosure.ids.privileged)
    text += id_map("gidMappings", enclosure.ids.gid) + id_map("uidMappings", enclosure.ids.uid);
  return text;
}

// Limits memory, and memory with swap to the same amount, so that nothing is swapped out.
std::string resources(const Enclosure& enclosure) {
  if (enclosure.memory_bytes == 0) return {};
  const std::string memory = std::to_string(enclosure.memory_bytes);
  return R"(,"resources":{"memory":{"limit":)" + memory + R"(,"swap":)" + memory + R"(},"pids":{"limit":)" +
         std::to_string(enclosure.processes) + "}}";
}

}  // namespace

std::string bundle_config(const Enclosure& enclosure, const std::string& filter_json) {
  return R"({"hostname":"immure","linux":{)" + namespaces(enclosure) + resources(enclosure) + R"(,"seccomp":)" +
         filter_json + R"(},"mounts":[)" + mounts(enclosure) + R"(],"ociVersion":"1.0.2",)" + process(enclosure) +
         R"(,"root":{"path":"rootfs","readonly":true}})" + "\n";
}

std::string standalone_config(const Standalone& bundle, const std::string& filter_json) {
  const auto list = [](const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ",") + quoted(word);
    return "[" + text + "]";
  };
  std::string mounts(kOfTheRuntime);
  mounts += R"({"destination":"/tmp","options":["nosuid","noexec","nodev","mode=1777","size=64m"],"source":"tmpfs",)"
            R"("type":"tmpfs"},)";
  mounts += bind_mount("in", "/in") + "," + bind_mount("key", "/key") + "," + bind_mount("report", "/report", "rw");
  // The payload waits with descriptors above its own limit.
  constexpr std::uint32_t kAbove = 16;
  return R"({"hostname":"immure","linux":{"namespaces":[)" + own_namespaces() + R"(],"seccomp":)" + filter_json +
         R"(},"mounts":[)" + mounts + R"(],"ociVersion":"1.0.2","process":{"args":)" + list(bundle.arguments) +
         R"(,"capabilities":{)" + capabilities("") + R"(},"cwd":"/","env":)" + list(bundle.environment) +
         R"(,"noNewPrivileges":true,"rlimits":[)" + limit("RLIMIT_NOFILE", bundle.files + kAbove) +
         R"(],"terminal":false,"user":{"gid":)" + std::to_string(bundle.gid) + R"(,"uid":)" +
         std::to_string(bundle.uid) + R"(}},"root":{"path":"rootfs","readonly":true}})" + "\n";
}

}  // namespace immure::attest
