// File names are bytes that anybody can choose. Whatever the bytes are, the text that the inspector shows for them must
// be printable.
#include <cstddef>
#include <cstdint>

#include "inspect/report/escape.hpp"
#include "inspect/scan/links.hpp"
#include "inspect/scan/names.hpp"
#include "text/utf8.hpp"
#include "text/visible.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::inspect;
  const std::string_view name(reinterpret_cast<const char*>(data), size);
  FileResult result;
  check_member_name(name, "m", result);
  check_component(name, "m", result);
  static_cast<void>(fold_case(name));
  Links links;
  links.add(name, name);
  static_cast<void>(links.from(name, name));
  static_cast<void>(links.to(name));
  for (const Escaped& shown : {Escaped::name(name), Escaped::text(name), Escaped::uri(name)}) {
    std::string_view rest = shown.str();
    while (!rest.empty()) {
      const immure::text::CodePoint point = immure::text::decode(rest);
      if (!point.valid || immure::text::is_unseen(point.value)) __builtin_trap();
      rest.remove_prefix(point.length);
    }
  }
  return 0;
}
