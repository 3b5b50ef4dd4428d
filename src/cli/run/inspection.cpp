#include "cli/run/inspection.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/run/directories.hpp"
#include "cli/run/hidden_entries.hpp"
#include "cli/run/inputs.hpp"
#include "plan/image/image.hpp"
#include "sys/file.hpp"

namespace immure::cli {
namespace {

/// Opens the drop; nothing if the input is a single file.
Result<std::optional<InputDirectory>> drop_of(const Launch& wanted) {
  if (!wanted.looked_at) {
    TRY(InputDirectory opened, input_directory(wanted.input));
    return std::optional(std::move(opened));
  }
  TRY(HeldInput held, hold_input(wanted.looked_at->first, wanted.looked_at->second, wanted.input_holder));
  if (!held.parts.empty()) return std::optional<InputDirectory>();
  return std::optional(std::move(held.whole));
}

}  // namespace

Result<std::string> inspector_path() {
  if (const auto self = sys::link_target(AT_FDCWD, "/proc/self/exe"); self) {
    const std::string beside = self->substr(0, self->rfind('/')) + "/immure-inspect";
    if (::access(beside.c_str(), X_OK) == 0) return beside;
  }
  constexpr const char* kInstalled = "/usr/libexec/immure/immure-inspect";
  if (::access(kInstalled, X_OK) == 0) return kInstalled;
  return fail(Code::kBadInput, "immure-inspect", "is neither beside immure nor in /usr/libexec/immure",
              "Build or install it together with immure.");
}

Result<void> be_inspector(Launch& wanted) {
  TRY(wanted.program, inspector_path());
  wanted.profile = "inspect";
  // The inspector is a program of immure: the inspector writes only to /out, and ends with an error if it cannot write.
  wanted.no_observer = true;
  return {};
}

void limit_inspection(Launch& wanted) {
  constexpr std::uint64_t kDefaultMs = 960'000, kReportMs = 60'000, kReportShare = 10;
  wanted.wall_ms = wanted.wall_ms.value_or(kDefaultMs);
  const std::uint64_t report_ms = std::min(kReportMs, *wanted.wall_ms / kReportShare);
  // Put this default first, so that a later --limit overrides it.
  const std::string limit = "run-ms=" + std::to_string(std::max<std::uint64_t>(*wanted.wall_ms - report_ms, 1));
  wanted.arguments.insert(wanted.arguments.begin(), {"--limit", limit});
}

Result<void> add_hidden_entries(Launch& wanted) {
  wanted.deadline->enter("the drop was listed");
  struct stat info{};
  std::string text;
  if (!wanted.looked_at && ::lstat(wanted.input.c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
    // With its directory, so that a name with `=` is no name of a place.
    wanted.inputs = {std::filesystem::absolute(wanted.input).string()};
    TRY(text, hidden_properties_of_file(wanted.input));
  } else {
    wanted.watched = std::make_shared<attest::MountWatch>();
    TRY(auto drop, drop_of(wanted));
    // The cell shows everything of a single file of a batch, because its input is a copy that immure makes.
    if (!drop) return {};
    TRY(HiddenEntries hidden, hidden_entries_of(*std::move(drop), wanted.input, wanted.deadline->go_on()));
    wanted.looked_at.reset();
    wanted.stage = hidden.needs_copy;
    wanted.listed = std::move(hidden.entries);
    wanted.opened = std::make_shared<InputDirectory>(std::move(hidden.directory));
    text = std::move(hidden.text);
  }
  if (text.empty()) return {};
  // The list is a part of the image, so no other run has this image.
  wanted.shared_plans.reset();
  plan::Packed file = plan::text_file("/data/unseen", "unseen", text);
  wanted.data_files.push_back(std::move(file));
  wanted.arguments.insert(wanted.arguments.end(), {"--unseen", "/data/unseen"});
  return {};
}

}  // namespace immure::cli
