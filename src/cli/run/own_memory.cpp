#include "cli/run/own_memory.hpp"

#include <sys/resource.h>
#include <array>
#include <string>

#include "sys/libc.hpp"

namespace immure::cli {
namespace {

constexpr rlim_t kNeeded = rlim_t{32} << 20;

struct Row {
  int limit;
  const char *name, *option;
};
constexpr std::array<Row, 2> kRows = {{{RLIMIT_DATA, "data", "-d"}, {RLIMIT_AS, "address space", "-v"}}};

}  // namespace

Result<void> check_own_memory() {
  for (const Row& row : kRows) {
    rlimit own{};
    if (const int failure = sys::error_of(::getrlimit, row.limit, &own); failure != 0)
      return fail(Code::kBlocked, "memory", std::string("the limit of ") + row.name + " is unknown", {}, failure);
    if (own.rlim_cur < kNeeded)
      return fail(Code::kBlocked, "memory",
                  std::string("the limit of ") + row.name + " is " + std::to_string(own.rlim_cur) +
                      " bytes, and immure itself needs " + std::to_string(kNeeded),
                  std::string("Raise the limit: ulimit -S ") + row.option + " and ulimit -H " + row.option + ".");
  }
  return {};
}

}  // namespace immure::cli
