/// Variables that carry credentials, by name and by value. No sandbox can protect a secret that its program was given.
/// So a run refuses such a variable, and the judge and the guard look for one; all three use these functions.
#pragma once

#include <string_view>

namespace immure::text {

/// True for a variable's name that promises a credential: a token, a password, a connection string. Words between `_`
/// count, in any case: `API_KEY` and `GITHUB_TOKEN` do, `TOKENIZERS_PARALLELISM` and `MAX_TOKENS` do not.
[[nodiscard]] bool named_like_credential(std::string_view name);

/// What kind of credential `value` holds, by the form that its issuer gives it: `a GitHub token`. Empty if none.
[[nodiscard]] std::string_view credential_in(std::string_view value);

}  // namespace immure::text
