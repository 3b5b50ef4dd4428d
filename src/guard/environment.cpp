#include <algorithm>
#include <iterator>
#include <span>

#include <unistd.h>

#include "guard/tries.hpp"
#include "text/credential.hpp"

namespace immure::guard {
namespace {

bool declared(const immure_guard_options& options, std::string_view name) {
  if (options.environment == nullptr) return false;
  return std::ranges::any_of(std::span(options.environment, options.environment_count),
                             [&](const char* allowed) { return allowed != nullptr && name == allowed; });
}

/// Variables that immure gives to every program. On a host these variables have other values.
constexpr std::string_view kUsual[] = {"HOME=/", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin"};

bool usual(std::string_view entry) { return std::ranges::find(kUsual, entry) != std::end(kUsual); }

}  // namespace

void try_environment(Tries& tries, const immure_guard_options& options) {
  constexpr std::string_view kCall = "environ";
  bool any = false;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    any = true;
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    if (equals == std::string_view::npos) {
      // An entry without `=` may be a value, and so a secret; the report does not show it.
      tries.must_hold(kCall, false, "an entry has no name");
      continue;
    }
    const std::string_view value = text.substr(equals + 1);
    if (!tries.must_hold(kCall, declared(options, name) || usual(text), "is set and was not declared", name)) continue;
    tries.must_hold(kCall, !text::named_like_credential(name), "is named like a secret", name);
    tries.must_hold(kCall, text::credential_in(value).empty(), "has a value that is shaped like a secret", name);
  }
  if (!any) tries.must_hold(kCall, true, {});
}

}  // namespace immure::guard
