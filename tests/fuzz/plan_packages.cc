// Runs the readers of dpkg's database on any bytes. The first byte chooses the reader.
#include <cstdint>
#include <string>
#include <string_view>

#include "plan/package/dpkg_text.hpp"
#include "plan/package/package_memory.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::plan;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: static_cast<void>(parse_status(text, "status")); break;
    case 1:
      // A path that the reader takes must be plain, or it could lead out of the directory that it names.
      if (const auto paths = parse_file_list(text, "list"))
        for (const std::string_view path : *paths)
          if (!path.starts_with('/') || path.find("/../") != std::string_view::npos || path.ends_with("/.."))
            __builtin_trap();
      break;
    case 2: static_cast<void>(parse_md5sums(text, "md5sums")); break;
    case 3: static_cast<void>(parse_diversions(text, "diversions")); break;
    case 4: static_cast<void>(parse_alternative(text, "awk", "alternatives/awk")); break;
    default:
      // What is read back must be what was written.
      if (const auto known = parse_memory(text, "boot"))
        if (memory_text(*known, "boot") != text && !parse_memory(memory_text(*known, "boot"), "boot")) __builtin_trap();
  }
  return 0;
}
