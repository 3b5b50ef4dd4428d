/// Probes that need more than one call, each named by the catalogue row that uses it.
#pragma once

#include "probe/catalogue.hpp"

namespace immure::probe {

// Files. The path is args[1], the open flags args[2], the mode args[3], as in openat(2).
Answer open_and_read(Context& context, const Row& row);        ///< kRead if a byte came back
Answer create_and_remove(Context& context, const Row& row);    ///< kCreated if the file was made; it is removed again
Answer make_and_remove(Context& context, const Row& row);      ///< mkdirat, symlinkat, mknodat: kCreated, removed again
Answer write_control(Context& context, const Row& row);        ///< kWritten if all control bytes were written
Answer chmod_to_same(Context& context, const Row& row);        ///< fchmodat with the mode the file has
Answer utimens_to_same(Context& context, const Row& row);      ///< utimensat with the times the file has
Answer create_in_submounts(Context& context, const Row& row);  ///< the first answer that is not EROFS, else EROFS
Answer map_executable(Context& context, const Row& row);       ///< opens args[1], maps it PROT_EXEC
Answer read_back_by_copy(Context& context, const Row& row);    ///< copy_file_range with a write-only source in /out
Answer fchmod_set_uid(Context& context, const Row& row);       ///< set-user-ID bit on a new file in /out
Answer same_root_above(Context& context, const Row& row);      ///< success if `/..` is `/`, else EXDEV

// Memory.
Answer map_anonymous_rwx(Context& context, const Row& row);
Answer protect_executable(Context& context, const Row& row);
Answer map_beyond_limit(Context& context, const Row& row);

/// What the cell calls itself, where the host's name would be (uname(2)).
inline constexpr std::string_view kHostName = "immure";

// Identity and privilege. EEXIST: something is there that must not be.
Answer capabilities_empty(Context& context, const Row& row);
Answer securebits_locked(Context& context, const Row& row);
Answer keyring_is_fresh(Context& context, const Row& row);
Answer host_name_is_own(Context& context, const Row& row);
Answer no_descriptor_inherited(Context& context, const Row& row);

// Other processes.
Answer session_is_own(Context& context, const Row& row);  ///< success if process 1 of this namespace leads our session
Answer signal_host_process(Context& context, const Row& row);

// Limits, hit.
Answer write_beyond_quota(Context& context, const Row& row);
Answer descriptor_at_limit(Context& context, const Row& row);
Answer process_at_limit(Context& context, const Row& row);

// Network.
Answer connect_loopback(Context& context, const Row& row);  ///< TCP to 127.0.0.1 or ::1, port 9, not waiting

// exec-once.
Answer exec_by_number(Context& context, const Row& row);  ///< execveat of the payload's descriptor without the cookie

// Foreign system call tables.
Answer call_int80(Context& context, const Row& row);  ///< the i386 number in args[0]; on x86-64 alone
}  // namespace immure::probe
