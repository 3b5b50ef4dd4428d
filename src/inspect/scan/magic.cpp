#include "inspect/scan/magic.hpp"

#include <algorithm>
#include <cstddef>

#include <magic.h>

// The assembler includes the file as it is: a compiler would need minutes for an array of this size.
asm(".pushsection .rodata.immure_magic, \"a\"\n"
    ".balign 16\n"
    "immure_magic_begin:\n"
    ".incbin \"" IMMURE_MAGIC_DATABASE
    "\"\n"
    "immure_magic_end:\n"
    ".popsection\n");
extern "C" const std::byte immure_magic_begin[], immure_magic_end[];

namespace immure::inspect {
namespace {

constexpr std::size_t kLookedAt = 1U << 20;
constexpr std::string_view kNothing = "data";

}  // namespace

void Magic::Close::operator()(magic_set* set) const { ::magic_close(set); }

Result<Magic> Magic::load() {
  Magic magic;
  magic.set_.reset(::magic_open(MAGIC_NO_CHECK_BUILTIN));
  void* database = const_cast<std::byte*>(immure_magic_begin);
  auto size = static_cast<std::size_t>(immure_magic_end - immure_magic_begin);
  if (!magic.set_ || ::magic_load_buffers(magic.set_.get(), &database, &size, 1) != 0)
    return fail(Code::kInternal, "libmagic", "its database cannot be used");
  return magic;
}

std::string Magic::describe(Bytes prefix) const {
  const char* said = ::magic_buffer(set_.get(), prefix.data(), std::min(prefix.size(), kLookedAt));
  if (said == nullptr || said == kNothing) return {};
  return std::string(std::string_view(said).substr(0, kMaxDescription));
}

}  // namespace immure::inspect
