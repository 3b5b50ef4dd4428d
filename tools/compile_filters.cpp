// Compiles the groups of profiles/groups.toml to Docker's JSON and to BPF when immure is built, so that a run loads
// ready bytes: building a filter of a hundred rules takes longer than everything else that starts a cell.
// Usage: compile_filters OUTPUT.cpp PROFILES_DIRECTORY PROFILE...

#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "file/io.hpp"
#include "file/sha256.hpp"
#include "plan/filter/filter.hpp"
#include "plan/filter/groups.hpp"

namespace {

using immure::Result;

constexpr std::uint64_t kMaxBytes = 1ULL << 20;

std::string number(std::uint32_t value) { return std::to_string(value); }

std::string raw_string(const std::string& text) { return "R\"immure(" + text + ")immure\""; }

Result<std::string> filter_row(const immure::plan::Groups& groups, const std::string& name, std::string& arrays) {
  TRY(const std::string json, immure::plan::docker_json(groups, name));
  TRY(const auto program, immure::plan::compile_filter(json, name, {}));
  arrays += "constexpr sys::Instruction k_" + name + "[] = {\n";
  for (const immure::sys::Instruction& step : program.instructions)
    arrays += "    {" + number(step.code) + ", " + number(step.jump_true) + ", " + number(step.jump_false) + ", " +
              number(step.operand) + "U},\n";
  arrays += "};\n";
  return "    {\"" + name + "\", " + raw_string(json) + ",\n     \"" + program.source_sha256 + "\", \"" +
         program.sha256 + "\", k_" + name + "},\n";
}

Result<std::string> toml_row(const std::string& directory, const std::string& name) {
  TRY(const std::string text, immure::file::read_whole(directory + "/" + name + ".toml", kMaxBytes));
  return "    {\"" + name + "\", " + raw_string(text) + ", \"" + immure::file::sha256_hex(text) + "\"},\n";
}

Result<void> generate(const std::vector<std::string>& arguments) {
  const std::string& directory = arguments.at(1);
  const std::string path = directory + "/groups.toml";
  TRY(const std::string source, immure::file::read_whole(path, kMaxBytes));
  TRY(const immure::plan::Groups groups, immure::plan::parse_groups(source, path));
  std::string arrays, filters, tomls;
  for (const std::string& name : std::span(arguments).subspan(2)) {
    TRY(const std::string filter, filter_row(groups, name, arrays));
    TRY(const std::string toml, toml_row(directory, name));
    filters += filter;
    if (const std::string twin = immure::plan::with_socket_pairs(name); groups.profiles.contains(twin)) {
      TRY(const std::string pairs, filter_row(groups, twin, arrays));
      filters += pairs;
    }
    tomls += toml;
  }
  const std::string text =
      "// Made by tools/compile_filters from profiles/.\n#include \"plan/filter/builtin.hpp\"\n\nnamespace "
      "immure::plan "
      "{\nnamespace {\n" +
      arrays + "constexpr BuiltinFilter kFilters[] = {\n" + filters + "};\nconstexpr BuiltinToml kTomls[] = {\n" +
      tomls +
      "};\n}  // namespace\n\nstd::span<const BuiltinFilter> builtin_filters() { return kFilters; }\n"
      "std::span<const BuiltinToml> builtin_tomls() { return kTomls; }\n"
      "std::string_view builtin_groups_text() { return " +
      raw_string(source) + "; }\n\n}  // namespace immure::plan\n";
  return immure::file::write_whole(arguments.at(0), text, 0644);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3) {
    static_cast<void>(std::fputs("usage: compile_filters OUTPUT.cpp PROFILES_DIRECTORY PROFILE...\n", stderr));
    return 64;
  }
  const auto done = generate(arguments);
  if (done) return 0;
  static_cast<void>(std::fprintf(stderr, "compile_filters: %s\n", immure::to_text(done.error()).c_str()));
  return 1;
}
