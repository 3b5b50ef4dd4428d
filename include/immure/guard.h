/*
 * immure/guard.h: lets any program ask from inside: "am I in a cell that holds?"
 *
 * The guard tries the six requirements of a deny-by-default sandbox itself, in one to three milliseconds: it makes
 * harmless system calls that must be denied, and looks at the answers. The guard trusts no variable and no file that
 * claims to describe a cell, reads nothing of the input, and leaves nothing behind. On a bare host every try is
 * harmless, too: the call fails because of its arguments, or the guard undoes at once what the call has made.
 *
 * The guard only observes the program that calls it, and tells this program whether to start. The guard's
 * answer is no evidence for anybody else; the signed evidence of the run is.
 *
 *   struct immure_guard_report report;
 *   if (immure_guard_check(&report) != 0) { report.finding[i].text says what was seen; stop here }
 */
#ifndef IMMURE_GUARD_H
#define IMMURE_GUARD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The six requirements, in the order in which the guard tries them. */
enum immure_guard_boundary {
  IMMURE_GUARD_NETWORK = 0,     /**< no socket of any family can be made or was inherited */
  IMMURE_GUARD_INPUT = 1,       /**< /in exists and is on a read-only file system */
  IMMURE_GUARD_OUTPUT = 2,      /**< /out exists and cannot be listed or read back */
  IMMURE_GUARD_HOST = 3,        /**< no directory of the host can be reached, by name or by descriptor */
  IMMURE_GUARD_ENVIRONMENT = 4, /**< only declared variables exist, and none looks like a secret */
  IMMURE_GUARD_SYSCALLS = 5,    /**< a filter denies calls; no_new_privs is set; no capability is left */
  IMMURE_GUARD_BOUNDARIES = 6
};

enum immure_guard_state {
  IMMURE_GUARD_HOLDS = 0,
  IMMURE_GUARD_DOES_NOT_HOLD = 1,
  IMMURE_GUARD_CANNOT_BE_TRIED = 2 /**< no call proves anything, e.g. because /in is missing; never a pass */
};

/** What the guard saw at one boundary. If the boundary does not hold, `call`, `ret` and `error` describe the
 * first try that showed this. */
struct immure_guard_finding {
  uint32_t boundary; /**< enum immure_guard_boundary */
  uint32_t state;    /**< enum immure_guard_state */
  uint32_t tries;    /**< how many calls the guard made */
  uint32_t denied;   /**< how many of these calls got the answer that they must get */
  int64_t ret;       /**< the kernel's return value, or -1 */
  int32_t error;     /**< errno, or 0 */
  char call[100];    /**< the call as people read it, e.g. `socket(AF_UNIX, SOCK_STREAM, 0)` */
  char text[160];    /**< what the guard saw, one line of printable ASCII; never a variable's value */
};

struct immure_guard_report {
  struct immure_guard_finding finding[IMMURE_GUARD_BOUNDARIES];
};

/** What the caller declares. Initialise the struct with zeros; for a field that is NULL the default applies. */
struct immure_guard_options {
  const char* const* environment; /**< names of the variables that may be set; NULL: none */
  size_t environment_count;
  const char* input;  /**< default "/in" */
  const char* output; /**< default "/out" */
};

/**
 * Tries all six boundaries, with no variable declared and the default paths.
 * Returns 0 if every boundary holds, or else the number of boundaries that do not hold or cannot be tried. Always fills
 * `report`. Does not change the process: errno, descriptors, signal handlers and limits stay as they are. Any thread
 * may call this function. Call it at the start of main, when no other thread could open a descriptor meanwhile.
 */
int immure_guard_check(struct immure_guard_report* report);

/** Like immure_guard_check(), with the caller's declarations; `options` may be NULL. */
int immure_guard_check_with(const struct immure_guard_options* options, struct immure_guard_report* report);

/** The name of a boundary: `network`, `input`, `output`, `host`, `environment`, `syscalls`; "?" for any other number.
 * Never NULL. */
const char* immure_guard_boundary_name(uint32_t boundary);

/** The name of a state: `holds`, `does-not-hold`, `cannot-be-tried`; "?" for any other number. Never NULL. */
const char* immure_guard_state_name(uint32_t state);

#ifdef __cplusplus
}
#endif
#endif
