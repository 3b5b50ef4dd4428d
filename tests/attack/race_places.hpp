/// The paths of the operator that the race walk exchanges.
#pragma once

#include "race_world.hpp"

namespace immure::attack {

inline const Place kInput{"in", "drops/in"}, kInputFile{"in/file", "drops/in/file", false},
    kInputSub{"in/sub", "drops/in/sub"}, kInputOther{"in/sub/other", "drops/in/sub/other", false},
    kInputParent{"parent of in", "drops"};
inline const Place kOutput{"out", "results/out", true, true},
    kOutputBelow{"out/below", "results/out/below", true, true},
    kOutputDeeper{"out/below/deeper", "results/out/below/deeper", true, true},
    kOutputFile{"out/harvested", "results/out/harvested", false, true},
    kOutputParent{"parent of out", "results", true, true};
inline const Place kBatchOutput{"out of a batch's run", "results/out/in", true, true},
    kBatchPaper{"evidence of a batch's run", "results/out/in.evidence.json", false, true};
inline const Place kEvidence{"evidence", "papers/e.json", false, true},
    kEvidenceParent{"parent of evidence", "papers", true, true};
inline const Place kKey{"key", "keys/host.key", false}, kKeyParent{"parent of key", "keys"};
inline const Place kProgram{"program", "programs/prog", false}, kProgramParent{"parent of program", "programs"};
inline const Place kInclude{"include", "includes/tree"}, kIncludeFile{"include/data", "includes/tree/data", false},
    kIncludeParent{"parent of include", "includes"};
inline const Place kProfile{"profile", "profiles/p.toml", false}, kProfileParent{"parent of profile", "profiles"};
inline const Place kChallenge{"challenge", "challenges/c.json", false},
    kChallengeParent{"parent of challenge", "challenges"};
inline const Place kCache{"cache", "caches/cache", true, true},
    kCacheImages{"cache/images", "caches/cache/images", true, true},
    kCacheParent{"parent of cache", "caches", true, true};
inline const Place kTemporary{"TMPDIR", "temporaries/tmp", true, true},
    kTemporaryParent{"parent of TMPDIR", "temporaries", true, true};
inline const Place kRoot{"rootfs", "roots/root"}, kRootBin{"rootfs/bin", "roots/root/bin"},
    kRootProgram{"rootfs/bin/prog", "roots/root/bin/prog", false}, kRootData{"rootfs/data", "roots/root/data"},
    kRootNote{"rootfs/data/note", "roots/root/data/note", false}, kRootParent{"parent of rootfs", "roots"};
inline const Place kRules{"rules", "rulebooks/rules"}, kRulesFile{"rules/r.yar", "rulebooks/rules/r.yar", false},
    kRulesParent{"parent of rules", "rulebooks"};

}  // namespace immure::attack
