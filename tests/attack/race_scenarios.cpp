/// What the race walk runs, and which paths it exchanges meanwhile.
#include <initializer_list>
#include <string>
#include <vector>

#include "race_places.hpp"

namespace immure::attack {
namespace {

const std::vector<std::string> kSigned = {"--key", "@/keys/host.key", "--evidence", "@/papers/e.json"};

std::vector<std::string> words(std::initializer_list<std::vector<std::string>> parts) {
  std::vector<std::string> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// Use the native venue, because the tracer knows only the calls that immure itself makes. Leave the observer out,
// because the kernel allows one listener (seccomp_unotify(2)), and the tracer is one.
const std::vector<std::string> kRun = {"run",  "--venue",    "native", "--no-observer",
                                       "--in", "@/drops/in", "--out",  "@/results/out"};

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> kAll = {
      {.name = "run",
       .words =
           words({kRun,
                  kSigned,
                  {"--profile", "@/profiles/p.toml", "--challenge", "@/challenges/c.json", "--", "@/programs/prog"}}),
       .places = {kInput,           kInputFile,      kInputSub,      kInputParent, kOutput,        kOutputParent,
                  kEvidence,        kEvidenceParent, kKey,           kKeyParent,   kProgram,       kProgramParent,
                  kInclude,         kIncludeFile,    kIncludeParent, kProfile,     kProfileParent, kChallenge,
                  kChallengeParent, kCache,          kCacheImages,   kCacheParent, kTemporary,     kTemporaryParent}},
      {.name = "stage",
       .words = words({kRun, kSigned, {"--stage", "--profile", "dynamic", "--", "@/programs/prog"}}),
       .places = {kInput, kInputFile, kInputSub, kInputOther, kInputParent, kOutput, kOutputBelow, kOutputDeeper,
                  kOutputFile, kOutputParent, kEvidence, kTemporary},
       .output_exists = true},
      {.name = "warm",
       .words = words({kRun, kSigned, {"--profile", "@/profiles/p.toml", "--", "@/programs/prog"}}),
       .places = {kProgram, kProgramParent, kInclude, kIncludeFile, kCache, kCacheImages, kCacheParent},
       .warm = true},
      {.name = "rootfs",
       .words = words({kRun, kSigned, {"--rootfs", "@/roots/root", "--profile", "dynamic", "--", "/bin/prog"}}),
       .places = {kRoot, kRootBin, kRootProgram, kRootData, kRootNote, kRootParent, kInput, kOutput, kOutputBelow},
       .output_exists = true},
      {.name = "inspect",
       .words = words(
           {{"inspect", "--venue", "native", "--timeout", "30s", "-o", "@/results/out", "--rules", "@/rulebooks/rules"},
            kSigned,
            {"@/drops/in"}}),
       .places = {kInput, kInputFile, kInputParent, kRules, kRulesFile, kRulesParent, kOutput, kOutputParent, kEvidence,
                  kCache, kTemporary},
       .inspects = true},
      // The only input of the batch is called `in`, so its output and its evidence have this name too.
      {.name = "batch",
       .words = words({{"batch", "--venue", "native", "--no-observer", "--in", "@/drops", "--out", "@/results/out",
                        "--key", "@/keys/host.key", "--profile", "dynamic", "--", "@/programs/prog"}}),
       .places = {kInput, kInputParent, kOutput, kBatchOutput, kBatchPaper, kOutputParent, kKey, kKeyParent, kProgram,
                  kProgramParent},
       .paper = "results/out/in.evidence.json"},
  };
  return kAll;
}

}  // namespace immure::attack
