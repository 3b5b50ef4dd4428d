#include "render/refusal_words.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

#include "judge/claim.hpp"
#include "render/stream_words.hpp"
#include "text/visible.hpp"

namespace immure::render {
namespace {

struct Words {
  std::string_view what, tried, remedy;
};
constexpr Words kWords[] = {
    {"scratch", "write temporary files", "Give the program a directory for them: --tmp 256MiB."},
    {"read-back", "read or list what it wrote to /out", "Give the program this right: --read-back."},
    {"device", "use a device", "The cell does not have this device."},
    {"input", "write in its input",
     "A program that only reads goes on without that. Let a program that changes files write to /out."},
    {"elsewhere", "write outside of /out", "Name a file in /out, if the program lets you."},
};

Words words_of(std::string_view what) {
  for (const Words& words : kWords)
    if (words.what == what) return words;
  return {what, "do what its cell does not allow", "A newer version of immure can explain this kind of refusal."};
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return a > kMost - b ? kMost : a + b;
}

const std::vector<evidence::Refusal>& refusals(const evidence::Evidence& evidence) {
  static const std::vector<evidence::Refusal> none;
  return evidence.payload && evidence.payload->refused ? *evidence.payload->refused : none;
}

}  // namespace

std::vector<std::string> refusal_sentences(const evidence::Evidence& evidence) {
  struct Kind {
    std::string_view what, path;
    std::uint64_t calls;
  };
  std::vector<Kind> kinds;
  for (const evidence::Refusal& refusal : refusals(evidence)) {
    if (kinds.empty() || kinds.back().what != refusal.what) kinds.push_back({refusal.what, {}, 0});
    Kind& kind = kinds.back();
    kind.calls = sum(kind.calls, refusal.count);
    if (kind.path.empty()) kind.path = refusal.path;
  }
  // What an option helps comes first: a program that cannot write to /tmp tries other places next.
  std::ranges::stable_sort(kinds, {},
                           [](const Kind& kind) { return std::ranges::find(kWords, kind.what, &Words::what); });
  std::vector<std::string> sentences;
  for (const Kind& kind : kinds) {
    Words words = words_of(kind.what);
    const bool has_scratch = (judge::claim_of(evidence).gifts & probe::kScratch) != 0;
    if (kind.what == "scratch" && has_scratch)
      words.remedy = "Its root directory has no such place: let the program use the directory that TMPDIR names.";
    const auto stream = stream_remedy(kind.path);
    if (stream && kind.what == "device") words = {kind.what, "open its own stream by a name as a new file", *stream};
    std::string sentence = "the program could not " + std::string(words.tried);
    if (kind.calls > 1) sentence += " (" + std::to_string(kind.calls) + " times)";
    if (!kind.path.empty()) sentence += ", for example " + text::visible(kind.path);
    sentences.push_back(std::move(sentence));
    sentences.emplace_back(words.remedy);
  }
  return sentences;
}

}  // namespace immure::render
