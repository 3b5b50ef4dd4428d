/// Rows of the catalogue (probe/catalogue.hpp): what a plan may give a program, and what a gift must not include. In a
/// cell without the gift, the same rows demand that the program has nothing of the kind.
#pragma once

#include "probe/rows.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace immure::probe::gifts {

inline constexpr Boundary kNet = Boundary::kNetwork, kOut = Boundary::kOutput;
inline constexpr Arg kCwd = num(AT_FDCWD);
inline constexpr Answers kWorks{Answers::kOk};
inline constexpr Gifts kScratchAndBack = kScratch | kReadBack;

constexpr Row in_output(std::string_view id, std::string_view tries, const char* path, int flags, int mode,
                        Answers cell, Run run) {
  return {.id = id,
          .boundary = kOut,
          .test = 29,
          .tries = tries,
          .syscall = "openat",
          .args = {kCwd, text(path), num(flags), num(mode)},
          .cell = cell,
          .run = run};
}

// Both names are arguments, so that the evidence names both.
constexpr Row moving(std::string_view id, std::string_view tries, const char* from, const char* to, Run run) {
  return {.id = id,
          .boundary = kOut,
          .test = 29,
          .tries = tries,
          .syscall = "renameat2",
          .args = {kCwd, text(from), kCwd, text(to), num(0)},
          .cell = {ENOENT},
          .run = run};
}

// A plan may allow the call of this row. Then Landlock denies the call in the directory for temporary files. Without
// the gift, the cell has no such directory.
constexpr Row under_landlock(Row row) {
  return given({.gifts = kScratch, .answers = {EPERM, EACCES}, .denies = true}, row);
}

constexpr Row pair(std::string_view id, std::string_view tries, int family, int type) {
  return {.id = id,
          .boundary = kNet,
          .test = 25,
          .tries = tries,
          .syscall = "socketpair",
          .args = {num(family), num(type), num(0), kBuf},
          .cell = kDenied,
          .flags = kHarmless,
          .run = talk_over_pair};
}

inline constexpr int kNew = O_RDWR | O_CREAT | O_EXCL;
inline constexpr const char* kDirectory = "/out/.immure-scratch";

inline constexpr Row kRows[] = {
    // Test 47: what the program can read below /out is its own.
    given_back(kWorks, in_output("output/born-empty", "something that lay in /out before", "/out",
                                 O_RDONLY | O_DIRECTORY, 0, {EACCES}, list_foreign)),
    given({.gifts = kReadBack, .answers = kWorks, .effects = kWritten | kRead},
          in_output("output/read-back", "a file written and read again", "/out/.immure-b", kNew, 0600, {EACCES},
                    write_and_read)),
    given({.gifts = kReadBack, .answers = {EPERM}, .denies = true},
          in_output("output/map-executable", "code from /out", "/out", O_RDONLY | O_DIRECTORY, 0, {EACCES},
                    map_executable)),
    given_scratch(kWorks, in_output("output/scratch-born-empty", "something that lay among the temporary files before",
                                    kDirectory, O_RDONLY | O_DIRECTORY, 0, {ENOENT}, list_foreign)),
    given({.gifts = kScratch, .answers = kWorks, .effects = kWritten | kRead},
          in_output("output/scratch-read-back", "a temporary file written and read again",
                    "/out/.immure-scratch/.immure-b", kNew, 0600, {ENOENT}, write_and_read)),
    given({.gifts = kScratch, .answers = {EPERM}, .denies = true},
          in_output("output/scratch-map-executable", "code from a temporary file", kDirectory, O_RDONLY | O_DIRECTORY,
                    0, {ENOENT}, map_executable)),
    given({.gifts = kScratch, .answers = {EXDEV}, .denies = true},
          given({.gifts = kScratchAndBack, .answers = kWorks},
                moving("output/scratch-move-in", "a file of /out moved to where it can be read", "/out/.immure-m",
                       "/out/.immure-scratch/.immure-m", move_and_read))),
    // Without the right to move files between directories (Linux 5.19), nothing moves at all.
    given({.gifts = kScratch, .answers = {EACCES, EXDEV}, .denies = true},
          given({.gifts = kScratchAndBack, .answers = kWorks},
                moving("output/scratch-move-out", "a temporary file moved to /out, and read there",
                       "/out/.immure-scratch/.immure-o", "/out/.immure-o", move_and_read))),
    under_landlock({.id = "output/scratch-mkfifo",
                    .boundary = kOut,
                    .test = 29,
                    .syscall = "mknodat",
                    .nr = kByName,
                    .args = {kCwd, text("/out/.immure-scratch/.immure-f"), num(S_IFIFO | 0600), num(0)},
                    .cell = {EPERM, EACCES, ENOENT},
                    .run = make_and_remove}),
    under_landlock({.id = "output/scratch-symlink",
                    .boundary = kOut,
                    .test = 29,
                    .syscall = "symlinkat",
                    .nr = kByName,
                    .args = {text("/in"), kCwd, text("/out/.immure-scratch/.immure-l")},
                    .cell = {EPERM, EACCES, ENOENT},
                    .run = make_and_remove}),
    under_landlock({.id = "output/scratch-whiteout",
                    .boundary = kOut,
                    .test = 29,
                    .syscall = "mknodat",
                    .nr = kByName,
                    .args = {kCwd, text("/out/.immure-scratch/.immure-w"), num(S_IFCHR | 0600), num(0)},
                    .cell = {EPERM, EACCES, ENOENT},
                    .run = make_and_remove}),
    in_output("output/scratch-set-uid", "a temporary file that is set-user-ID", "/out/.immure-scratch/.immure-u", kNew,
              06755, {EPERM}, create_and_remove),
    denied("output/scratch-link-in", kOut, 29, SYS(linkat),
           {kCwd, text("/out/.immure-none"), kCwd, text("/out/.immure-scratch/.immure-none"), num(0)}),
    // Test 48: no socket but an unnamed pair of the cell's own processes.
    given({.gifts = kSocketPairs, .answers = kWorks, .effects = kWritten | kRead},
          pair("network/socketpair-stream", "an unnamed pair of connected streams", AF_UNIX, SOCK_STREAM)),
    given({.gifts = kSocketPairs, .answers = kWorks, .effects = kWritten | kRead},
          pair("network/socketpair-dgram", "an unnamed pair that sends datagrams", AF_UNIX, SOCK_DGRAM)),
    pair("network/socketpair-seqpacket", "an unnamed pair of a third type", AF_UNIX, SOCK_SEQPACKET),
    denied("network/socketpair-inet", kNet, 25, SYS(socketpair), {num(AF_INET), num(SOCK_STREAM), num(0), kBuf}),
    denied("network/socketpair-protocol", kNet, 25, SYS(socketpair), {num(AF_UNIX), num(SOCK_STREAM), num(99), kBuf}),
    with(denied("network/sendto-name", kNet, 25, SYS(sendto), {num(-1), kNil, num(0), num(0), kBuf, num(16)}),
         {"a datagram to a name: a socket that somebody of the host made in /in", "unix(7)"}),
};

}  // namespace immure::probe::gifts
