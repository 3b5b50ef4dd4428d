// Reads filters in Docker's JSON format. A filter that compiles can be bound to a cookie, and allows no exec without
// the cookie.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <asm/unistd.h>

#include "plan/filter/bpf_eval.hpp"
#include "plan/filter/filter.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::plan;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = compile_filter(text, "fuzz.json", {});
  if (!filter) return 0;
  const auto bound = bind_cookie(*filter, {.high = 1, .descriptor = 2, .tail = 3});
  if (!bound) std::abort();
  for (const std::uint32_t number : {std::uint32_t{__NR_execve}, std::uint32_t{__NR_execveat}})
    if (evaluate(*bound, {.number = number, .architecture = kNativeArch}) == kRetAllow) std::abort();
  return 0;
}
