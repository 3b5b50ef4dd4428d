#include "cli/batch/names.hpp"

#include <optional>

#include "text/visible.hpp"

namespace immure::cli {
namespace {

constexpr std::string_view kNameHint = "Give the runs other names with --name, for example --name 'run-{n}'.";

std::string_view without_slashes(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Where the ending of a name begins. A name such as `.profile` has no ending.
std::size_t ending_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name.size() : dot;
}

std::string padded(std::size_t number, std::size_t count) {
  std::string text = std::to_string(number);
  const std::size_t width = std::to_string(count).size();
  return std::string(width - std::min(width, text.size()), '0') + text;
}

std::optional<std::string> word_of(std::string_view word, const NameFacts& facts) {
  const std::string_view path = without_slashes(facts.path);
  const std::string_view name = last_part(path);
  if (word == "name") return std::string(name);
  if (word == "stem") return std::string(name.substr(0, ending_of(name)));
  if (word == "ext") {
    const std::size_t ending = ending_of(name);
    return std::string(ending == name.size() ? std::string_view() : name.substr(ending + 1));
  }
  if (word == "parent")
    return std::string(name.size() < path.size() ? last_part(path.substr(0, path.size() - name.size() - 1))
                                                 : std::string_view());
  if (word == "n") return padded(facts.number, facts.count);
  return std::nullopt;
}

}  // namespace

Result<std::string> name_by(const std::string& pattern, const NameFacts& facts) {
  constexpr std::string_view kWords = "The words are {name}, {stem}, {ext}, {parent} and {n}.";
  std::string name;
  std::string_view rest = pattern;
  while (!rest.empty()) {
    const std::size_t brace = rest.find_first_of("{}");
    name += rest.substr(0, brace);
    if (brace == std::string_view::npos) break;
    const std::size_t end = rest.find('}', brace);
    if (rest[brace] == '}' || end == std::string_view::npos)
      return fail(Code::kUsage, "--name", "has a brace without its partner: " + pattern, kWords);
    const std::string_view word = rest.substr(brace + 1, end - brace - 1);
    const auto value = word_of(word, facts);
    if (!value) return fail(Code::kUsage, "--name", "there is no word {" + std::string(word) + "}", kWords);
    name += *value;
    rest.remove_prefix(end + 1);
  }
  return name;
}

Result<void> check_run_name(const std::string& name, const std::string& shown) {
  constexpr std::size_t kLongest = 255 - kEvidenceSuffix.size();
  const auto refuse = [&](std::string what, std::string_view hint = kNameHint) {
    return fail(Code::kBadInput, shown, std::move(what), hint);
  };
  if (name.empty() || name == "." || name == "..") return refuse("gives its run no name: \"" + name + "\"");
  if (name.find('/') != std::string::npos) return refuse("gives its run a name with a slash: " + name);
  if (name.size() > kLongest) return refuse("gives its run a name of more than " + std::to_string(kLongest) + " bytes");
  if (!text::is_printable(name)) return refuse("gives its run a name that is not printable UTF-8");
  if (name.starts_with('-')) return refuse("gives its run the name " + name + ", which programs take for an option");
  if (name.ends_with(kEvidenceSuffix))
    return refuse("has the name that the evidence of another run will get", kNameHint);
  if (name == kBatchDirectory) return refuse("has the name of the directory in which the batch keeps its journal");
  return {};
}

}  // namespace immure::cli
