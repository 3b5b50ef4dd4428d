#include <string_view>

#include "file/sha256.hpp"
#include "plan/plan.hpp"
#include "text/hex.hpp"
#include "text/json_writer.hpp"
#include "text/utf8.hpp"

namespace immure::plan {
namespace {

using text::JsonWriter;

/// Writes file names and arguments, which are bytes. Bytes that are not UTF-8 are written as `{"hex": "ff"}`, so that
/// different plans never have the same text.
void write_bytes(JsonWriter& json, std::string_view value) {
  if (text::is_utf8(value))
    json.value(value);
  else
    json.object().member("hex", text::hex(value)).close();
}

void write_list(JsonWriter& json, const std::vector<std::string>& values) {
  json.array();
  for (const std::string& value : values) write_bytes(json, value);
  json.close();
}

void write_limits(JsonWriter& json, const Limits& limits) {
  constexpr auto kRows = probe::limits_by(&probe::LimitRow::plan_name);
  json.object();
  for (const probe::LimitRow* row : kRows) json.member(row->plan_name, limits.*row->member);
  json.close();
}

void write_profile(JsonWriter& json, const Profile& profile) {
  write_bytes(json.object().key("base"), profile.base);
  write_limits(json.key("limits"), profile.limits);
  write_bytes(json.key("name"), profile.name);
  write_bytes(json.key("sha256"), profile.source_sha256);
  write_list(json.key("unsafe"), profile.unsafe_keys());
  write_list(json.key("unsafeSyscalls"), profile.unsafe_syscalls);
  if (!profile.why.empty()) write_bytes(json.key("why"), profile.why);
  json.close();
}

/// The acceptance profile that the run will claim (judge/claim.hpp), and what the run gives the program for it.
void write_acceptance(JsonWriter& json, const Plan& plan) {
  const Profile& profile = plan.profile;
  json.object();
  if (!profile.unsafe_exec.empty()) {
    json.key("helpers").array();
    for (const Helper& helper : plan.helpers) {
      write_bytes(json.object().key("path"), helper.path);
      json.member("sha256", helper.sha256).close();
    }
    json.close();
    json.member("imageExecutes", profile.executes_image());
  }
  json.member("profile", acceptance_name(profile.gifts()));
  json.member("readBack", profile.read_back).member("scratchBytes", profile.scratch_bytes);
  json.member("socketPairs", profile.socket_pairs).close();
}

void write_program(JsonWriter& json, const Program& program) {
  write_list(json.object().key("argv"), program.argv);
  write_bytes(json.key("hostPath"), program.host_path);
  write_bytes(json.key("innerPath"), program.inner_path);
  write_list(json.key("loaders"), program.loaders);
  write_bytes(json.key("sha256"), program.sha256);
  json.close();
}

void write_filter(JsonWriter& json, const FilterProgram& filter) {
  json.object().member("instructions", filter.instructions.size()).member("sha256", filter.sha256);
  json.member("sourceSha256", filter.source_sha256).close();
}

void write_place(JsonWriter& json, const std::string& name, const std::string& path) {
  write_bytes(json.object().key("name"), name);
  write_bytes(json.key("path"), path);
  json.close();
}

void write_parts(JsonWriter& json, const std::vector<InputPart>& parts) {
  json.array();
  for (const InputPart& part : parts) {
    write_bytes(json.object().key("name"), part.name);
    write_bytes(json.key("path"), part.path);
    write_bytes(json.key("place"), part.place);
    json.close();
  }
  json.close();
}

void write_source(JsonWriter& json, const ImageSource& source) {
  json.object().member("kind", source.kind);
  write_list(json.key("layers"), source.layers);
  write_list(json.key("leftOut"), source.left_out);
  write_bytes(json.key("name"), source.name);
  write_bytes(json.key("sha256"), source.sha256);
  json.close();
}

void write_fixed_files(JsonWriter& json, const std::vector<probe::FixedFile>& files) {
  json.array();
  for (const probe::FixedFile& file : files) {
    write_bytes(json.object().key("path"), file.path);
    if (file.link)
      write_bytes(json.key("target"), file.content);
    else
      json.member("sha256", file::sha256_hex(file.content));
    json.close();
  }
  json.close();
}

}  // namespace

std::string_view acceptance_name(probe::Gifts gifts) {
  if ((gifts & probe::kHelpers) != 0) return "build";
  return gifts == probe::kNothing ? "packet" : "work";
}

std::vector<probe::FixedFile> fixed_files(const Plan& plan) {
  return probe::fixed_files({.processors = plan.processors,
                             .memory_bytes = plan.profile.limits.memory_bytes,
                             .scratch = plan.profile.scratch_bytes != 0,
                             .helpers = !plan.profile.unsafe_exec.empty(),
                             .program = plan.program.inner_path});
}

std::string plan_json(const Plan& plan) {
  std::string out;
  JsonWriter json(out);
  json.object();
  write_acceptance(json.key("acceptance"), plan);
  json.member("captureOutput", plan.capture_output).member("denyWritableCode", plan.deny_writable_code);
  json.key("environment").object();
  for (const auto& [name, value] : plan.environment) write_bytes(json.key(name), value);
  json.close();
  write_filter(json.key("filter"), plan.filter);
  write_fixed_files(json.key("fixedFiles"), fixed_files(plan));
  json.key("image").object().member("cached", plan.image.cached).member("sha256", plan.image.sha256);
  if (plan.image.source.kind != "closure") write_source(json.key("source"), plan.image.source);
  json.close();
  write_place(json.key("input"), plan.input_name, plan.input_path);
  if (!plan.input_parts.empty()) write_parts(json.key("inputParts"), plan.input_parts);
  json.member("observer", plan.observer);
  write_place(json.key("output"), plan.output_name, plan.output_path);
  json.member("processors", plan.processors);
  write_profile(json.key("profile"), plan.profile);
  write_program(json.key("program"), plan.program);
  if (plan.stages != 0) json.key("stage").object().member("number", plan.stage).member("of", plan.stages).close();
  if (!plan.standard_input.empty()) write_bytes(json.key("standardInput"), plan.standard_input);
  if (!plan.standard_output.empty()) write_bytes(json.key("standardOutput"), plan.standard_output);
  if (plan.workdir != "/") write_bytes(json.key("workdir"), plan.workdir);
  json.close();
  return out;
}

}  // namespace immure::plan
