#include "cli/mcp/settings.hpp"

#include <charconv>

#include <fcntl.h>

#include "cli/run/duration.hpp"
#include "evidence/keys.hpp"
#include "file/named.hpp"
#include "plan/profile.hpp"
#include "sys/file.hpp"

namespace immure::cli::mcp {
namespace {

Result<void> add_roots(Settings& settings, const Arguments& arguments) {
  for (const std::string& directory : arguments.values("allow")) CHECK_OK(settings.roots.add(directory, true));
  for (const std::string& directory : arguments.values("allow-read")) CHECK_OK(settings.roots.add(directory, false));
  if (settings.roots.empty())
    return fail(Code::kUsage, "mcp", "--allow or --allow-read is missing",
                "Name the directories that calls may use: immure mcp --allow DIR.");
  return {};
}

/// The key that signs, and the keys that verify accepts. Without --trust, verify accepts the key that signs: its public
/// half lies beside the private key if `immure keygen` made the key.
Result<void> add_keys(Settings& settings, const Arguments& arguments) {
  settings.key = arguments.value("key");
  settings.signer = arguments.value("signer");
  settings.trusted = arguments.values("trust");
  settings.accepted = arguments.values("accept");
  if (settings.signer && !settings.key)
    return fail(Code::kUsage, "--signer", "needs --key",
                "Name the file of the public key that belongs to the signer's private key.");
  if (settings.key && !settings.signer) CHECK_OK(settings.roots.check_outside(*settings.key, "--key"));
  if (settings.key && settings.trusted.empty()) {
    constexpr std::string_view kPrivate = ".key";
    std::string path = *settings.key;
    if (!settings.signer) path = path.ends_with(kPrivate) ? path.substr(0, path.size() - kPrivate.size()) + ".pub" : "";
    if (!path.empty() && evidence::PublicKey::load(path)) settings.trusted.push_back(path);
  }
  for (const std::string& path : settings.trusted) {
    TRY([[maybe_unused]] const auto key, evidence::PublicKey::load(path));
  }
  return {};
}

Result<std::size_t> number_of_calls(const Arguments& arguments) {
  constexpr std::size_t kUsual = 4, kMost = 64;
  const auto given = arguments.value("calls");
  if (!given) return kUsual;
  std::size_t calls = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), calls);
  if (error != std::errc{} || end != given->data() + given->size() || calls < 1 || calls > kMost)
    return fail(Code::kUsage, "--calls", "is not a number from 1 to 64: " + *given);
  return calls;
}

Result<std::size_t> output_limit(const Arguments& arguments) {
  constexpr std::uint64_t kUsual = 64 << 10, kLeast = 1 << 10, kMost = 4 << 20;
  const auto given = arguments.value("output-limit");
  if (!given) return kUsual;
  const auto size = plan::size_named(*given);
  if (size && *size >= kLeast && *size <= kMost) return *size;
  return fail(Code::kUsage, "--output-limit", "is no size from 1KiB to 4MiB: " + *given);
}

}  // namespace

Result<Settings> settings_of(const Arguments& arguments) {
  constexpr std::uint64_t kUsualMs = 300'000, kLeastMs = 1'000;
  Settings settings;
  CHECK_OK(add_roots(settings, arguments));
  CHECK_OK(add_keys(settings, arguments));
  settings.programs = arguments.values("program");
  settings.profile = arguments.value("profile");
  settings.venue = arguments.value("venue");
  settings.runtime = arguments.value("runtime");
  settings.audit = arguments.value("audit");
  settings.timeout_ms = kUsualMs;
  if (const auto timeout = arguments.value("timeout")) {
    TRY(settings.timeout_ms, parse_duration("--timeout", *timeout));
  }
  if (settings.timeout_ms < kLeastMs) return fail(Code::kUsage, "--timeout", "is less than a second");
  if (settings.profile) {
    TRY([[maybe_unused]] const auto profile, plan::profile_called(*settings.profile));
  }
  TRY(settings.calls, number_of_calls(arguments));
  TRY(settings.most_output, output_limit(arguments));
  auto self = sys::open_at(AT_FDCWD, "/proc/self/exe", O_PATH);
  if (!self) return fail(Code::kSystem, "/proc/self/exe", "cannot be opened", {}, self.error().value);
  settings.self = std::move(*self);
  return settings;
}

}  // namespace immure::cli::mcp
