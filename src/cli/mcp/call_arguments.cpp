#include "cli/mcp/call_arguments.hpp"

#include "text/list.hpp"

namespace immure::cli::mcp {
namespace {

std::unexpected<Error> wrong(const std::string& name, std::string_view what) {
  return fail(Code::kUsage, "argument `" + name + "`", what, "See the tool's input schema.");
}

Result<std::string> text_of(const std::string& name, const json& value) {
  if (!value.is_string()) return wrong(name, "is no text");
  auto text = value.get<std::string>();
  if (text.find('\0') != std::string::npos) return wrong(name, "has a NUL character");
  return text;
}

}  // namespace

const json* CallArguments::find(const std::string& name) {
  asked_.insert(name);
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

Result<std::optional<std::string>> CallArguments::text(const std::string& name) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  TRY(std::string text, text_of(name, *value));
  return std::optional(std::move(text));
}

Result<std::string> CallArguments::required_text(const std::string& name) {
  TRY(auto given, text(name));
  if (!given) return wrong(name, "is missing");
  if (given->empty()) return wrong(name, "is empty");
  return *std::move(given);
}

Result<std::vector<std::string>> CallArguments::texts(const std::string& name, std::size_t most) {
  std::vector<std::string> all;
  const json* value = find(name);
  if (value == nullptr) return all;
  if (!value->is_array()) return wrong(name, "is no array of texts");
  if (value->size() > most) return wrong(name, "has more than " + std::to_string(most) + " entries");
  for (const json& one : *value) {
    TRY(std::string text, text_of(name, one));
    all.push_back(std::move(text));
  }
  return all;
}

Result<std::map<std::string, std::string>> CallArguments::pairs(const std::string& name, std::size_t most) {
  std::map<std::string, std::string> all;
  const json* value = find(name);
  if (value == nullptr) return all;
  if (!value->is_object()) return wrong(name, "is no object of texts");
  if (value->size() > most) return wrong(name, "has more than " + std::to_string(most) + " entries");
  for (const auto& [key, one] : value->items()) {
    if (key.empty() || key.find('=') != std::string::npos || key.find('\0') != std::string::npos)
      return wrong(name, "has a name that no variable can have");
    TRY(std::string text, text_of(name, one));
    all.emplace(key, std::move(text));
  }
  return all;
}

Result<std::optional<std::int64_t>> CallArguments::integer(const std::string& name, std::int64_t least,
                                                           std::int64_t most) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const std::string range = "is no integer from " + std::to_string(least) + " to " + std::to_string(most);
  if (!value->is_number_integer()) return wrong(name, range);
  // A number beyond the range of std::int64_t would wrap around.
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(most))
    return wrong(name, range);
  const auto number = value->get<std::int64_t>();
  if (number < least || number > most) return wrong(name, range);
  return std::optional(number);
}

Result<bool> CallArguments::flag(const std::string& name) {
  const json* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_boolean()) return wrong(name, "is neither true nor false");
  return value->get<bool>();
}

Result<void> CallArguments::finish() const {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : object_.items())
    if (!asked_.contains(name)) unknown.push_back("`" + name.substr(0, 64) + "`");
  if (unknown.empty()) return {};
  return fail(Code::kUsage, "arguments", "the tool has no argument " + text::list_text(unknown, 3),
              "The operator decides about keys, venues and other options when the server starts.");
}

}  // namespace immure::cli::mcp
