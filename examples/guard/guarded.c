/* Refuses to start outside of a sandbox that holds. Without CMake:
 *   cc guarded.c $(pkg-config --cflags --libs immure-guard) */
#include <immure/guard.h>
#include <stdio.h>

int main(void) {
  struct immure_guard_report report;
  if (immure_guard_check(&report) != 0) {
    for (int i = 0; i < IMMURE_GUARD_BOUNDARIES; ++i)
      if (report.finding[i].state != IMMURE_GUARD_HOLDS)
        fprintf(stderr, "BLOCKED: %s: %s\n", immure_guard_boundary_name(report.finding[i].boundary),
                report.finding[i].text);
    return 3;
  }
  puts("the sandbox holds");
  return 0;
}
