#include <map>
#include <span>
#include <string_view>

#include "file/sha256.hpp"
#include "plan/plan.hpp"
#include "text/hex.hpp"
#include "text/utf8.hpp"

namespace immure::plan {
namespace {

/// Members by name: RFC 8785 wants them sorted, and all of ours are ASCII, where every order is the same.
using Members = std::map<std::string, std::string>;

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = text::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kShort = "btn\0fr";  // \b is 8, \t 9, \n 10, \f 12, \r 13
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (json += '\\') += c;
    else if (byte >= 0x20)
      json += c;
    else if (byte >= 8 && byte <= 13 && byte != 11)
      (json += '\\') += kShort[byte - 8U];
    else
      text::append_escape(json, "\\u00", c);
  }
  return json + "\"";
}

std::string object(const Members& members) {
  std::string json = "{";
  for (const auto& [name, value] : members)
    json.append(json.size() > 1 ? "," : "").append(quoted(name)).append(":").append(value);
  return json + "}";
}

/// Names on disk and arguments are bytes: those that are not UTF-8 stand as `{"hex": "ff"}`, so that no two plans look
/// the same.
std::string text(std::string_view value) {
  if (is_utf8(value)) return quoted(value);
  return object({{"hex", quoted(text::hex(value))}});
}

std::string list(const std::vector<std::string>& values) {
  std::string json = "[";
  for (const std::string& value : values) json.append(json.size() > 1 ? "," : "").append(text(value));
  return json + "]";
}

std::string boolean(bool value) { return value ? "true" : "false"; }

std::string limits_json(const Limits& limits) {
  return object({{"cpuS", std::to_string(limits.cpu_s)},
                 {"files", std::to_string(limits.files)},
                 {"memoryBytes", std::to_string(limits.memory_bytes)},
                 {"outputBytes", std::to_string(limits.output_bytes)},
                 {"outputFiles", std::to_string(limits.output_files)},
                 {"processes", std::to_string(limits.processes)},
                 {"wallMs", std::to_string(limits.wall_ms)}});
}

std::string profile_json(const Profile& profile) {
  return object({{"base", text(profile.base)},
                 {"limits", limits_json(profile.limits)},
                 {"name", text(profile.name)},
                 {"sha256", text(profile.source_sha256)},
                 {"unsafe", list(profile.unsafe_keys())},
                 {"unsafeSyscalls", list(profile.unsafe_syscalls)}});
}

std::string program_json(const Program& program) {
  return object({{"argv", list(program.argv)},
                 {"hostPath", text(program.host_path)},
                 {"innerPath", text(program.inner_path)},
                 {"loaders", list(program.loaders)},
                 {"sha256", text(program.sha256)}});
}

std::string filter_json(const FilterProgram& filter) {
  return object({{"instructions", std::to_string(filter.instructions.size())},
                 {"sha256", text(filter.sha256)},
                 {"sourceSha256", text(filter.source_sha256)}});
}

std::string place_json(const std::string& name, const std::string& path) {
  return object({{"name", text(name)}, {"path", text(path)}});
}

}  // namespace

std::string plan_json(const Plan& plan) {
  Members environment;
  for (const auto& [name, value] : plan.environment) environment.emplace(name, text(value));
  return object({{"captureOutput", boolean(plan.capture_output)},
                 {"denyWritableCode", boolean(plan.deny_writable_code)},
                 {"environment", object(environment)},
                 {"filter", filter_json(plan.filter)},
                 {"image", object({{"cached", boolean(plan.image.cached)}, {"sha256", text(plan.image.sha256)}})},
                 {"input", place_json(plan.input_name, plan.input_path)},
                 {"output", place_json(plan.output_name, plan.output_path)},
                 {"profile", profile_json(plan.profile)},
                 {"program", program_json(plan.program)}});
}

}  // namespace immure::plan
