#include <immure/guard.h>

#include "guard/tries.hpp"

using immure::guard::Tries;

extern "C" {

int immure_guard_check_with(const immure_guard_options* options, immure_guard_report* report) {
  const immure_guard_options given = options != nullptr ? *options : immure_guard_options{};
  const auto run = [report](immure_guard_boundary boundary, auto body) {
    Tries tries(report->finding[boundary], boundary);
    body(tries);
    tries.close();
    return report->finding[boundary].state == IMMURE_GUARD_HOLDS ? 0 : 1;
  };
  namespace guard = immure::guard;
  int failing = 0;
  failing += run(IMMURE_GUARD_NETWORK, [](Tries& tries) { guard::try_network(tries); });
  failing += run(IMMURE_GUARD_INPUT,
                 [&](Tries& tries) { guard::try_input(tries, given.input != nullptr ? given.input : "/in"); });
  failing += run(IMMURE_GUARD_OUTPUT,
                 [&](Tries& tries) { guard::try_output(tries, given.output != nullptr ? given.output : "/out"); });
  failing += run(IMMURE_GUARD_HOST, [](Tries& tries) { guard::try_host(tries); });
  failing += run(IMMURE_GUARD_ENVIRONMENT, [&](Tries& tries) { guard::try_environment(tries, given); });
  failing += run(IMMURE_GUARD_SYSCALLS, [](Tries& tries) { guard::try_syscalls(tries); });
  return failing;
}

int immure_guard_check(immure_guard_report* report) { return immure_guard_check_with(nullptr, report); }

const char* immure_guard_boundary_name(uint32_t boundary) {
  static constexpr const char* kNames[] = {"network", "input", "output", "host", "environment", "syscalls"};
  return boundary < IMMURE_GUARD_BOUNDARIES ? kNames[boundary] : "?";
}

const char* immure_guard_state_name(uint32_t state) {
  static constexpr const char* kNames[] = {"holds", "does-not-hold", "cannot-be-tried"};
  return state <= IMMURE_GUARD_CANNOT_BE_TRIED ? kNames[state] : "?";
}

}  // extern "C"
