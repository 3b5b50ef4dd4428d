// Runs the scanners that look for the names of modules on any bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plan/language/python_imports.hpp"
#include "plan/language/requires.hpp"
#include "plan/language/venv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace immure::plan;
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto is_plain = [](std::string_view name) {
    return !name.starts_with('/') && name.find('\0') == std::string_view::npos && name.size() <= 255;
  };
  for (const PythonImport& one : python_imports(source)) {
    if (!one.distribution && (one.module.find("..") != std::string::npos || one.module.find('/') != std::string::npos))
      std::abort();
    if (one.module.size() > 255) std::abort();
  }
  for (const auto scan : {perl_requires, ruby_requires, lua_requires, node_requires, php_requires})
    for (const Required& one : scan(source))
      if (!is_plain(one.path)) std::abort();
  for (const std::string& name : package_dependencies(source))
    if (!is_plain(name)) std::abort();
  if (parse_venv(source).version.find('/') != std::string::npos) std::abort();
  return 0;
}
