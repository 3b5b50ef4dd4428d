/*
 * immure/guard.h: "am I in a cell that holds?", asked from inside by any program.
 *
 * The guard tries the six requirements of a deny-by-default sandbox itself, in well under a millisecond: it makes
 * harmless system calls that must be denied and looks at the answers. It trusts no variable and no file that says so,
 * reads nothing of the input, and leaves nothing behind. On a bare host every try is harmless too: the arguments can
 * only fail, or what they make is given back at once.
 *
 * A guard is an observation by the program about itself. It tells a program that it must not start; it is no evidence
 * for others, which is what the run's signed evidence is for.
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

/** The six requirements, in the order in which they are tried. */
enum immure_guard_boundary {
  IMMURE_GUARD_NETWORK = 0,     /**< no socket of any family can be made, and none was inherited */
  IMMURE_GUARD_INPUT = 1,       /**< /in is there and is on a read-only file system */
  IMMURE_GUARD_OUTPUT = 2,      /**< /out is there and cannot be listed or read back */
  IMMURE_GUARD_HOST = 3,        /**< none of the host's directories is reachable, by name or by descriptor */
  IMMURE_GUARD_ENVIRONMENT = 4, /**< only declared variables, none shaped like a secret */
  IMMURE_GUARD_SYSCALLS = 5,    /**< a filter answers for what is not allowed; no_new_privs; no capability */
  IMMURE_GUARD_BOUNDARIES = 6
};

enum immure_guard_state {
  IMMURE_GUARD_HOLDS = 0,
  IMMURE_GUARD_DOES_NOT_HOLD = 1,
  IMMURE_GUARD_CANNOT_BE_TRIED = 2 /**< no answer that proves anything, e.g. there is no /in; never a pass */
};

/** What was seen at one boundary. When it does not hold, `call`, `ret` and `error` are those of the first try that
 * showed it. */
struct immure_guard_finding {
  uint32_t boundary; /**< enum immure_guard_boundary */
  uint32_t state;    /**< enum immure_guard_state */
  uint32_t tries;    /**< how many calls were made */
  uint32_t denied;   /**< how many of them were answered as they must be */
  int64_t ret;       /**< the kernel's return value, or -1 */
  int32_t error;     /**< errno, or 0 */
  char call[100];    /**< the call as people read it, e.g. `socket(AF_UNIX, SOCK_STREAM, 0)` */
  char text[160];    /**< what was seen, in one line of printable ASCII; never the value of a variable */
};

struct immure_guard_report {
  struct immure_guard_finding finding[IMMURE_GUARD_BOUNDARIES];
};

/** What the caller declares. Zero-initialise; NULL fields take the defaults. */
struct immure_guard_options {
  const char* const* environment; /**< names of the variables that may be there; NULL: none */
  size_t environment_count;
  const char* input;  /**< default "/in" */
  const char* output; /**< default "/out" */
};

/**
 * Tries all six boundaries, with no variable declared and the default paths.
 * Returns 0 if every boundary holds, else the number of those that do not or cannot be tried. Fills `report` always.
 * Makes no change to the process: errno, descriptors, signal handlers and limits are as before. Safe to call from any
 * thread; call it at the start of main, when no other thread could open something in between.
 */
int immure_guard_check(struct immure_guard_report* report);

/** The same, with the caller's declarations; `options` may be NULL. */
int immure_guard_check_with(const struct immure_guard_options* options, struct immure_guard_report* report);

/** `network`, `input`, `output`, `host`, `environment`, `syscalls`; "?" for any other number. Never NULL. */
const char* immure_guard_boundary_name(uint32_t boundary);

/** `holds`, `does-not-hold`, `cannot-be-tried`; "?" for any other number. Never NULL. */
const char* immure_guard_state_name(uint32_t state);

#ifdef __cplusplus
}
#endif
#endif
