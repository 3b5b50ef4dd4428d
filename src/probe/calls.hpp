/// Probes that need more than one system call. A row of the catalogue names the probe that the row uses.
#pragma once

#include "probe/catalogue.hpp"

namespace immure::probe {

// Files. As in openat(2), args[1] is the path, args[2] the open flags and args[3] the mode.
Answer open_and_read(Context& context, const Row& row);  ///< kRead if a byte came back
Answer create_and_remove(Context& context,
                         const Row& row);  ///< kCreated if the file was made; the probe removes the file again
Answer make_and_remove(Context& context,
                       const Row& row);  ///< mkdirat, symlinkat, mknodat: kCreated; removes what it made
Answer write_control(Context& context, const Row& row);        ///< kWritten if all control bytes were written
Answer chmod_to_same(Context& context, const Row& row);        ///< fchmodat with the mode that the file has
Answer utimens_to_same(Context& context, const Row& row);      ///< utimensat with the times that the file has
Answer create_in_submounts(Context& context, const Row& row);  ///< the first answer that is not EROFS, else EROFS
Answer map_executable(Context& context, const Row& row);       ///< opens args[1], maps it PROT_EXEC
Answer read_back_by_copy(Context& context, const Row& row);    ///< copy_file_range from a write-only descriptor in /out
Answer fchmod_set_uid(Context& context, const Row& row);       ///< set-user-ID bit on a new file in /out
Answer same_root_above(Context& context, const Row& row);      ///< success if `/..` is `/`, else EXDEV

// What a plan may give a program.
Answer list_foreign(Context& context, const Row& row);    ///< EEXIST if args[1] holds a name that no probe uses
Answer write_and_read(Context& context, const Row& row);  ///< makes args[1]; kWritten and kRead; removes the file
/// Makes args[1], moves it to args[3] and opens it there for reading: kRead if a byte came back. Removes the file.
Answer move_and_read(Context& context, const Row& row);
/// Makes a pair of sockets and sends a byte over it: kWritten and kRead.
Answer talk_over_pair(Context& context, const Row& row);

// Fixed files. Success if the path leads to the file that the plan states, on the mount of the image; ENOENT if nothing
// is there; EEXIST if something else is there, with kRead if its contents came back.
Answer fixed_file(Context& context, const Row& row);       ///< compares the contents
Answer link_to_program(Context& context, const Row& row);  ///< success if the path leads to the program itself

// Memory.
Answer map_anonymous_rwx(Context& context, const Row& row);
Answer protect_executable(Context& context, const Row& row);
Answer map_beyond_limit(Context& context, const Row& row);

/// The payload's user id and group id inside of each cell.
inline constexpr std::uint32_t kCellId = 1000;

/// The cell's own host name, which stands in place of the host's name (uname(2)).
inline constexpr std::string_view kHostName = "immure";

// Identity and privilege. EEXIST means that the probe found a thing that must be absent.
Answer capabilities_empty(Context& context, const Row& row);
Answer securebits_locked(Context& context, const Row& row);
Answer keyring_is_fresh(Context& context, const Row& row);
Answer host_name_is_own(Context& context, const Row& row);
Answer no_descriptor_inherited(Context& context, const Row& row);

// Other processes.
Answer session_is_own(Context& context, const Row& row);  ///< success if process 1 of this namespace leads our session
Answer signal_host_process(Context& context, const Row& row);

// Limits that the probe tries to exceed.
Answer write_beyond_quota(Context& context, const Row& row);
Answer descriptor_at_limit(Context& context, const Row& row);
Answer process_at_limit(Context& context, const Row& row);

// Network.
Answer connect_loopback(Context& context, const Row& row);  ///< TCP to 127.0.0.1 or ::1, port 9, without blocking

// The payload executes no other program, or only files of the image that the plan names. A call of these probes that
// meets no wall executes nothing all the same, because the file is no program (ENOEXEC), unless the probe says more.
Answer exec_by_number(Context& context, const Row& row);  ///< execveat of the payload's descriptor without the cookie
Answer execute(Context& context, const Row& row);         ///< execve of args[1]
Answer execute_made(Context& context, const Row& row);    ///< makes an executable file in the directory args[1]
/// Executes each file of Context::undeclared, which may be programs. The first answer that is not EACCES, else EACCES.
Answer execute_undeclared(Context& context, const Row& row);
/// Executes each regular file at the top of the directory args[1]. The first answer that is not EACCES, else EACCES.
Answer execute_listed(Context& context, const Row& row);

// Foreign system call tables.
Answer call_int80(Context& context, const Row& row);  ///< calls the i386 number in args[0]; on x86-64 only
}  // namespace immure::probe
