// Reads the files that enter the inspector's cell beside the drop: an earlier report, and the list of files that the
// cell lacks.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "inspect/report/earlier.hpp"
#include "inspect/report/hidden_entries.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::inspect;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto hidden = parse_hidden_entries(text)) {
    Scan scan;
    (void)add_hidden_entries(*hidden, Limits{}, scan);
    if (scan.entries.size() > hidden->size()) __builtin_trap();
  }
  if (const auto earlier = parse_earlier(text, "fuzz")) {
    const Changes none = compare(*earlier, *earlier);
    if (!none.gone.empty() || !none.fresh.empty() || !none.changed.empty()) __builtin_trap();
  }
  return 0;
}
