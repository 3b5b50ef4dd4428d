/// Rows of the catalogue (probe/catalogue.hpp): which files a program with helpers can execute. In every other cell the
/// filter denies the same calls.
#pragma once

#include "probe/rows.hpp"

#include <fcntl.h>

#include "probe/fixed_files.hpp"
#include "probe/runner.hpp"

namespace immure::probe::helpers {

inline constexpr Gifts kHelpersAndScratch = kHelpers | kScratch;

constexpr Row executing(std::string_view id, std::string_view tries, const char* path, Run run, Answers cell,
                        Flags flags) {
  return {.id = id,
          .boundary = Boundary::kExec,
          .test = 33,
          .tries = tries,
          .syscall = "execve",
          .args = {kNil, text(path)},
          .cell = cell,
          .flags = flags,
          .run = run};
}

// A row whose call a wall refuses in a cell with helpers, in which the filter lets the call through.
constexpr Row refused(Row row, Answers refusal = {EACCES}) {
  return given({.gifts = kHelpers, .answers = refusal, .denies = true}, row);
}

constexpr Row with_walls(Answers walls, Row row) {
  row.walls = walls;
  return row;
}

// A call of these rows that meets no wall executes a program. So the call has a process of its own, and is made only
// where everything is in force.
inline constexpr Flags kMayExecute = kOwnChild | kCostly | kExecutes;
inline constexpr std::string_view kNoCell =
    "outside of a cell the file would be executed; exec/undeclared-file has one";

inline constexpr Row kRows[] = {
    // Test 46: code comes from the declared files of the image alone. The first row must succeed: the exec comes as far
    // as the file's contents, which are no program.
    given({.gifts = kHelpers, .answers = {ENOEXEC}},
          executing("exec/declared-file", "a file of the image that is declared", kDeclared, execute, kDenied,
                    kFixture | kNoProgram)),
    refused(executing("exec/undeclared-file", "a file of the image that is not declared", kUndeclared, execute, kDenied,
                      kFixture | kNoProgram)),
    refused(executing("exec/undeclared-interpreter", "a declared script whose interpreter is not declared",
                      kDeclaredScript, execute, kDenied, kFixture | kNoProgram)),
    uncontrolled(kNoCell, refused(executing("exec/undeclared-programs", "programs of the image that are not declared",
                                            kUndeclared, execute_undeclared, kDenied, kMayExecute))),
    uncontrolled(kNoCell,
                 refused(executing("exec/input-files", "files of /in", "/in", execute_listed, kDenied, kMayExecute))),
    with_walls({EACCES}, refused(executing("exec/output-file", "a file that the program has written to /out", "/out",
                                           execute_made, kDenied, kPlain))),
    // Of two entries, the first one that fits counts. Without the gift, the cell has no such directory.
    refused(given({.gifts = kHelpersAndScratch, .answers = {EACCES}, .denies = true},
                  executing("exec/scratch-file", "a file among the temporary files", kScratchPath, execute_made,
                            {EPERM, ENOENT}, kPlain)),
            {ENOENT}),
    refused(executing("exec/descriptor-path", "a descriptor by its path", "/proc/self/fd/0", execute, kDenied,
                      kFixture | kNoProgram),
            {ENOENT}),
    given({.gifts = kHelpers, .answers = {EROFS}, .denies = true}, {.id = "exec/change-declared",
                                                                    .boundary = Boundary::kExec,
                                                                    .test = 33,
                                                                    .tries = "a change of a declared file",
                                                                    .syscall = "fchmodat",
                                                                    .args = {num(AT_FDCWD), text(kDeclared)},
                                                                    .cell = {ENOENT, EPERM},
                                                                    .walls = {ENOENT, EROFS},
                                                                    .flags = kFixture | kNoProgram,
                                                                    .run = chmod_to_same}),
};

}  // namespace immure::probe::helpers
