#include "venue/bundle.hpp"

#include "evidence/json.hpp"
#include "venue/enter.hpp"

namespace immure::venue {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  evidence::json::append_text(out, text);
  return out;
}

std::string bind(const std::string& source, std::string_view target) {
  return R"({"destination":)" + quoted(target) + R"(,"options":["rbind","ro","nosuid","nodev"],"source":)" +
         quoted(source) + R"(,"type":"bind"})";
}

std::string mounts(const Enclosure& enclosure) {
  // A runtime does not start without /proc, and writes device nodes into the root directory where /dev is no mount.
  std::string text =
      R"({"destination":"/proc","options":["nosuid","noexec","nodev"],"source":"proc","type":"proc"},)"
      R"({"destination":"/dev","options":["nosuid","noexec","mode=755","size=64k"],"source":"tmpfs","type":"tmpfs"},)";
  text += bind(enclosure.socket_directory, "/run/immure");
  if (!enclosure.image.empty()) text += "," + bind(enclosure.image, kEntryImage);
  if (!enclosure.input.empty()) text += "," + bind(enclosure.input, kEntryInput);
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

std::string namespaces(const Enclosure& enclosure) {
  std::string text;
  for (const char* type : {"ipc", "mount", "network", "pid", "uts"})
    text += std::string(text.empty() ? "" : ",") + R"({"type":)" + quoted(type) + "}";
  if (!enclosure.ids.privileged) text += R"(,{"type":"user"})";
  text = R"("namespaces":[)" + text + "]";
  if (!enclosure.ids.privileged)
    text += id_map("gidMappings", enclosure.ids.gid) + id_map("uidMappings", enclosure.ids.uid);
  return text;
}

}  // namespace

std::string bundle_config(const Enclosure& enclosure, const std::string& filter_json) {
  return R"({"hostname":"immure","linux":{)" + namespaces(enclosure) + R"(,"seccomp":)" + filter_json +
         R"(},"mounts":[)" + mounts(enclosure) + R"(],"ociVersion":"1.0.2",)" + process(enclosure) +
         R"(,"root":{"path":"rootfs","readonly":true}})" + "\n";
}

}  // namespace immure::venue
