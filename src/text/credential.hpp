/// Recognises environment variables that carry credentials, by name and by value. No sandbox can protect a secret that
/// its program was given. So a run refuses such a variable, and the judge and the guard look for one; all three use
/// these functions.
#pragma once

#include <span>
#include <string_view>

namespace immure::text {

/// How named_like_credential() compares a name: in upper case, with `_` in place of every other character than letters
/// and digits, and with one `_` before and behind.
struct CredentialNames {
  std::span<const std::string_view> words;     ///< a name that contains one of these is suspect
  std::span<const std::string_view> ends;      ///< so is a name that contains one of these, which end compound words
  std::span<const std::string_view> counting;  ///< with one of these, `TOKEN_` makes a name harmless
  std::string_view last;                       ///< a name that ends with this is suspect
};
[[nodiscard]] CredentialNames credential_names();

/// True if a variable's name suggests a credential: a token, a password, a connection string. The function compares
/// whole words between `_`, in any case: `API_KEY` and `GITHUB_TOKEN` count, `TOKENIZERS_PARALLELISM` and `MAX_TOKENS`
/// do not.
[[nodiscard]] bool named_like_credential(std::string_view name);

/// The kind of credential that `value` holds, such as `a GitHub token`. The function recognises the forms that issuers
/// give their credentials. Empty if `value` holds no known credential.
[[nodiscard]] std::string_view credential_in(std::string_view value);

}  // namespace immure::text
