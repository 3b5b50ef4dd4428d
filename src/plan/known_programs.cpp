#include "plan/known_programs.hpp"

#include <algorithm>
#include <array>

#include <fnmatch.h>

namespace immure::plan {
namespace {

/// Patterns that also match if the program starts in /out, because it then names files of /out by relative paths.
constexpr std::array<std::string_view, 2> kInOutput = {"/out", "/out/*"};

std::string_view name_in(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_of_the_system(std::string_view path) {
  constexpr std::array<std::string_view, 3> kPlaces = {"/usr/", "/bin/", "/sbin/"};
  return std::ranges::any_of(kPlaces, [&](std::string_view place) { return path.starts_with(place); });
}

bool applies(const KnownNeed& need, const Started& started) {
  const auto is_named = [&](std::string_view program) {
    return program == name_in(started.path) || program == name_in(started.asked);
  };
  if (std::ranges::none_of(need.programs, is_named)) return false;
  const bool starts_in_output = started.workdir == "/out" || started.workdir.starts_with("/out/");
  return need.when.empty() || std::ranges::any_of(need.when, [&](std::string_view pattern) {
           if (starts_in_output && std::ranges::find(kInOutput, pattern) != kInOutput.end()) return true;
           return std::ranges::any_of(started.arguments, [&](const std::string& argument) {
             return ::fnmatch(std::string(pattern).c_str(), argument.c_str(), 0) == 0;
           });
         });
}

}  // namespace

std::span<const KnownNeed> known_needs() {
  // immure builds this table on its first use, because most commands do not start a program.
#include "known_programs.inc"
  return kNeeds;
}

std::vector<const KnownNeed*> needs_of(const Started& started, std::span<const KnownNeed> own) {
  std::vector<const KnownNeed*> needs;
  for (const KnownNeed& need : own)
    if (applies(need, started)) needs.push_back(&need);
  if (!is_of_the_system(started.path)) return needs;
  for (const KnownNeed& need : known_needs())
    if (applies(need, started)) needs.push_back(&need);
  return needs;
}

}  // namespace immure::plan
