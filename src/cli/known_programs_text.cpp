#include "cli/known_programs_text.hpp"

#include <algorithm>
#include <string_view>

#include "plan/profile.hpp"
#include "text/list.hpp"

namespace immure::cli {
namespace {

constexpr std::string_view kHead =
    "# Programs that get an option automatically\n"
    "\n"
    "Some programs cannot do their job with what the acceptance profile `packet` allows. `immure run` and `immure "
    "batch`\n"
    "give them what they are known to need, say so, and claim the acceptance profile `work`\n"
    "(see [scratch.md](scratch.md)). This holds for programs in /usr, /bin and /sbin, and for arguments like those "
    "that\n"
    "the list names. `--strict` refuses such a run. With `--profile FILE`, only the\nfile decides what the program "
    "gets.\n"
    "\n"
    "`immure help programs` prints this list. It comes from `catalogue/programs.toml`.\n"
    "\n";

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

/// Breaks the text of a list item into lines.
std::string wrapped(const std::string& text) {
  constexpr std::size_t kWidth = 120;
  std::string out, line;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string word = text.substr(start, end - start);
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = "  " + word;
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
    start = end + 1;
  }
  return out + line + "\n";
}

}  // namespace

std::vector<std::string> options_of(const plan::KnownNeed& need) {
  std::vector<std::string> options;
  if (need.scratch_bytes != 0) options.push_back("--tmp " + plan::size_text(need.scratch_bytes));
  if (need.read_back) options.emplace_back("--read-back");
  if (need.socket_pairs) options.emplace_back("--socket-pairs");
  for (const auto& [name, value] : need.environment)
    options.push_back("--env " + std::string(name) + "='" + std::string(value) + "'");
  return options;
}

std::string known_programs_text() {
  std::string text(kHead);
  for (const plan::KnownNeed& need : plan::known_needs()) {
    std::string entry = "- " + text::list_text(need.programs, text::kAllItems, quoted) + ": " +
                        text::list_text(options_of(need), text::kAllItems, quoted);
    if (!need.when.empty()) entry += " with an argument like " + text::list_text(need.when, text::kAllItems, quoted);
    text += wrapped(entry + ". The program " + std::string(need.because) + ".");
  }
  return text;
}

}  // namespace immure::cli
