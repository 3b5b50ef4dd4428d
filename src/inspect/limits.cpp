#include "inspect/limits.hpp"

#include <array>
#include <charconv>

namespace immure::inspect {
namespace {

constexpr auto kNames = std::to_array<LimitName>({
    {"analysed-bytes", &Limits::analysed_bytes, "bytes of one file or member that are analysed"},
    {"container-depth", &Limits::container_depth, "containers within containers"},
    {"container-entries", &Limits::container_entries, "entries of one container"},
    {"directory-depth", &Limits::directory_depth, "directories within directories"},
    {"entries", &Limits::entries, "entries of the drop"},
    {"expanded-file", &Limits::expanded_file, "bytes expanded out of one file"},
    {"expanded-run", &Limits::expanded_run, "bytes expanded out of all files"},
    {"file-ms", &Limits::file_ms, "milliseconds for one file"},
    {"findings", &Limits::findings, "findings in the report"},
    {"matches", &Limits::matches, "matches of one rule for secrets in one file or member"},
    {"members", &Limits::members, "members in all containers within one file"},
    {"ratio", &Limits::ratio, "expanded bytes for each packed byte"},
    {"rules-s", &Limits::rules_s, "seconds of rule matching for one file or member"},
    {"run-ms", &Limits::run_ms, "milliseconds for the whole drop"},
    {"secret-bytes", &Limits::secret_bytes, "bytes of a text in which secrets are looked for"},
    {"worker-bytes", &Limits::worker_bytes, "memory of one parser process"},
});

}  // namespace

std::span<const LimitName> limit_names() { return kNames; }

bool set_limit(Limits& limits, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view digits = assignment.substr(equals + 1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value == 0) return false;
  for (const LimitName& limit : kNames) {
    if (limit.name != assignment.substr(0, equals)) continue;
    limits.*limit.value = value;
    return true;
  }
  return false;
}

}  // namespace immure::inspect
